//! Output that the socket had no room for.
//!
//! Most clients have none at any time, and those that have any have a lot: the rest of a large reply.
//! So an empty buffer owns no memory, and a large rest is taken over rather than copied.

/// Bytes in sending order, some of them sent already.
#[derive(Default)]
pub(super) struct SendBuffer {
    buffer: Vec<u8>,
    sent: usize,
}

impl SendBuffer {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.sent..]
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len() - self.sent
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Marks `length` more bytes as sent. The memory goes with the last of them, because an idle client
    /// should not pay for its worst moment: to the caller if `spare` is smaller, else to the system.
    pub(super) fn advance(&mut self, length: usize, spare: &mut Vec<u8>) {
        self.sent += length;
        if self.is_empty() {
            let buffer = std::mem::take(self).buffer;
            if buffer.capacity() > spare.capacity() {
                *spare = buffer;
            }
        }
    }

    /// Keeps all of `output` but the first `sent` bytes. A large rest is not copied: the caller's buffer
    /// itself is kept, and the caller gets a new one.
    pub(super) fn keep(&mut self, output: &mut Vec<u8>, sent: usize) {
        if self.is_empty() && output.capacity() <= 2 * (output.len() - sent) {
            self.buffer = std::mem::take(output);
            self.sent = sent;
        } else {
            self.buffer.extend_from_slice(&output[sent..]);
        }
    }
}
