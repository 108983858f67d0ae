//! A result that comes from another thread.
//!
//! Futures stay on their thread, so a worker cannot hold the one that it is to set. The loop keeps what
//! is to happen with the result; the worker gets the number of the place where it is kept, and sends it
//! back with the result, as a message. It is the cloakroom's way: the coat stays, the ticket travels.
//!
//! **Where it breaks:** what is kept has no time limit. A thread that never ends keeps its ticket, and
//! the loop waits with it.

use super::bell::{OutsideWork, Remote};
use super::error::{Error, Result};
use super::event_loop::EventLoop;
use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;

/// How it went: the words of the panic if it did not go well. An [`Error`] stays on its thread too.
pub(super) type Outcome<T> = std::result::Result<T, String>;

/// The right to bring one result to a loop, from any thread. As long as it is there, a virtual clock
/// does not jump.
pub(super) struct Ticket<T: Send + 'static> {
    place: usize,
    remote: Remote,
    delivered: bool,
    _work: OutsideWork,
    _of: PhantomData<fn(T)>,
}

/// What the loop keeps: called once.
struct Arrival<T>(Cell<Option<Box<dyn FnOnce(Result<T>)>>>);

impl EventLoop {
    /// Has `arrived` run here with the result that somebody brings with the ticket; with `Cancelled`
    /// if the ticket is dropped.
    pub(super) fn expect<T: Send + 'static>(
        &self,
        arrived: impl FnOnce(Result<T>) + 'static,
    ) -> Ticket<T> {
        let arrival: Arrival<T> = Arrival(Cell::new(Some(Box::new(arrived))));
        let remote = self.remote();
        Ticket {
            place: self.belongings().keep(Rc::new(arrival)),
            _work: remote.outside_work(),
            remote,
            delivered: false,
            _of: PhantomData,
        }
    }

    fn arrived<T: 'static>(&self, place: usize, result: Result<T>) {
        let kept = self.belongings().give_back(place);
        let arrival = kept.and_then(|kept| kept.downcast::<Arrival<T>>().ok());
        if let Some(arrived) = arrival.and_then(|arrival| arrival.0.take()) {
            arrived(result);
        }
    }
}

impl<T: Send + 'static> Ticket<T> {
    /// Brings the result. Never blocks for long.
    pub(super) fn deliver(mut self, outcome: Outcome<T>) {
        self.delivered = true;
        self.send(Some(outcome));
    }

    fn send(&self, outcome: Option<Outcome<T>>) {
        let place = self.place;
        self.remote.call_soon_threadsafe(move || {
            let result = match outcome {
                Some(outcome) => outcome.map_err(|words| Error::Panicked(words.into())),
                None => Err(Error::Cancelled),
            };
            EventLoop::running().arrived(place, result);
        });
    }
}

impl<T: Send + 'static> Drop for Ticket<T> {
    fn drop(&mut self) {
        if !self.delivered {
            self.send(None);
        }
    }
}
