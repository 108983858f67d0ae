//! What can stand in the ready queue, and the callbacks among it.

use super::context::Context;
use super::debug::{Lint, panic_message, short_name};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// An entry of the ready queue: a callback, a step of a task, a source or a notifier.
///
/// A trait object and not an enum: an entry is then two words, which fit into registers, and a turn
/// takes half the time.
pub(crate) trait Ready {
    fn run(self: Rc<Self>);
    /// A name for people.
    fn label(&self) -> String;
}

/// Runs a callback. If it panics, the panic is reported and the loop goes on: the callbacks after it
/// have nothing to do with its fault.
pub(super) fn guarded(label: impl FnOnce() -> String, callback: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(callback)) {
        Lint::panicked_callback(&label(), panic_message(&*panic)).report();
    }
}

/// A scheduled callback. One allocation, shared by the queue and the handle.
pub(super) trait Scheduled: Ready {
    /// Drops it without running it.
    fn cancel(&self);
    fn cancelled(&self) -> bool;
}

struct Callback<F> {
    function: Cell<Option<F>>,
    cancelled: Cell<bool>,
    context: Context,
}

/// Makes a callback that will run in the current context.
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
