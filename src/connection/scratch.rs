//! Buffers that belong to a thread and not to a client.
//!
//! A client needs an input and an output buffer only while it is being served. So the clients of a thread
//! share one pair, and an idle client holds no buffers at all.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Memory for one call, shared by all connections of a thread.
pub struct Scratch {
    pub(super) input: Box<[u8]>,
    pub(super) output: Vec<u8>,
    /// Ends a burst of messages early.
    pub(super) interrupt: Arc<AtomicBool>,
}

/// How much output memory is kept for the next call, in multiples of the input buffer. A loop uses its
/// scratch all the time, so it may hold a few large replies; with one thread per client there may be a
/// thousand of them.
pub(super) const KEPT_OUTPUT: usize = 16;

impl Scratch {
    /// As [`Scratch::new`], for an owner that checks the time after every message.
    pub fn one_by_one(bytes: usize) -> Scratch {
        Scratch::new(bytes, Arc::new(AtomicBool::new(true)))
    }

    /// Makes room to read `bytes` at once. A larger message takes several reads, and one call for each. Once
    /// `interrupt` is set, a call handles one message.
    pub fn new(bytes: usize, interrupt: Arc<AtomicBool>) -> Scratch {
        Scratch {
            input: vec![0; bytes].into_boxed_slice(),
            output: Vec::new(),
            interrupt,
        }
    }
}
