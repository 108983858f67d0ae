//! `async for` and `async with`, which Rust has no words for.
//!
//! An iterator that waits between its items is a trait with an `async fn`, and the loop over it is
//! `while let Some(item) = items.next().await?`. A resource whose opening or closing waits cannot use
//! `Drop`, which cannot wait; so a function opens it, runs the body and closes it, also after an error
//! or a cancellation.

use crate::aio::core::{Error, Result};

/// Items that have to be waited for: asyncio's `__anext__`.
#[allow(async_fn_in_trait, reason = "for one thread; nothing here is Send")]
pub trait AsyncIterator {
    /// What it gives.
    type Item;

    /// The next item; `None` after the last: `StopAsyncIteration`.
    ///
    /// # Errors
    /// `Cancelled`; its own.
    async fn next(&mut self) -> Result<Option<Self::Item>>;
}

/// Something to open before and to close after: `__aenter__` and `__aexit__`.
#[allow(async_fn_in_trait, reason = "for one thread; nothing here is Send")]
pub trait AsyncScope {
    /// Opens it.
    ///
    /// # Errors
    /// `Cancelled`; its own. The body does not run then, and `exit` neither.
    async fn enter(&mut self) -> Result<()>;

    /// Closes it, told of the error that ended the body, if one did.
    ///
    /// # Errors
    /// `Cancelled`; its own, which goes before the body's.
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
