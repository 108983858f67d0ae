//! Waiting for time, and not waiting for too long.
//!
//! A limit is a cancellation: when time is up, what is awaited is asked to end, and only when it has
//! ended does the waiting end. So nothing goes on behind the back of who set the limit; and what
//! refuses to end makes the limit late.
//!
//! The order of events is asyncio's of CPython 3.11, step by step, races included.

use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::future::{Future, WaitReason};
use super::handle::Handle;
use super::step;
use super::task::{TaskRef, current_task};
use super::wait::Awaitable;
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Sleeps for `delay`; not at all, but letting others run once, if that is zero.
///
/// # Errors
/// `Cancelled`.
pub async fn sleep(delay: Duration) -> Result<()> {
    if delay.is_zero() {
        return yield_now().await;
    }
    let event_loop = EventLoop::running();
    let future = Future::waiting_for(&event_loop, WaitReason::Sleep(delay));
    let alarm = future.clone();
    let timer = event_loop.call_later(delay, move || release(&alarm));
    let _timer = CancelOnDrop(timer);
    future.await
}

/// [`sleep`] until `deadline`.
///
/// # Errors
/// `Cancelled`.
pub async fn sleep_until(deadline: Instant) -> Result<()> {
    sleep(deadline.saturating_duration_since(EventLoop::running().time())).await
}

/// Lets everybody else who is ready run once: asyncio's `sleep(0)`.
///
/// # Errors
/// `Cancelled`.
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// See [`yield_now`].
#[must_use = "it does nothing until it is awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl std::future::Future for YieldNow {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Result<()>> {
        if self.yielded {
            return Poll::Ready(match step::take_cancellation() {
                true => Err(Error::Cancelled),
                false => Ok(()),
            });
        }
        self.yielded = true;
        match step::current_for(cx.waker()) {
            Some(task) => step::schedule(task),
            None => cx.waker().wake_by_ref(),
        }
        Poll::Pending
    }
}

/// Sets a future that others may have set or cancelled.
pub(super) fn release(waiter: &Future<()>) {
    if !waiter.done() {
        let _ = waiter.set_result(()); // just seen not to be done
    }
}

pub(super) struct CancelOnDrop(pub(super) Handle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

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
    let waiter = Future::waiting_for(&event_loop, WaitReason::Named("wait_for"));
    let alarm = waiter.clone();
    let _timer = CancelOnDrop(event_loop.call_later(limit, move || release(&alarm)));
    let future = what.ensure_future();
    let done = waiter.clone();
    let callback = future.add_done_callback(move |_| release(&done));
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
    let waiter = Future::waiting_for(future.event_loop(), WaitReason::Named("its cancellation"));
    let done = waiter.clone();
    let callback = future.add_done_callback(move |_| release(&done));
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
