//! A lock that is held across `await`s.
//!
//! Between two `await`s nothing else runs, so most code on a loop needs no lock at all. One is needed for
//! code that waits in the middle and must not be interleaved. Coroutines get it first come, first served.

use super::wait_queue::WaitQueue;
use crate::aio::core::{Error, Result};
use std::cell::Cell;

/// Held by one coroutine at a time.
#[derive(Default)]
pub struct Lock {
    locked: Cell<bool>,
    queue: WaitQueue,
}

impl Lock {
    /// A lock that is free.
    pub fn new() -> Lock {
        Lock::default()
    }

    /// Takes the lock once it is free. Dropping the guard releases it: `async with`.
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
            self.queue.wait_in_turn("a lock", pass_on).await?;
        }
        self.locked.set(true);
        Ok(LockGuard { lock: self })
    }

    /// Whether it is held.
    pub fn locked(&self) -> bool {
        self.locked.get()
    }
}

/// Holds the lock until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub struct LockGuard<'l> {
    lock: &'l Lock,
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        self.lock.locked.set(false);
        self.lock.queue.wake_first();
    }
}

/// Waiting, while holding a lock, for what another coroutine will do while holding it.
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

    /// Whether its lock is held.
    pub fn locked(&self) -> bool {
        self.lock.locked()
    }

    /// Releases the lock, waits to be notified, and takes the lock again. It does so even when it is
    /// cancelled, so that the guarded block is never left without the lock.
    ///
    /// # Errors
    /// `Cancelled`. The lock is then taken again, and released, before this returns.
    pub async fn wait<'c>(&'c self, guard: LockGuard<'c>) -> Result<LockGuard<'c>> {
        drop(guard);
        let pass_on = |woken: bool| {
            if woken {
                self.queue.wake(1); // this one was cancelled; CPython up to 3.12 loses the wake-up
            }
        };
        let mut waited = self.queue.wait_in_turn("a notification", pass_on).await;
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

    /// Wakes up to `count` waiting coroutines.
    ///
    /// # Errors
    /// `InvalidState` when the lock is not held.
    pub fn notify(&self, count: usize) -> Result<()> {
        if !self.locked() {
            return Err(Error::InvalidState("notify() needs the lock"));
        }
        self.queue.wake(count);
        Ok(())
    }

    /// Wakes all waiting coroutines.
    ///
    /// # Errors
    /// As [`Condition::notify`].
    pub fn notify_all(&self) -> Result<()> {
        self.notify(usize::MAX)
    }
}
