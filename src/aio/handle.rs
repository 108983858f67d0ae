//! A callback that waits for its turn, and the handle by which it can be called off.

use super::context::Context;
use super::event_loop::EventLoop;
use super::timers::TimerId;
use std::cell::Cell;
use std::rc::Rc;

/// A scheduled callback. One allocation, shared by the queue and the handle.
pub(super) trait Scheduled {
    /// Runs it, unless it ran or was cancelled.
    fn run(&self);
    /// Drops it unrun.
    fn cancel(&self);
    /// Whether it was cancelled.
    fn cancelled(&self) -> bool;
    /// For people: the type that it was made from.
    fn name(&self) -> &'static str;
}

struct Callback<F> {
    function: Cell<Option<F>>,
    cancelled: Cell<bool>,
    context: Context,
}

/// Makes a callback that will run in the context that holds now.
pub(super) fn scheduled<F: FnOnce() + 'static>(function: F) -> Rc<dyn Scheduled> {
    Rc::new(Callback {
        function: Cell::new(Some(function)),
        cancelled: Cell::new(false),
        context: Context::copy(),
    })
}

impl<F: FnOnce()> Scheduled for Callback<F> {
    fn run(&self) {
        if let Some(function) = self.function.take() {
            self.context.run(function);
        }
    }

    fn cancel(&self) {
        if let Some(function) = self.function.take() {
            self.cancelled.set(true);
            drop(function);
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.get()
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<F>()
    }
}

/// Calls off a callback. Dropping it does not.
#[derive(Clone)]
pub struct Handle {
    pub(super) callback: Rc<dyn Scheduled>,
    pub(super) timer: Option<(EventLoop, TimerId)>,
}

impl Handle {
    /// Drops the callback unrun; does nothing if it has run.
    pub fn cancel(&self) {
        self.callback.cancel();
        if let Some((event_loop, id)) = &self.timer {
            event_loop.disarm(*id);
        }
    }

    /// Whether it was called off before it ran.
    pub fn cancelled(&self) -> bool {
        self.callback.cancelled()
    }
}
