//! Scheduling a callback, and the handle that cancels it.

use super::callback::{Ready, Scheduled, scheduled};
use super::event_loop::EventLoop;
use super::timers::TimerId;
use std::rc::Rc;
use std::time::{Duration, Instant};

impl EventLoop {
    /// Runs `callback` in the next turn. If it panics, the panic is reported (see
    /// [`debug`](super::debug)) and the loop goes on.
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        let callback = scheduled(callback);
        self.push(Rc::clone(&callback) as Rc<dyn Ready>);
        let timer = None;
        Handle { callback, timer }
    }

    /// Runs `callback` once `deadline` has come, never before. Callbacks with equal deadlines run in the
    /// order of calling.
    pub fn call_at(&self, deadline: Instant, callback: impl FnOnce() + 'static) -> Handle {
        let callback = scheduled(callback);
        let id = self.arm(deadline, Rc::clone(&callback));
        let timer = Some((self.clone(), id));
        Handle { callback, timer }
    }

    /// Runs `callback` after `delay`, counted from this moment.
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> Handle {
        self.call_at(self.time() + delay, callback)
    }
}

/// Cancels a scheduled callback. Dropping the handle does not.
#[derive(Clone)]
pub struct Handle {
    callback: Rc<dyn Scheduled>,
    timer: Option<(EventLoop, TimerId)>,
}

impl Handle {
    /// Drops the callback without running it. Does nothing if it has run.
    pub fn cancel(&self) {
        self.callback.cancel();
        if let Some((event_loop, id)) = &self.timer {
            event_loop.disarm(*id);
        }
    }

    /// Whether it was cancelled before it ran. (asyncio's `cancelled()` is also true when `cancel` came
    /// after the callback had run.)
    pub fn cancelled(&self) -> bool {
        self.callback.cancelled()
    }
}

/// A handle that cancels its callback when it is dropped.
pub(crate) struct CancelOnDrop(pub(crate) Handle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
