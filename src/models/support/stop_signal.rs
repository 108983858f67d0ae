//! How a running model is told to stop, from any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The longest time for which a blocked thread sleeps without checking the signal.
pub const TICK: Duration = Duration::from_millis(250);

/// A flag, and calls that wake the threads which do not check it.
#[derive(Default)]
pub struct StopSignal {
    stopping: Arc<AtomicBool>,
    /// Each wakes a loop that sleeps in the kernel, where it cannot check the flag.
    wakers: Mutex<Vec<Box<dyn Fn() + Send>>>,
}

impl StopSignal {
    /// Whether the model that runs has to return. It costs one load, so it is checked every turn.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// The flag itself, which ends a burst of messages early.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stopping)
    }

    /// Tells the model that runs, or the next one, to return.
    pub fn stop(&self) {
        let wakers = self.wakers();
        self.stopping.store(true, Ordering::Release);
        for wake in wakers.iter() {
            wake();
        }
    }

    /// Withdraws the signal and forgets the wakers, before the next model starts.
    pub fn reset(&self) {
        let mut wakers = self.wakers();
        wakers.clear();
        self.stopping.store(false, Ordering::Release);
    }

    /// Calls `wake` when the model is told to stop, or at once if it already was.
    pub fn on_stop(&self, wake: impl Fn() + Send + 'static) {
        let mut wakers = self.wakers();
        if self.is_stopping() {
            wake();
        }
        wakers.push(Box::new(wake));
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<Box<dyn Fn() + Send>>> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
