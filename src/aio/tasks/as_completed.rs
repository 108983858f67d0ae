//! Several things, one by one in the order in which they complete.

use super::awaitable::Awaitable;
use super::future::Future;
use super::wait::distinct;
use crate::aio::core::{CancelOnDrop, Error, EventLoop, Result};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// Starts all of `what` and gives their results one by one, in the order in which they complete. A
/// future that is named twice is given once.
///
/// # Panics
/// If no loop runs on this thread.
pub fn as_completed<A: Awaitable>(
    what: impl IntoIterator<Item = A>,
    limit: impl Into<Option<Duration>>,
) -> AsCompleted<A::Value> {
    let todo = distinct(what.into_iter().map(A::ensure_future));
    let left = Cell::new(todo.len());
    let done = Rc::new(Done::default());
    let missing = Rc::new(Cell::new(todo.len()));
    for future in &todo {
        let (done, missing) = (Rc::clone(&done), Rc::clone(&missing));
        future.add_done_callback(move |future| {
            if missing.get() > 0 {
                missing.set(missing.get() - 1);
                done.put(Some(future.clone()));
            }
        });
    }
    let timer = limit.into().map(|limit| {
        let done = Rc::clone(&done);
        // Whatever is done from here on is late.
        let time_out = move || (0..missing.take()).for_each(|_| done.put(None));
        CancelOnDrop(EventLoop::running().call_later(limit, time_out))
    });
    AsCompleted {
        done,
        left,
        _timer: timer,
    }
}

/// What [`as_completed`] returns.
pub struct AsCompleted<T: 'static> {
    done: Rc<Done<T>>,
    left: Cell<usize>,
    _timer: Option<CancelOnDrop>,
}

/// The futures that are done and not yet taken. (A [`Queue`](crate::aio::Queue) would do, but is built on
/// this layer.)
struct Done<T: 'static> {
    /// `None` stands for one that is not done in time.
    futures: RefCell<VecDeque<Option<Future<T>>>>,
    waiter: RefCell<Option<Future<()>>>,
}

impl<T: 'static> Default for Done<T> {
    fn default() -> Self {
        Done {
            futures: RefCell::default(),
            waiter: RefCell::default(),
        }
    }
}

impl<T: 'static> Done<T> {
    fn put(&self, future: Option<Future<T>>) {
        self.futures.borrow_mut().push_back(future);
        if let Some(waiter) = self.waiter.take() {
            waiter.release();
        }
    }

    async fn take(&self) -> Result<Option<Future<T>>> {
        loop {
            let first = self.futures.borrow_mut().pop_front();
            if let Some(future) = first {
                return Ok(future);
            }
            let waiter = EventLoop::running().create_future_for("as_completed");
            self.waiter.replace(Some(waiter.clone()));
            waiter.await?;
        }
    }
}

impl<T: Clone + 'static> AsCompleted<T> {
    /// The next one that completes: its result or its error. `None` after the last.
    ///
    /// # Errors
    /// `Cancelled`; `TimedOut`, once for each that does not complete in time.
    pub async fn next(&mut self) -> Result<Option<Result<T>>> {
        if self.left.get() == 0 {
            return Ok(None);
        }
        let next = self.done.take().await?;
        self.left.set(self.left.get() - 1);
        next.map(|future| Some(future.result()))
            .ok_or(Error::TimedOut)
    }
}
