//! From a plain function into the loop and out again.

use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::future::{Future, WaitReason};
use super::time::release;
use super::wait::Awaitable;
use std::cell::Cell;
use std::rc::Rc;

/// Makes a loop, runs `main` on it, ends what is left over and closes it: asyncio's `run()`.
///
/// # Blocks
/// Until `main` is done.
///
/// # Errors
/// Those of `main`; those of the system if it has no poller to give.
pub fn run<C, T>(main: C) -> Result<T>
where
    C: std::future::Future<Output = Result<T>> + 'static,
    T: Clone + 'static,
{
    run_on(&EventLoop::new()?, main)
}

/// [`run`] on a loop that was made before: one with a virtual clock, say, or in debug mode.
///
/// # Blocks
/// Until `main` is done.
///
/// # Errors
/// Those of `main`.
pub fn run_on<C, T>(event_loop: &EventLoop, main: C) -> Result<T>
where
    C: std::future::Future<Output = Result<T>> + 'static,
    T: Clone + 'static,
{
    let result = event_loop.run_until_complete(event_loop.create_task(main));
    event_loop.shut_down();
    result
}

impl EventLoop {
    /// Turns until `what` is done. A coroutine becomes a task first.
    ///
    /// # Blocks
    /// As long as that.
    ///
    /// # Errors
    /// Those of `what`; `InvalidState` if somebody called [`EventLoop::stop`] before it was done.
    pub fn run_until_complete<A>(&self, what: A) -> Result<A::Value>
    where
        A: Awaitable,
        A::Value: Clone,
    {
        let future = what.ensure_future_on(self);
        let event_loop = self.clone();
        let callback = future.add_done_callback(move |_| event_loop.stop());
        let turned = self.run_forever();
        future.remove_done_callback(callback);
        turned?;
        if !future.done() {
            return Err(Error::InvalidState(
                "the event loop was stopped before the future was done",
            ));
        }
        future.result()
    }

    /// Cancels every task that is left, waits until they have ended, and the threads, and closes the
    /// loop.
    fn shut_down(&self) {
        let left = self.all_tasks();
        for task in &left {
            task.cancel();
        }
        // As gather does it, without their results: each says its own error.
        let all_ended = Future::waiting_for(self, WaitReason::Named("its tasks"));
        let missing = Rc::new(Cell::new(left.len()));
        for task in &left {
            let (missing, all_ended) = (Rc::clone(&missing), all_ended.clone());
            task.when_ended(move || {
                missing.set(missing.get() - 1);
                if missing.get() == 0 {
                    release(&all_ended);
                }
            });
        }
        if !left.is_empty() {
            let _ = self.run_until_complete(all_ended); // stopped by one of them, it is closed all the same
        }
        // What was scheduled last still has its turn: asyncio's run() ends with a round of two turns for
        // asynchronous generators and one for the executor.
        for _ in 0..4 {
            self.call_soon(|| {}); // or the turn would wait
            let _ = self.run_once();
        }
        if self.has_default_executor()
            && let Err(error) = self.run_until_complete(shut_down_threads(self.clone()))
        {
            log::warn!("the threads of the event loop could not be waited for: {error}");
        }
        self.close();
    }
}

async fn shut_down_threads(event_loop: EventLoop) -> Result<()> {
    event_loop.shutdown_default_executor().await
}
