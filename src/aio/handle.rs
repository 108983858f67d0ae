//! A callback that waits for its turn, and the handle by which it can be called off.

use super::context::Context;
use super::debug::{self, Lint, short_name};
use super::event_loop::EventLoop;
use super::step::words_of;
use super::timers::TimerId;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// What can stand in the ready queue: a callback, a step of a task, a source, a notifier.
///
/// One pointer for all of them and not an enum: a queue entry is then two words in registers, and a
/// turn half as long.
pub(super) trait Ready {
    fn run(self: Rc<Self>);
    /// For people.
    fn label(&self) -> String;
}

/// Runs a callback. If it panics, that is told and the loop goes on: whose turn comes after it has
/// nothing to do with its fault.
pub(super) fn guarded(who: impl FnOnce() -> String, callback: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(callback)) {
        let words = words_of(&*panic).to_owned();
        debug::report(&Lint::PanickedCallback { who: who(), words });
    }
}

/// A scheduled callback. One allocation, shared by the queue and the handle.
pub(super) trait Scheduled: Ready {
    /// Drops it unrun.
    fn cancel(&self);
    /// Whether it was cancelled.
    fn cancelled(&self) -> bool;
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

impl<F: FnOnce()> Ready for Callback<F> {
    fn run(self: Rc<Self>) {
        if let Some(function) = self.function.take() {
            guarded(|| self.label(), || self.context.run(function));
        }
    }

    fn label(&self) -> String {
        format!("the callback {}", short_name(std::any::type_name::<F>()))
    }
}

impl<F: FnOnce()> Scheduled for Callback<F> {
    fn cancel(&self) {
        if let Some(function) = self.function.take() {
            self.cancelled.set(true);
            drop(function);
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.get()
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

    /// Whether it was called off before it ran. asyncio's also says so of one that was afterwards.
    pub fn cancelled(&self) -> bool {
        self.callback.cancelled()
    }
}
