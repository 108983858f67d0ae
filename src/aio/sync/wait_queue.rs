//! A queue of waiting coroutines. Locks, events, semaphores and queues are built on it.
//!
//! A waiting coroutine adds a future and awaits it; waking sets the first future that is not done. Between
//! the setting and the turn in which the woken coroutine runs, that coroutine may be cancelled. Then its
//! wake-up must go to the next waiter. Otherwise it is lost, and the rest wait for ever. Forgetting that is
//! the classic bug of such primitives. So leaving the queue early, by an error or by being dropped, always
//! ends in one place: the Drop of [`WaitGuard`].

use crate::aio::core::{EventLoop, Result};
use crate::aio::tasks::{Future, WaitReason};
use std::cell::RefCell;
use std::collections::VecDeque;

/// Waiters in order of arrival.
#[derive(Default)]
pub(crate) struct WaitQueue {
    waiters: RefCell<VecDeque<Future<()>>>,
}

impl WaitQueue {
    /// Waits until woken.
    pub(crate) async fn wait(&self, reason: impl Into<WaitReason>) -> Result<()> {
        self.wait_in_turn(reason, |_| {}).await
    }

    /// Waits until woken. If the wait ends early, calls `pass_on` with whether this waiter had already been
    /// woken.
    pub(super) async fn wait_in_turn(
        &self,
        reason: impl Into<WaitReason>,
        pass_on: impl Fn(bool),
    ) -> Result<()> {
        let waiter = EventLoop::running().create_future_for(reason);
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
    pub(super) fn wake_first(&self) {
        let first = self.waiters.borrow().front().cloned();
        if let Some(waiter) = first {
            waiter.release();
        }
    }

    /// Wakes the first `count` that are neither woken nor cancelled. Returns the number woken.
    pub(super) fn wake(&self, count: usize) -> usize {
        let waiting = self.waiters.borrow();
        let sleeping = waiting.iter().filter(|waiter| !waiter.done());
        let to_wake: Vec<Future<()>> = sleeping.take(count).cloned().collect();
        drop(waiting);
        to_wake.iter().for_each(Future::release);
        to_wake.len()
    }

    pub(crate) fn wake_all(&self) {
        self.wake(usize::MAX);
    }

    /// Whether any waiter is left that was not cancelled.
    pub(crate) fn has_waiters(&self) -> bool {
        self.waiters
            .borrow()
            .iter()
            .any(|waiter| !waiter.cancelled())
    }
}

struct WaitGuard<'q> {
    queue: &'q WaitQueue,
    waiter: Future<()>,
    pass_on: &'q dyn Fn(bool),
    served: bool,
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.waiter.cancel();
        let woken = !self.waiter.cancelled();
        // Searched from the front, where a woken waiter usually is.
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
