//! The loop that runs on this thread. Coroutines need not be given it: they ask here.

use super::event_loop::EventLoop;
use std::cell::RefCell;
use std::io;

thread_local! {
    static RUNNING: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
}

impl EventLoop {
    /// The loop that runs on this thread: asyncio's `get_running_loop()`.
    ///
    /// # Panics
    /// When none does.
    pub fn running() -> EventLoop {
        EventLoop::try_running().expect("an event loop runs on this thread")
    }

    /// The loop that runs on this thread, if one does.
    pub fn try_running() -> Option<EventLoop> {
        RUNNING.with_borrow(Option::clone)
    }

    /// Whether this loop is making a turn now, on this thread.
    pub fn is_running(&self) -> bool {
        RUNNING.with_borrow(|running| running.as_ref().is_some_and(|running| running.is(self)))
    }
}

/// The loop is the running one of its thread until this is dropped.
pub(super) struct Running;

impl Running {
    pub(super) fn begin(event_loop: &EventLoop) -> io::Result<Running> {
        if event_loop.is_closed() {
            return Err(io::Error::other("the event loop is closed"));
        }
        RUNNING.with_borrow_mut(|running| {
            if running.is_some() {
                return Err(io::Error::other(
                    "an event loop is running on this thread already",
                ));
            }
            *running = Some(event_loop.clone());
            Ok(Running)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = RUNNING.take();
        drop(ended);
    }
}
