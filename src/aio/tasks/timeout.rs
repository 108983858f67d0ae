//! Waiting for time, and not waiting for too long.
//!
//! A limit is a cancellation: when time is up, what is awaited is asked to end, and only when it has
//! ended does the waiting end. So nothing goes on behind the back of who set the limit; and what
//! refuses to end makes the limit late.
//!
//! The order of events is asyncio's of CPython 3.11, step by step, races included.

use super::awaitable::Awaitable;
use super::future::Future;
use super::task::{TaskRef, current_task};
use crate::aio::core::{CancelOnDrop, Error, EventLoop, Handle, Result};
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

// -- wait_for -----------------------------------------------------------------------------------------

/// Awaits `what`, in a task of its own, for at most `limit`; then cancels it and waits until it has
/// ended. Without a limit it is awaited as it is.
///
/// # Errors
/// `TimedOut`; `Cancelled` if the caller is, after `what` has ended; what `what` ends with.
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
            stop_late(&future).await
        };
    }
    let waiter = event_loop.create_future_for("wait_for");
    let alarm = waiter.clone();
    let _timer = CancelOnDrop(event_loop.call_later(limit, move || alarm.release()));
    let future = what.ensure_future();
    let done = waiter.clone();
    let callback = future.add_done_callback(move |_| done.release());
    let mut watch = StopIfDropped(Some(&future));
    let waited = waiter.await;
    watch.0 = None;
    if future.done() {
        return future.result();
    }
    future.remove_done_callback(callback);
    match waited {
        Ok(()) => stop_late(&future).await,
        Err(error) => {
            cancel_and_wait(&future).await?;
            Err(error)
        }
    }
}

/// Whoever drops a limited wait half-way does not want what it waited for.
struct StopIfDropped<'f, T: 'static>(Option<&'f Future<T>>);

impl<T: 'static> Drop for StopIfDropped<'_, T> {
    fn drop(&mut self) {
        if let Some(future) = self.0 {
            future.cancel();
        }
    }
}

/// Time is up. If it had a result all the same, that counts.
async fn stop_late<T: Clone + 'static>(future: &Future<T>) -> Result<T> {
    cancel_and_wait(future).await?;
    match future.result() {
        Err(Error::Cancelled) => Err(Error::TimedOut),
        result => result,
    }
}

/// Not by awaiting the future itself, for then cancelling the caller could not be told from its end.
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

/// As [`timeout`], with the moment at which time is up.
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
        // Somebody else's request to cancel goes before ours.
        Err(Error::Cancelled) if task.uncancel() <= cancelling => Err(Error::TimedOut),
        Err(Error::Cancelled) => Err(Error::Cancelled),
        result => {
            task.uncancel();
            result
        }
    }
}

/// A limit that runs, for the body that it limits.
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
    /// Moves the limit; `None` takes it away. Does nothing once time was up.
    pub fn reschedule(&self, deadline: Option<Instant>) {
        if self.expired() {
            return; // a second request to cancel would be nobody's
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

    /// When time is up.
    pub fn when(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Whether it is.
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
