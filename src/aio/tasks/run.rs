//! From a plain function into the loop and back.

use super::awaitable::Awaitable;
use crate::aio::core::{Error, EventLoop, Result};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

/// Makes a loop, runs `main` on it, ends what is left over and closes the loop: asyncio's `run()`.
///
/// # Blocks
/// Until `main` is done.
///
/// # Errors
/// Those of `main`; those of [`EventLoop::new`].
pub fn run<C, T>(main: C) -> Result<T>
where
    C: std::future::Future<Output = Result<T>> + 'static,
    T: Clone + 'static,
{
    run_on(&EventLoop::new()?, main)
}

/// [`run`] on an existing loop, for example one with a virtual clock or in debug mode.
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
    /// Until then.
    ///
    /// # Errors
    /// Those of `what`; `InvalidState` if [`EventLoop::stop`] was called before it was done.
    pub fn run_until_complete<A>(&self, what: A) -> Result<A::Value>
    where
        A: Awaitable,
        A::Value: Clone,
    {
        let future = what.ensure_future_on(|| self.clone());
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

    /// Cancels all tasks that are left, waits until they and the threads have ended, and closes the loop.
    fn shut_down(&self) {
        let left = self.all_tasks();
        for task in &left {
            task.cancel();
        }
        // As gather does it, but without their results: each task reports its own error.
        let all_ended = self.create_future_for("its tasks");
        let missing = Rc::new(Cell::new(left.len()));
        for task in &left {
            let (missing, all_ended) = (Rc::clone(&missing), all_ended.clone());
            task.when_ended(move || {
                missing.set(missing.get() - 1);
                if missing.get() == 0 {
                    all_ended.release();
                }
            });
        }
        if !left.is_empty() {
            let _ = self.run_until_complete(all_ended); // if a task stops the loop, it is closed anyway
        }
        // What was scheduled last still gets its turn. asyncio's run() ends with two turns for asynchronous
        // generators and two for the executor.
        for _ in 0..4 {
            self.call_soon(|| {}); // without it the turn would wait
            let _ = self.run_once();
        }
        for hook in self.extensions().get::<Shutdown>().hooks.take() {
            if let Err(error) = self.run_until_complete(hook(self.clone())) {
                log::warn!("the event loop was closed before its threads had ended: {error}");
            }
        }
        self.close();
    }
}

/// What other layers have to wait for before [`run`] closes its loop.
#[derive(Default)]
pub(crate) struct Shutdown {
    hooks: RefCell<Vec<Hook>>,
}

type Hook = Box<dyn FnOnce(EventLoop) -> Pin<Box<dyn Future<Output = Result<()>>>>>;

impl Shutdown {
    pub(crate) fn add<C>(&self, hook: impl FnOnce(EventLoop) -> C + 'static)
    where
        C: Future<Output = Result<()>> + 'static,
    {
        let hook: Hook = Box::new(|event_loop| Box::pin(hook(event_loop)));
        self.hooks.borrow_mut().push(hook);
    }
}
