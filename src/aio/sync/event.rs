//! Something that happens once and that many may wait for.

use super::wait_queue::WaitQueue;
use crate::aio::core::Result;
use crate::aio::tasks::WaitReason;
use std::cell::Cell;

/// A flag to wait for. Who waits when it is set goes on in the order of coming.
#[derive(Default)]
pub struct Event {
    set: Cell<bool>,
    queue: WaitQueue,
}

impl Event {
    /// An event that has not happened.
    pub fn new() -> Event {
        Event::default()
    }

    /// Waits until it is set; not at all if it is.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn wait(&self) -> Result<()> {
        self.wait_for("an event").await
    }

    /// The same, with a name for it in the timeline.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn wait_for(&self, what: impl Into<WaitReason>) -> Result<()> {
        match self.set.get() {
            true => Ok(()),
            false => self.queue.wait(what, |_| {}).await,
        }
    }

    /// Sets it and wakes everybody.
    pub fn set(&self) {
        if !self.set.replace(true) {
            self.queue.wake(usize::MAX);
        }
    }

    /// Takes it back, for those who come from now on.
    pub fn clear(&self) {
        self.set.set(false);
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.set.get()
    }
}
