//! So many at a time.

use super::wait_queue::WaitQueue;
use crate::aio::core::Result;
use std::cell::Cell;

/// A count of permits. In the order of coming: who comes while others wait does not overtake them.
pub struct Semaphore {
    value: Cell<usize>,
    queue: WaitQueue,
}

impl Semaphore {
    /// A semaphore that lets `value` in at a time.
    pub fn new(value: usize) -> Semaphore {
        Semaphore {
            value: Cell::new(value),
            queue: WaitQueue::default(),
        }
    }

    /// Takes a permit, when there is one. It is given back when the guard is dropped: `async with`.
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
                self.release(); // the permit was its own already
            }
        };
        self.queue.wait("a semaphore", pass_on).await?;
        let permit = SemaphorePermit { semaphore: self };
        if self.value.get() > 0 {
            self.wake_next(); // permits that came back while nobody could be woken
        }
        Ok(permit)
    }

    /// Whether who comes now has to wait.
    pub fn locked(&self) -> bool {
        self.value.get() == 0 || self.queue.has_waiters()
    }

    /// One permit more: for who hands a permit on, instead of holding a guard.
    pub fn release(&self) {
        self.value.set(self.value.get() + 1);
        self.wake_next();
    }

    /// The permit is taken at once for the one who is woken, lest somebody overtakes it.
    fn wake_next(&self) {
        let woken = self.queue.wake(1);
        self.value.set(self.value.get() - woken);
    }
}

/// Has a permit until it is dropped.
#[must_use = "the permit is given back when this is dropped"]
pub struct SemaphorePermit<'s> {
    semaphore: &'s Semaphore,
}

impl SemaphorePermit<'_> {
    /// Keeps the permit for good, or until somebody calls [`Semaphore::release`].
    pub fn forget(self) {
        let _ = std::mem::ManuallyDrop::new(self);
    }
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.semaphore.release();
    }
}
