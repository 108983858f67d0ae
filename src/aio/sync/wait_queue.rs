//! A line of waiting coroutines: what locks, events, semaphores and queues are made of.
//!
//! Who waits stands in line with a future; who has something to give sets the first that is not done.
//! Being served is two steps, the setting and the next turn of the one who is served, and in between
//! that one may be cancelled. Then what it was promised has to go to the next in line, or it is lost
//! and everybody waits for ever; forgetting that is the classic fault of such primitives. So leaving
//! the line unserved, by an error or by being dropped, always ends in one place: `WaitGuard`'s drop.

use crate::aio::core::{EventLoop, Result};
use crate::aio::tasks::{Future, WaitReason};
use std::cell::RefCell;
use std::collections::VecDeque;

/// In the order of coming.
#[derive(Default)]
pub(crate) struct WaitQueue {
    waiters: RefCell<VecDeque<Future<()>>>,
}

impl WaitQueue {
    /// Stands in line until woken. `pass_on` is called if that ends before it was made use of: with
    /// whether this place had been woken.
    ///
    /// # Errors
    /// `Cancelled`.
    pub(crate) async fn wait(
        &self,
        what: impl Into<WaitReason>,
        pass_on: impl Fn(bool),
    ) -> Result<()> {
        let waiter = EventLoop::running().create_future_for(what);
        self.waiters.borrow_mut().push_back(waiter.clone());
        let mut guard = WaitGuard {
            queue: self,
            waiter: waiter.clone(),
            pass_on: &pass_on,
            served: false,
        };
        waiter.await?;
        guard.served = true;
        Ok(())
    }

    /// Wakes the first, unless it is woken already.
    pub(crate) fn wake_first(&self) {
        let first = self.waiters.borrow().front().cloned();
        if let Some(waiter) = first {
            waiter.release();
        }
    }

    /// Wakes the first `count` who are neither woken nor cancelled; how many there were.
    pub(crate) fn wake(&self, count: usize) -> usize {
        let waiting = self.waiters.borrow();
        let sleeping = waiting.iter().filter(|waiter| !waiter.done());
        let to_wake: Vec<Future<()>> = sleeping.take(count).cloned().collect();
        drop(waiting);
        to_wake.iter().for_each(Future::release);
        to_wake.len()
    }

    /// Whether anybody is in line who was not cancelled.
    pub(crate) fn has_waiters(&self) -> bool {
        self.waiters
            .borrow()
            .iter()
            .any(|waiter| !waiter.cancelled())
    }
}

struct WaitGuard<'l> {
    queue: &'l WaitQueue,
    waiter: Future<()>,
    pass_on: &'l dyn Fn(bool),
    served: bool,
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.waiter.cancel();
        let woken = !self.waiter.cancelled();
        // From the front, where who is served stands.
        let mut waiters = self.queue.waiters.borrow_mut();
        let place = waiters.iter().position(|waiter| waiter.is(&self.waiter));
        let gone = place.and_then(|place| waiters.remove(place));
        drop(waiters);
        drop(gone);
        if !self.served {
            (self.pass_on)(woken);
        }
    }
}
