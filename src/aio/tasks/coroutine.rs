//! A coroutine that, in debug mode, reports that it was never awaited.
//!
//! Calling an `async fn` runs nothing. It returns a value, whose code runs when it is awaited. The compiler
//! warns if the value is not used at all, but not if it is pushed into a `Vec`, or bound to a name such as
//! `_job`, and forgotten.

use crate::aio::core::Result;
use crate::aio::core::debug::{self, Lint, short_name};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A coroutine that debug mode can report, made by [`coroutine`].
#[must_use = "a coroutine does nothing until it is awaited"]
pub struct Coroutine<T> {
    body: Pin<Box<dyn Future<Output = Result<T>>>>,
    function: &'static str,
    awaited: bool,
}

/// Wraps a call of an `async fn`, so that debug mode can tell if it is never awaited.
pub fn coroutine<C, T>(body: C) -> Coroutine<T>
where
    C: Future<Output = Result<T>> + 'static,
{
    Coroutine {
        body: Box::pin(body),
        function: std::any::type_name::<C>(),
        awaited: false,
    }
}

impl<T> Future for Coroutine<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        self.awaited = true;
        self.body.as_mut().poll(cx)
    }
}

impl<T> Drop for Coroutine<T> {
    fn drop(&mut self) {
        if !self.awaited && debug::on() {
            Lint::never_awaited(short_name(self.function)).report();
        }
    }
}
