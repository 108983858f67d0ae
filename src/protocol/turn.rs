//! What a conversation is told with every input: the time, and whether the turn has to be short.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// The circumstances of one [`Conversation::receive`](super::Conversation::receive).
#[derive(Debug, Clone, Copy)]
pub struct Turn<'t> {
    /// The time.
    pub now: Instant,
    /// Checked between two messages. Once it is set a turn ends after its first message, because handlers may
    /// be slow and the owner has to stop.
    pub interrupt: &'t AtomicBool,
}
