//! One at a time, also across `await`s.
//!
//! Between two `await`s nothing else runs, so most code on a loop needs no lock at all. One is needed
//! for what must not be interleaved although it waits in the middle. In the order of coming: who comes
//! while others wait does not overtake them.

use super::wait_queue::WaitQueue;
use crate::aio::core::{Error, Result};
use std::cell::Cell;

/// See the module.
#[derive(Default)]
pub struct Lock {
    locked: Cell<bool>,
    queue: WaitQueue,
}

impl Lock {
    /// A lock that nobody has.
    pub fn new() -> Lock {
        Lock::default()
    }

    /// Takes the lock, when it is free. It is given back when the guard is dropped: `async with`.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn acquire(&self) -> Result<LockGuard<'_>> {
        if self.locked.get() || self.queue.has_waiters() {
            let pass_on = |_| {
                if !self.locked.get() {
                    self.queue.wake_first();
                }
            };
            self.queue.wait("a lock", pass_on).await?;
        }
        self.locked.set(true);
        Ok(LockGuard { lock: self })
    }

    /// Whether somebody has it.
    pub fn locked(&self) -> bool {
        self.locked.get()
    }
}

/// Has the lock until it is dropped.
#[must_use = "the lock is given back when this is dropped"]
pub struct LockGuard<'l> {
    lock: &'l Lock,
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        self.lock.locked.set(false);
        self.lock.queue.wake_first();
    }
}

/// Waiting, inside a lock, for what somebody else will do inside it.
#[derive(Default)]
pub struct Condition {
    lock: Lock,
    queue: WaitQueue,
}

impl Condition {
    /// A condition with a lock of its own.
    pub fn new() -> Condition {
        Condition::default()
    }

    /// Takes its lock.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn acquire(&self) -> Result<LockGuard<'_>> {
        self.lock.acquire().await
    }

    /// Whether somebody has its lock.
    pub fn locked(&self) -> bool {
        self.lock.locked()
    }

    /// Gives the lock back, waits to be notified, and takes the lock again: even when it is cancelled,
    /// so that nobody leaves the guarded block without it.
    ///
    /// # Errors
    /// `Cancelled`; the lock is held again, and given back, before that is returned.
    pub async fn wait<'c>(&'c self, guard: LockGuard<'c>) -> Result<LockGuard<'c>> {
        drop(guard);
        let pass_on = |woken: bool| {
            if woken {
                self.queue.wake(1); // who is cancelled has no use for it; CPython loses it up to 3.12
            }
        };
        let mut waited = self.queue.wait("a notification", pass_on).await;
        loop {
            match self.lock.acquire().await {
                Ok(guard) => return waited.map(|()| guard),
                Err(error) => waited = Err(error),
            }
        }
    }

    /// [`Condition::wait`] until `predicate` holds.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn wait_for<'c>(
        &'c self,
        mut guard: LockGuard<'c>,
        predicate: impl Fn() -> bool,
    ) -> Result<LockGuard<'c>> {
        while !predicate() {
            guard = self.wait(guard).await?;
        }
        Ok(guard)
    }

    /// Wakes `count` of those who wait.
    ///
    /// # Errors
    /// `InvalidState` when nobody has the lock.
    pub fn notify(&self, count: usize) -> Result<()> {
        if !self.locked() {
            return Err(Error::InvalidState("notify() needs the lock"));
        }
        self.queue.wake(count);
        Ok(())
    }

    /// Wakes all who wait.
    ///
    /// # Errors
    /// As [`Condition::notify`].
    pub fn notify_all(&self) -> Result<()> {
        self.notify(usize::MAX)
    }
}
