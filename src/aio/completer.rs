//! A result that comes from another thread.
//!
//! Futures stay on their thread, so a worker cannot hold the one that it is to set. The loop keeps what
//! is to happen with the result; the worker gets the number of the place where it is kept, and sends it
//! back with the result, as a message. It is the cloakroom's way: the coat stays, the ticket travels.
//!
//! **Where it breaks:** what is kept has no time limit. A thread that never ends keeps its completer, and
//! the loop waits with it.

use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::notifier::{OutsideWork, Remote};
use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

/// How it went: the words of the panic if it did not go well. An [`Error`] stays on its thread too.
pub(super) type Outcome<T> = std::result::Result<T, String>;

/// The right to bring one result to a loop, from any thread. As long as it is there, a virtual clock
/// does not jump.
pub(super) struct Completer<T: Send + 'static> {
    place: usize,
    remote: Remote,
    /// Gone when it is delivered. It travels with the result and ends on the loop: if it ended here, a
    /// moment after the result has arrived, the loop might just have gone to sleep because of it.
    work: Option<OutsideWork>,
    _of: PhantomData<fn(T)>,
}

/// What the loop keeps: called once.
struct PendingResult<T>(Cell<Option<OnResult<T>>>);

type OnResult<T> = Box<dyn FnOnce(Result<T>)>;

impl EventLoop {
    /// Has `arrived` run here with the result that somebody brings with the completer; with `Cancelled`
    /// if the completer is dropped.
    pub(super) fn completer<T: Send + 'static>(
        &self,
        arrived: impl FnOnce(Result<T>) + 'static,
    ) -> Completer<T> {
        let pending: PendingResult<T> = PendingResult(Cell::new(Some(Box::new(arrived))));
        let remote = self.remote();
        Completer {
            place: self.belongings().keep(Rc::new(pending)),
            work: Some(remote.outside_work()),
            remote,
            _of: PhantomData,
        }
    }

    fn arrived<T: 'static>(&self, place: usize, result: Result<T>) {
        let kept = self.belongings().give_back(place);
        let pending = kept.and_then(|kept| kept.downcast::<PendingResult<T>>().ok());
        if let Some(arrived) = pending.and_then(|pending| pending.0.take()) {
            arrived(result);
        }
    }
}

impl<T: Send + 'static> Completer<T> {
    /// Brings the result. Never blocks for long.
    pub(super) fn complete(mut self, outcome: Outcome<T>) {
        self.send(Some(outcome));
    }

    fn send(&mut self, outcome: Option<Outcome<T>>) {
        let Some(work) = self.work.take() else { return };
        let place = self.place;
        self.remote.call_soon_threadsafe(move || {
            drop(work);
            let result = match outcome {
                Some(outcome) => outcome.map_err(|words| Error::Panicked(words.into())),
                None => Err(Error::Cancelled),
            };
            EventLoop::running().arrived(place, result);
        });
    }
}

impl<T: Send + 'static> Drop for Completer<T> {
    fn drop(&mut self) {
        self.send(None);
    }
}
