//! What can be waited for together with other things.

use super::future::Future;
use super::task::Task;
use crate::aio::core::{EventLoop, Result};

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
