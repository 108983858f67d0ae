//! A result that comes from another thread.
//!
//! Futures stay on their thread, so a worker thread cannot hold the one that it is to set. The loop keeps
//! the callback for the result. The worker holds only a key, and sends it back with the result, as a
//! message.
//!
//! **Where it breaks:** there is no time limit. A thread that never ends keeps its [`Completer`], and
//! the loop waits with it.

use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::mailbox::OutsideWork;
use super::notifier::Remote;
use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

/// The right to bring one result to a loop, from any thread. As long as it exists, a virtual clock does
/// not jump.
pub(crate) struct Completer<T: Send + 'static> {
    key: usize,
    remote: Remote,
    /// Gone once the result is sent. It travels with the result and ends on the loop. If it ended here,
    /// just after the result had arrived, the loop might already sleep because of it.
    work: Option<OutsideWork>,
    _of: PhantomData<fn(T)>,
}

/// The callback that the loop keeps.
struct PendingResult<T>(Cell<Option<OnResult<T>>>);

type OnResult<T> = Box<dyn FnOnce(Result<T>)>;

impl EventLoop {
    /// Has `on_result` run here with the result that the completer is given, or with `Cancelled` if the
    /// completer is dropped.
    pub(crate) fn completer<T: Send + 'static>(
        &self,
        on_result: impl FnOnce(Result<T>) + 'static,
    ) -> Completer<T> {
        let pending: PendingResult<T> = PendingResult(Cell::new(Some(Box::new(on_result))));
        let remote = self.remote();
        Completer {
            key: self.extensions().keep(Rc::new(pending)),
            work: Some(remote.outside_work()),
            remote,
            _of: PhantomData,
        }
    }

    fn complete<T: 'static>(&self, key: usize, result: Result<T>) {
        let kept = self.extensions().release(key);
        let pending = kept.and_then(|kept| kept.downcast::<PendingResult<T>>().ok());
        if let Some(on_result) = pending.and_then(|pending| pending.0.take()) {
            on_result(result);
        }
    }
}

impl<T: Send + 'static> Completer<T> {
    /// Sends the result, or the message of a panic: an [`Error`] stays on its thread too. Never blocks
    /// for long.
    pub(crate) fn complete(mut self, outcome: std::result::Result<T, String>) {
        self.send(Some(outcome));
    }

    fn send(&mut self, outcome: Option<std::result::Result<T, String>>) {
        let Some(work) = self.work.take() else { return };
        let key = self.key;
        self.remote.call_soon_threadsafe(move || {
            drop(work);
            let result = match outcome {
                Some(outcome) => outcome.map_err(|message| Error::Panicked(message.into())),
                None => Err(Error::Cancelled),
            };
            EventLoop::running().complete(key, result);
        });
    }
}

impl<T: Send + 'static> Drop for Completer<T> {
    fn drop(&mut self) {
        self.send(None);
    }
}
