//! Something that happens once and that many may wait for.

use super::wait_queue::WaitQueue;
use crate::aio::core::Result;
use crate::aio::tasks::WaitReason;
use std::cell::Cell;

/// A flag to wait for. Coroutines that wait when it is set go on in the order in which they came.
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

    /// Waits until it is set. Does not wait if it is.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn wait(&self) -> Result<()> {
        self.wait_for("an event").await
    }

    /// As [`Event::wait`], with a name for the timeline.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn wait_for(&self, what: impl Into<WaitReason>) -> Result<()> {
        if self.set.get() {
            return Ok(());
        }
        self.queue.wait(what).await
    }

    /// Sets it and wakes everything that waits.
    pub fn set(&self) {
        if !self.set.replace(true) {
            self.queue.wake_all();
        }
    }

    /// Takes it back, for coroutines that wait from now on.
    pub fn clear(&self) {
        self.set.set(false);
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.set.get()
    }
}
