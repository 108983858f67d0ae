//! Waiting for several things at once: all of them, the first of them, one after the other as they
//! come; and keeping something from being cancelled with its waiter.
//!
//! All of these are done callbacks that count. Nothing here is known to the loop or to tasks: with
//! `add_done_callback` and one more future, anybody can write another.
//!
//! The order of events is asyncio's of CPython 3.11.

use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::future::{CallbackId, Future, WaitReason};
use super::sync::Queue;
use super::task::Task;
use super::time::{CancelOnDrop, release};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

/// What can be waited for beside other things: a coroutine, which becomes a task, or a [`Future`] or
/// [`Task`] as it is.
pub trait Awaitable: Sized {
    /// What it gives.
    type Value: 'static;

    /// The future to wait for. A coroutine becomes a task of `event_loop` and starts in the next turn.
    fn ensure_future_on(self, event_loop: &EventLoop) -> Future<Self::Value>;

    /// As [`Awaitable::ensure_future_on`] the loop that runs.
    ///
    /// # Panics
    /// If it has to become a task and no loop runs.
    fn ensure_future(self) -> Future<Self::Value> {
        self.ensure_future_on(&EventLoop::running())
    }

    /// Awaits it as it is, without a task of its own.
    fn await_here(self) -> impl std::future::Future<Output = Result<Self::Value>>
    where
        Self::Value: Clone;
}

impl<C, T> Awaitable for C
where
    C: std::future::Future<Output = Result<T>> + 'static,
    T: 'static,
{
    type Value = T;

    fn ensure_future_on(self, event_loop: &EventLoop) -> Future<T> {
        Future::clone(&event_loop.create_task(self))
    }

    async fn await_here(self) -> Result<T> {
        self.await
    }
}

impl<T: 'static> Awaitable for Future<T> {
    type Value = T;

    fn ensure_future_on(self, _: &EventLoop) -> Future<T> {
        self
    }

    fn ensure_future(self) -> Future<T> {
        self
    }

    async fn await_here(self) -> Result<T>
    where
        T: Clone,
    {
        self.await
    }
}

impl<T: 'static> Awaitable for Task<T> {
    type Value = T;

    fn ensure_future_on(self, _: &EventLoop) -> Future<T> {
        self.ensure_future()
    }

    fn ensure_future(self) -> Future<T> {
        Future::clone(&self)
    }

    async fn await_here(self) -> Result<T>
    where
        T: Clone,
    {
        self.await
    }
}

impl<T: 'static> Awaitable for &Future<T> {
    type Value = T;

    fn ensure_future_on(self, _: &EventLoop) -> Future<T> {
        self.ensure_future()
    }

    fn ensure_future(self) -> Future<T> {
        self.clone().ensure_future()
    }

    async fn await_here(self) -> Result<T>
    where
        T: Clone,
    {
        self.await
    }
}

impl<T: 'static> Awaitable for &Task<T> {
    type Value = T;

    fn ensure_future_on(self, _: &EventLoop) -> Future<T> {
        self.ensure_future()
    }

    fn ensure_future(self) -> Future<T> {
        self.clone().ensure_future()
    }

    async fn await_here(self) -> Result<T>
    where
        T: Clone,
    {
        self.await
    }
}

// -- gather -------------------------------------------------------------------------------------------

/// Runs all of them at once and gives their results in the order asked. The first error is the
/// error of the whole; the others go on. Cancelling it cancels all.
///
/// # Panics
/// If no loop runs and there is a coroutine among them, or nothing at all.
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
/// If no loop runs and there is a coroutine among them, or nothing at all.
pub fn gather_results<A>(what: impl IntoIterator<Item = A>) -> Future<Vec<Result<A::Value>>>
where
    A: Awaitable,
    A::Value: Clone,
{
    Gathering::start(what, false, Ok)
}

/// [`gather`] of coroutines that are different functions: `gather!(one(), other())`. All start before
/// what is done already among them calls back, where asyncio goes through them one by one.
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
            let outer = Future::new(&EventLoop::running());
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
        // One by one: what is done already calls back in its place among those that start.
        for child in std::iter::once(first).chain(what) {
            let gathering = Rc::clone(&gathering);
            gathering.children.borrow_mut().push(child.clone());
            child.add_done_callback(move |child| gathering.one_is_done(child));
        }
        outer
    }

    fn one_is_done(&self, child: &Future<T>) {
        self.finished.set(self.finished.get() + 1);
        let error = child.error(); // seen now, so nobody needs to ask for it later
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

// -- wait ---------------------------------------------------------------------------------------------

/// When [`wait`] ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnWhen {
    /// One is done.
    FirstCompleted,
    /// One has failed, or all are done.
    FirstException,
    /// All are done.
    AllCompleted,
}

