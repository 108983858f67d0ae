//! A limit on how many coroutines do something at a time.

use super::wait_queue::WaitQueue;
use crate::aio::core::Result;
use std::cell::Cell;

/// A number of permits, given first come, first served.
pub struct Semaphore {
    value: Cell<usize>,
    queue: WaitQueue,
}

impl Semaphore {
    /// A semaphore with `value` permits.
    pub fn new(value: usize) -> Semaphore {
        Semaphore {
            value: Cell::new(value),
            queue: WaitQueue::default(),
        }
    }

    /// Takes a permit once there is one. Dropping the guard gives it back: `async with`.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>> {
        if !self.locked() {
            self.value.set(self.value.get() - 1);
            return Ok(SemaphorePermit { semaphore: self });
        }
        let pass_on = |woken: bool| {
            if woken {
                self.release(); // it had the permit already
            }
        };
        self.queue.wait_in_turn("a semaphore", pass_on).await?;
        let permit = SemaphorePermit { semaphore: self };
        if self.value.get() > 0 {
            self.wake_next(); // permits came back while no waiter could be woken
        }
        Ok(permit)
    }

    /// Whether acquiring has to wait.
    pub fn locked(&self) -> bool {
        self.value.get() == 0 || self.queue.has_waiters()
    }

    /// Adds a permit: for code that passes a permit on instead of holding a guard.
    pub fn release(&self) {
        self.value.set(self.value.get() + 1);
        self.wake_next();
    }

    /// The permit is taken on behalf of the woken coroutine at once, so that no other overtakes it.
    fn wake_next(&self) {
        let woken = self.queue.wake(1);
        self.value.set(self.value.get() - woken);
    }
}

/// Holds a permit until it is dropped.
#[must_use = "the permit is released when this is dropped"]
pub struct SemaphorePermit<'s> {
    semaphore: &'s Semaphore,
}

impl SemaphorePermit<'_> {
    /// Keeps the permit until [`Semaphore::release`] is called, or for ever.
    pub fn forget(self) {
        let _ = std::mem::ManuallyDrop::new(self);
    }
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}
