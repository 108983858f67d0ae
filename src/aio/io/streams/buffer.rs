//! A queue of bytes.
//!
//! Taking from the front of a `Vec` moves all the rest, and a reader of short lines takes from the front
//! all the time. So taking only moves an index. When bytes are added and more than half of the buffer has
//! been taken, the rest is moved to the front. So on average each byte is moved less than once.
//!
//! **Where it breaks:** a buffer that was once large stays large until it is empty.

/// An empty buffer keeps at most this much memory.
const SPARE: usize = 64 * 1024;

/// A queue of bytes that can be read as one slice.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// Number of bytes at the front that were taken already.
    taken: usize,
}

impl Buffer {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.taken > self.bytes.len() / 2 {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.taken
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes up to `count` bytes from the front.
    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let count = count.min(self.len());
        let front = self.as_slice()[..count].to_vec();
        self.skip(count);
        front
    }

    /// Discards up to `count` bytes from the front.
    pub(super) fn skip(&mut self, count: usize) {
        self.taken += count.min(self.len());
        if self.is_empty() {
            self.clear();
        }
    }

    pub(super) fn clear(&mut self) {
        self.taken = 0;
        self.bytes.clear();
        self.bytes.shrink_to(SPARE);
    }
}

/// Where `needle` begins in `haystack`.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
