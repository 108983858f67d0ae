//! What can be waited for together with other things.

use super::future::Future;
use super::task::Task;
use crate::aio::core::{EventLoop, Result};

/// What can be waited for together with other things: a coroutine, which becomes a task, or a [`Future`]
/// or [`Task`] as it is.
pub trait Awaitable: Sized {
    /// The type of its result.
    type Value: 'static;

    /// The future to wait for. A coroutine becomes a task of `event_loop` and starts in the next turn.
    fn ensure_future_on(self, event_loop: impl FnOnce() -> EventLoop) -> Future<Self::Value>;

    /// As [`Awaitable::ensure_future_on`] the running loop.
    ///
    /// # Panics
    /// If it has to become a task and no loop runs.
    fn ensure_future(self) -> Future<Self::Value> {
        self.ensure_future_on(EventLoop::running)
    }

    /// Awaits it as it is, without a task of its own.
    fn await_here(self) -> impl std::future::Future<Output = Result<Self::Value>>
    where
        Self::Value: Clone,
    {
        self.ensure_future().into_future()
    }
}

impl<C, T> Awaitable for C
where
    C: std::future::Future<Output = Result<T>> + 'static,
    T: 'static,
{
    type Value = T;

    fn ensure_future_on(self, event_loop: impl FnOnce() -> EventLoop) -> Future<T> {
        Future::clone(&event_loop().create_task(self))
    }

    fn await_here(self) -> impl std::future::Future<Output = Result<T>> {
        self
    }
}

impl<T: 'static> Awaitable for Future<T> {
    type Value = T;

    fn ensure_future_on(self, _: impl FnOnce() -> EventLoop) -> Future<T> {
        self
    }
}

impl<T: 'static> Awaitable for &Future<T> {
    type Value = T;

    fn ensure_future_on(self, _: impl FnOnce() -> EventLoop) -> Future<T> {
        self.clone()
    }
}

impl<T: 'static> Awaitable for Task<T> {
    type Value = T;

    fn ensure_future_on(self, _: impl FnOnce() -> EventLoop) -> Future<T> {
        Future::clone(&self)
    }
}

impl<T: 'static> Awaitable for &Task<T> {
    type Value = T;

    fn ensure_future_on(self, _: impl FnOnce() -> EventLoop) -> Future<T> {
        Future::clone(self)
    }
}
