//! Waiting for several things together.
//!
//! The order of events is that of asyncio in CPython 3.11.

use super::awaitable::Awaitable;
use super::future::{Future, WaitReason};
use crate::aio::core::{Error, EventLoop, Result};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Runs all of `what` at once and gives their results in the order given. The first error is the error
/// of the whole, and the others go on. Cancelling it cancels all.
///
/// # Panics
/// If no loop runs and there is a coroutine among them, or if there is nothing at all.
pub fn gather<A>(what: impl IntoIterator<Item = A>) -> Future<Vec<A::Value>>
where
    A: Awaitable,
    A::Value: Clone,
{
    let all = |results: Vec<Result<A::Value>>| results.into_iter().collect();
    Gathering::start(what, true, all)
}

/// As [`gather`], but an error is a result like any other: asyncio's `return_exceptions=True`.
///
/// # Panics
/// As [`gather`].
pub fn gather_results<A>(what: impl IntoIterator<Item = A>) -> Future<Vec<Result<A::Value>>>
where
    A: Awaitable,
    A::Value: Clone,
{
    Gathering::start(what, false, Ok)
}

/// [`gather`] for different coroutines: `gather!(one(), other())`. All start before the callbacks of
/// those that are done already run, where asyncio goes through them one by one.
#[macro_export]
macro_rules! gather {
    ($($what:expr),+ $(,)?) => {
        $crate::aio::gather([$($crate::aio::Awaitable::ensure_future($what)),+])
    };
}

struct Gathering<T: 'static, R: 'static> {
    children: Rc<RefCell<Vec<Future<T>>>>,
    finished: Cell<usize>,
    stop_at_error: bool,
    cancel_requested: Rc<Cell<bool>>,
    outer: Future<R>,
    assemble: fn(Vec<Result<T>>) -> Result<R>,
}

impl<T: Clone + 'static, R: 'static> Gathering<T, R> {
    fn start<A: Awaitable<Value = T>>(
        what: impl IntoIterator<Item = A>,
        stop_at_error: bool,
        assemble: fn(Vec<Result<T>>) -> Result<R>,
    ) -> Future<R> {
        let mut what = what.into_iter().map(A::ensure_future);
        let Some(first) = what.next() else {
            let outer = EventLoop::running().create_future();
            let _ = outer.set(assemble(Vec::new())); // new, so not done
            return outer;
        };
        let event_loop = first.event_loop().clone();
        let children: Rc<RefCell<Vec<Future<T>>>> = Rc::default();
        let cancel_requested = Rc::new(Cell::new(false));
        let (asked, to_cancel) = (Rc::clone(&cancel_requested), Rc::clone(&children));
        let cancel_all = move || {
            let mut any = false;
            for child in &*to_cancel.borrow() {
                any |= child.cancel();
            }
            asked.set(asked.get() || any);
            any
        };
        let outer = Future::with_cancel(&event_loop, WaitReason::Named("gather"), cancel_all);
        let gathering = Rc::new(Gathering {
            children,
            finished: Cell::new(0),
            stop_at_error,
            cancel_requested,
            outer: outer.clone(),
            assemble,
        });
        // One by one: the callback of one that is done already runs in its order among those that start.
        for child in std::iter::once(first).chain(what) {
            let gathering = Rc::clone(&gathering);
            gathering.children.borrow_mut().push(child.clone());
            child.add_done_callback(move |child| gathering.on_child_done(child));
        }
        outer
    }

    fn on_child_done(&self, child: &Future<T>) {
        self.finished.set(self.finished.get() + 1);
        let error = child.error(); // marks it as retrieved
        if self.outer.done() {
            return;
        }
        let outcome = match error {
            Some(error) if self.stop_at_error => Err(error),
            _ if self.finished.get() < self.children.borrow().len() => return,
            _ if self.cancel_requested.get() => Err(Error::Cancelled),
            _ => (self.assemble)(self.children.borrow().iter().map(Future::result).collect()),
        };
        let _ = self.outer.set(outcome); // seen not to be done
    }
}
