//! Sleeping, and letting other tasks run.

use super::future::WaitReason;
use super::step;
use crate::aio::core::{CancelOnDrop, Error, EventLoop, Result};

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

/// Sleeps for `delay`. With a delay of zero it only lets other tasks run once.
///
/// # Errors
/// `Cancelled`.
pub async fn sleep(delay: Duration) -> Result<()> {
    if delay.is_zero() {
        return yield_now().await;
    }
    let event_loop = EventLoop::running();
    let future = event_loop.create_future_for(WaitReason::Sleep(delay));
    let alarm = future.clone();
    let timer = event_loop.call_later(delay, move || alarm.release());
    let _timer = CancelOnDrop(timer);
    future.await
}

/// Lets everything else that is ready run once: asyncio's `sleep(0)`.
///
/// # Errors
/// `Cancelled`.
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future returned by [`yield_now`].
#[must_use = "it does nothing until it is awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl std::future::Future for YieldNow {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Result<()>> {
        if self.yielded {
            let cancelled = step::take_cancellation();
            return Poll::Ready(if cancelled {
                Err(Error::Cancelled)
            } else {
                Ok(())
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
