//! `async for` and `async with`, for which Rust has no syntax.
//!
//! An iterator that waits between its items is a trait with an `async fn`, and the loop over it is
//! `while let Some(item) = items.next().await?`. A resource whose opening or closing waits cannot use
//! `Drop`, which cannot wait. So a function opens it, runs the body and closes it, also after an error
//! or a cancellation.

use crate::aio::core::{Error, Result};

/// Items that have to be waited for: asyncio's `__anext__`.
#[allow(async_fn_in_trait, reason = "for one thread; nothing here is Send")]
pub trait AsyncIterator {
    /// The type of its items.
    type Item;

    /// The next item; `None` after the last, which is Python's `StopAsyncIteration`.
    ///
    /// # Errors
    /// `Cancelled`; those of the iterator.
    async fn next(&mut self) -> Result<Option<Self::Item>>;
}

/// Something to open before the body and to close after it: `__aenter__` and `__aexit__`.
#[allow(async_fn_in_trait, reason = "for one thread; nothing here is Send")]
pub trait AsyncScope {
    /// Opens it.
    ///
    /// # Errors
    /// `Cancelled`; those of the resource. Then neither the body nor `exit` runs.
    async fn enter(&mut self) -> Result<()>;

    /// Closes it. `error` is the one that ended the body, if any.
    ///
    /// # Errors
    /// `Cancelled`; those of the resource, which replace the body's.
    async fn exit(&mut self, error: Option<&Error>) -> Result<()>;
}

/// Opens `scope`, runs `body` in it and closes it, however the body ended: `async with`.
///
/// # Errors
/// Those of opening, of the body and of closing.
pub async fn with<S: AsyncScope, T>(
    mut scope: S,
    body: impl AsyncFnOnce(&mut S) -> Result<T>,
) -> Result<T> {
    scope.enter().await?;
    let result = body(&mut scope).await;
    scope.exit(result.as_ref().err()).await?;
    result
}
