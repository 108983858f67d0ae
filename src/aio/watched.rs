//! A descriptor that a loop watches, owned together with its registration so that neither outlives
//! the other.

use super::event_loop::EventLoop;
use super::reactor::{Interest, Readiness, Token};
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::AsFd;
use std::rc::Rc;

impl EventLoop {
    /// Calls `callback` whenever `source` can do what it is watched for, until it is dropped.
    ///
    /// # Errors
    /// When the poller refuses the descriptor (a plain file, or no memory).
    pub fn watch<S: AsFd>(
        &self,
        source: S,
        interest: Interest,
        callback: impl Fn(Readiness) + 'static,
    ) -> io::Result<Watched<S>> {
        let token = self
            .reactor()
            .borrow_mut()
            .add(&source, interest, Rc::new(callback))?;
        Ok(Watched {
            source: Some(source),
            token,
            interest,
            event_loop: self.clone(),
        })
    }

    /// Calls `callback` whenever `source` can be read: asyncio's name for the commonest [`EventLoop::watch`].
    ///
    /// # Errors
    /// As [`EventLoop::watch`].
    pub fn add_reader<S: AsFd>(
        &self,
        source: S,
        callback: impl Fn() + 'static,
    ) -> io::Result<Watched<S>> {
        self.watch(source, Interest::Read, move |_| callback())
    }

    /// Calls `callback` whenever `source` can be written.
    ///
    /// # Errors
    /// As [`EventLoop::watch`].
    pub fn add_writer<S: AsFd>(
        &self,
        source: S,
        callback: impl Fn() + 'static,
    ) -> io::Result<Watched<S>> {
        self.watch(source, Interest::Write, move |_| callback())
    }
}

/// A source that the loop watches. Dropping it ends the watching first and the source second.
pub struct Watched<S: AsFd> {
    /// Always there, except after `into_inner`.
    source: Option<S>,
    token: Token,
    interest: Interest,
    event_loop: EventLoop,
}

impl<S: AsFd> Watched<S> {
    /// Changes what the source is watched for; free if that is no change, else a system call.
    ///
    /// # Errors
    /// When the poller refuses.
    pub fn set_interest(&mut self, interest: Interest) -> io::Result<()> {
        if interest != self.interest {
            let reactor = self.event_loop.reactor().borrow();
            reactor.set_interest(&**self, self.token, interest)?;
            drop(reactor);
            self.interest = interest;
        }
        Ok(())
    }

    /// What it is watched for.
    pub fn interest(&self) -> Interest {
        self.interest
    }

    /// Ends the watching and gives the source back.
    pub fn into_inner(mut self) -> S {
        self.forget();
        self.source.take().expect("taken only here")
    }

    fn forget(&mut self) {
        if let Some(source) = &self.source {
            // Dropped after the borrow: a callback may own other watched sources.
            let callback = self
                .event_loop
                .reactor()
                .borrow_mut()
                .remove(source, self.token);
            drop(callback);
        }
    }
}

impl<S: AsFd> Drop for Watched<S> {
    fn drop(&mut self) {
        self.forget();
    }
}

impl<S: AsFd> Deref for Watched<S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.source.as_ref().expect("there until into_inner")
    }
}

/// The source's descriptor must stay the one that was registered: change the source, do not swap it.
impl<S: AsFd> DerefMut for Watched<S> {
    fn deref_mut(&mut self) -> &mut S {
        self.source.as_mut().expect("there until into_inner")
    }
}
