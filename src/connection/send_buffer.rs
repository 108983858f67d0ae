//! Output that the socket had no room for.
//!
//! Most clients have no unsent output, and the others have a lot of it: the rest of a large reply.
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

    /// Marks `length` more bytes as sent. When all are sent the memory is given away, because an idle client
    /// should not pay for its worst moment: to the caller if `spare` is smaller, else to the allocator.
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
            // A client that reads steadily and is always behind never empties the buffer. What it has read
            // goes once it is the larger half, so that each byte is moved at most once on average.
            if self.sent > self.len() {
                self.buffer.drain(..self.sent);
                self.sent = 0;
            }
            self.buffer.extend_from_slice(&output[sent..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_is_always_behind_does_not_make_the_buffer_grow() {
        let (mut buffer, mut spare) = (SendBuffer::default(), Vec::new());
        let mut read = Vec::new();
        for number in 0..1_000u32 {
            buffer.keep(&mut number.to_be_bytes().repeat(25), 0);
            let length = buffer.len().min(100).min(buffer.len() - 1);
            read.extend_from_slice(&buffer.bytes()[..length]);
            buffer.advance(length, &mut spare);
            assert!(buffer.buffer.len() < 1_000, "{}", buffer.buffer.len());
        }
        let sent: Vec<u8> = (0..1_000u32)
            .flat_map(|n| n.to_be_bytes().repeat(25))
            .collect();
        assert_eq!(read, sent[..read.len()]);
    }
}
