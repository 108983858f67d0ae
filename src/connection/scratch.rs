//! Buffers that belong to a thread and not to a client.
//!
//! A client needs an input and an output buffer only while it is being served. So the clients of a thread
//! share one pair, and an idle client holds no buffers at all.

/// Memory for one call, shared by all connections of a thread.
pub struct Scratch {
    pub(super) input: Box<[u8]>,
    pub(super) output: Vec<u8>,
}

/// How much output memory is kept for the next call, in multiples of the input buffer. A loop uses its
/// scratch all the time, so it may hold a few large replies; with one thread per client there may be a
/// thousand of them.
pub(super) const KEPT_OUTPUT: usize = 16;

impl Scratch {
    /// Makes room to read `bytes` at once. A larger message takes several reads, and one call for each.
    pub fn new(bytes: usize) -> Scratch {
        Scratch {
            input: vec![0; bytes].into_boxed_slice(),
            output: Vec::new(),
        }
    }
}