/// Waits for some of `futures`, for at most `limit`, and gives those that are done and those that are
/// not, each in the order given; one that is named twice, once. Cancels nothing and raises no error of
/// theirs.
///
/// # Errors
/// `Cancelled`; `InvalidState` for no futures at all.
pub async fn wait<T: 'static>(
    futures: impl IntoIterator<Item = Future<T>>,
    limit: impl Into<Option<Duration>>,
    until: ReturnWhen,
) -> Result<(Vec<Future<T>>, Vec<Future<T>>)> {
    let futures = distinct(futures);
    if futures.is_empty() {
        return Err(Error::InvalidState("nothing to wait for"));
    }
    let event_loop = EventLoop::running();
    let waiter = Future::waiting_for(&event_loop, WaitReason::Named("wait"));
    let alarm = waiter.clone();
    let timer = limit
        .into()
        .map(|limit| CancelOnDrop(event_loop.call_later(limit, move || release(&alarm))));
    let missing = Rc::new(Cell::new(futures.len()));
    let hang_on = |future: &Future<T>| -> CallbackId {
        let (waiter, missing) = (waiter.clone(), Rc::clone(&missing));
        future.add_done_callback(move |future| {
            missing.set(missing.get() - 1);
            let enough = match until {
                ReturnWhen::FirstCompleted => true,
                ReturnWhen::FirstException => !future.cancelled() && future.error().is_some(),
                ReturnWhen::AllCompleted => false,
            };
            if enough || missing.get() == 0 {
                release(&waiter);
            }
        })
    };
    let callbacks: Vec<CallbackId> = futures.iter().map(hang_on).collect();
    let waited = waiter.clone().await;
    drop(timer);
    for (future, callback) in futures.iter().zip(callbacks) {
        future.remove_done_callback(callback);
    }
    waited?;
    Ok(futures.into_iter().partition(Future::done))
}

/// Each of them once, where it came first.
fn distinct<T>(futures: impl IntoIterator<Item = Future<T>>) -> Vec<Future<T>> {
    let mut seen = HashSet::new();
    let mut futures: Vec<Future<T>> = futures.into_iter().collect();
    futures.retain(|future| seen.insert(future.address()));
    futures
}

// -- as_completed -------------------------------------------------------------------------------------

/// Starts all of them and gives them one by one, whoever is done first; one that is named twice, once.
///
/// # Panics
/// If nothing runs on this thread.
pub fn as_completed<A: Awaitable>(
    what: impl IntoIterator<Item = A>,
    limit: impl Into<Option<Duration>>,
) -> AsCompleted<A::Value> {
    let todo = distinct(what.into_iter().map(A::ensure_future));
    let left = Cell::new(todo.len());
    let done = Rc::new(Queue::unbounded());
    let missing = Rc::new(Cell::new(todo.len()));
    for future in &todo {
        let (done, missing) = (Rc::clone(&done), Rc::clone(&missing));
        future.add_done_callback(move |future| {
            if missing.get() > 0 {
                missing.set(missing.get() - 1);
                done.put_unbounded(Some(future.clone()));
            }
        });
    }
    let timer = limit.into().map(|limit| {
        let done = Rc::clone(&done);
        // From here on nobody is in time any more.
        let tell = move || (0..missing.take()).for_each(|_| done.put_unbounded(None));
        CancelOnDrop(EventLoop::running().call_later(limit, tell))
    });
    AsCompleted {
        done,
        left,
        _timer: timer,
    }
}

/// See [`as_completed`].
pub struct AsCompleted<T: 'static> {
    /// `None`: one that is not done in time.
    done: Rc<Queue<Option<Future<T>>>>,
    left: Cell<usize>,
    _timer: Option<CancelOnDrop>,
}

impl<T: Clone + 'static> AsCompleted<T> {
    /// The next that is done: its result or its error. `None` after the last.
    ///
    /// # Errors
    /// `Cancelled`; `TimedOut` once for each that is not done in time.
    pub async fn next(&mut self) -> Result<Option<Result<T>>> {
        if self.left.get() == 0 {
            return Ok(None);
        }
        let next = self.done.get().await?;
        self.left.set(self.left.get() - 1);
        next.map(|future| Some(future.result()))
            .ok_or(Error::TimedOut)
    }
}

// -- shield -------------------------------------------------------------------------------------------

/// Keeps `what` from being cancelled with whoever awaits it. The waiter is cancelled all the same.
///
/// # Panics
/// If it has to become a task and no loop runs.
pub fn shield<A>(what: A) -> Future<A::Value>
where
    A: Awaitable,
    A::Value: Clone,
{
    let inner = what.ensure_future();
    if inner.done() {
        return inner;
    }
    let outer = Future::waiting_for(inner.event_loop(), WaitReason::Named("shield"));
    let to_outer = outer.clone();
    let callback = inner.add_done_callback(move |inner| {
        let error = inner.error();
        if inner.cancelled() {
            to_outer.cancel();
        } else if !to_outer.done() {
            let _ = to_outer.set(error.map_or_else(|| inner.result(), Err)); // seen not to be done
        }
    });
    let inner = RefCell::new(Some(inner));
    outer.add_done_callback(move |_| {
        if let Some(inner) = inner.take().filter(|inner| !inner.done()) {
            inner.remove_done_callback(callback);
        }
    });
    outer
}
