//! Waiting for some of several futures, and protecting a future from its waiter's cancellation.
//!
//! These, like [`gather`](super::gather()), are done callbacks that count. Neither the loop nor tasks
//! know of them: with `add_done_callback` and one more future you can write your own.
//!
//! The order of events is that of asyncio in CPython 3.11.

use super::awaitable::Awaitable;
use super::future::{CallbackId, Future};
use crate::aio::core::{CancelOnDrop, Error, EventLoop, Result};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

/// When [`wait`] ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnWhen {
    /// When one is done.
    FirstCompleted,
    /// When one has failed, or all are done.
    FirstException,
    /// When all are done.
    AllCompleted,
}

/// Waits for some of `futures`, for at most `limit`. Returns those that are done and those that are not,
/// each in the order given; one that is named twice is returned once. Cancels nothing, and returns no
/// error of theirs.
///
/// # Errors
/// `Cancelled`; `InvalidState` if there are no futures.
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
    let waiter = event_loop.create_future_for("wait");
    let alarm = waiter.clone();
    let timer = limit
        .into()
        .map(|limit| CancelOnDrop(event_loop.call_later(limit, move || alarm.release())));
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
                waiter.release();
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

/// Each of them once, at its first position.
pub(super) fn distinct<T>(futures: impl IntoIterator<Item = Future<T>>) -> Vec<Future<T>> {
    let mut seen = HashSet::new();
    let mut futures: Vec<Future<T>> = futures.into_iter().collect();
    futures.retain(|future| seen.insert(future.address()));
    futures
}

/// Protects `what` from being cancelled with the caller. The caller itself is still cancelled.
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
    let outer = inner.event_loop().create_future_for("shield");
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
