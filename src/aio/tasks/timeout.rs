//! Limits on waiting.
//!
//! A limit is a cancellation: when time is up, what is awaited is asked to end, and the waiting ends only
//! when that has ended. So nothing goes on unnoticed after the limit. The price is that something which
//! refuses to end makes the limit late.
//!
//! The order of events is that of asyncio in CPython 3.11, step by step, including its races.

use super::awaitable::Awaitable;
use super::future::Future;
use super::task::{TaskRef, current_task};
use crate::aio::core::{CancelOnDrop, Error, EventLoop, Handle, Result};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

// -- wait_for -----------------------------------------------------------------------------------------

/// Awaits `what` in a task of its own for at most `limit`, then cancels it and waits until it has ended.
/// Without a limit it is awaited directly.
///
/// # Errors
/// `TimedOut`; `Cancelled` if the caller was cancelled, after `what` has ended; the error of `what`.
pub async fn wait_for<A>(what: A, limit: impl Into<Option<Duration>>) -> Result<A::Value>
where
    A: Awaitable,
    A::Value: Clone,
{
    let Some(limit) = limit.into() else {
        return what.await_here().await;
    };
    let event_loop = EventLoop::running();
    if limit.is_zero() {
        let future = what.ensure_future();
        return if future.done() {
            future.result()
        } else {
            cancel_as_timed_out(&future).await
        };
    }
    let waiter = event_loop.create_future_for("wait_for");
    let alarm = waiter.clone();
    let _timer = CancelOnDrop(event_loop.call_later(limit, move || alarm.release()));
    let future = what.ensure_future();
    let done = waiter.clone();
    let callback = future.add_done_callback(move |_| done.release());
    let mut guard = CancelIfDropped(Some(&future));
    let waited = waiter.await;
    guard.0 = None;
    if future.done() {
        return future.result();
    }
    future.remove_done_callback(callback);
    match waited {
        Ok(()) => cancel_as_timed_out(&future).await,
        Err(error) => {
            cancel_and_wait(&future).await?;
            Err(error)
        }
    }
}

/// Cancels the future if the limited wait is dropped half-way.
struct CancelIfDropped<'f, T: 'static>(Option<&'f Future<T>>);

impl<T: 'static> Drop for CancelIfDropped<'_, T> {
    fn drop(&mut self) {
        if let Some(future) = self.0 {
            future.cancel();
        }
    }
}

/// Time is up. If the future has a result all the same, that is returned.
async fn cancel_as_timed_out<T: Clone + 'static>(future: &Future<T>) -> Result<T> {
    cancel_and_wait(future).await?;
    match future.result() {
        Err(Error::Cancelled) => Err(Error::TimedOut),
        result => result,
    }
}

/// Does not await the future itself: its end would look the same as a cancellation of the caller.
async fn cancel_and_wait<T: 'static>(future: &Future<T>) -> Result<()> {
    let waiter = future.event_loop().create_future_for("its cancellation");
    let done = waiter.clone();
    let callback = future.add_done_callback(move |_| done.release());
    future.cancel();
    let waited = waiter.await;
    future.remove_done_callback(callback);
    waited
}

// -- timeout ------------------------------------------------------------------------------------------

/// Runs `body` in this task, and cancels what it awaits when `limit` is over: asyncio's
/// `async with timeout(limit)`.
///
/// # Errors
/// `TimedOut`; what `body` ends with.
///
/// # Panics
/// Outside of a task.
pub async fn timeout<T>(
    limit: Duration,
    body: impl AsyncFnOnce(&Timeout) -> Result<T>,
) -> Result<T> {
    timeout_at(EventLoop::running().time() + limit, body).await
}

/// As [`timeout`], with a deadline.
///
/// # Errors
/// As [`timeout`].
///
/// # Panics
/// Outside of a task.
pub async fn timeout_at<T>(
    deadline: Instant,
    body: impl AsyncFnOnce(&Timeout) -> Result<T>,
) -> Result<T> {
    let task = current_task().expect("a timeout is used inside a task");
    let cancelling = task.cancelling();
    let timeout = Timeout {
        shared: Rc::new(Expiry {
            task,
            expired: Cell::new(false),
        }),
        alarm: Cell::new(None),
        deadline: Cell::new(None),
    };
    timeout.reschedule(Some(deadline));
    let result = body(&timeout).await;
    timeout.disarm();
    let task = &timeout.shared.task;
    match result {
        result if !timeout.expired() => result,
        // A request to cancel from outside has priority.
        Err(Error::Cancelled) if task.uncancel() <= cancelling => Err(Error::TimedOut),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        result => {
            task.uncancel();
            result
        }
    }
}

/// The limit of a running [`timeout`], for its body.
pub struct Timeout {
    shared: Rc<Expiry>,
    alarm: Cell<Option<Handle>>,
    deadline: Cell<Option<Instant>>,
}

struct Expiry {
    task: TaskRef,
    expired: Cell<bool>,
}

impl Timeout {
    /// Moves the deadline; `None` removes it. Does nothing once time is up.
    pub fn reschedule(&self, deadline: Option<Instant>) {
        if self.expired() {
            return; // another cancellation would never be taken back
        }
        self.disarm();
        self.deadline.set(deadline);
        let Some(deadline) = deadline else { return };
        let event_loop = EventLoop::running();
        let expiry = Rc::clone(&self.shared);
        let expire = move || {
            expiry.task.cancel();
            expiry.expired.set(true);
        };
        let alarm = if deadline <= event_loop.time() {
            event_loop.call_soon(expire)
        } else {
            event_loop.call_at(deadline, expire)
        };
        self.alarm.set(Some(alarm));
    }

    /// The deadline.
    pub fn when(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Whether time is up.
    pub fn expired(&self) -> bool {
        self.shared.expired.get()
    }

    fn disarm(&self) {
        if let Some(alarm) = self.alarm.take() {
            alarm.cancel();
        }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        self.disarm();
    }
}
