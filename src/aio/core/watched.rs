//! A descriptor that a loop watches, owned together with its registration, so that neither outlives
//! the other.

use super::context::Context;
use super::debug::short_name;
use super::event_loop::EventLoop;
use super::on_ready::OnReady;
use super::reactor::{Interest, Readiness, Token};
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;

impl EventLoop {
    /// Calls `callback` whenever `source` is ready for `interest`, until the result is dropped. It runs in
    /// the current context.
    ///
    /// # Errors
    /// When the poller rejects the descriptor: a plain file, or no memory.
    pub fn watch<S: AsFd>(
        &self,
        source: S,
        interest: Interest,
        callback: impl Fn(Readiness) + 'static,
    ) -> io::Result<Watched<S>> {
        let context = Context::copy();
        let callback = Box::new(move |readiness| context.run(|| callback(readiness)));
        let on_ready = Rc::new(OnReady::new(|| name_of(&source), interest, callback));
        let mut reactor = self.reactor().borrow_mut();
        let token = reactor.add(&source, interest, Rc::clone(&on_ready))?;
        Ok(Watched {
            source: Some(source),
            token,
            on_ready,
            event_loop: self.clone(),
        })
    }

    /// Calls `callback` whenever `source` can be read: asyncio's name for the most common
    /// [`EventLoop::watch`].
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

/// `TcpStream 12`: its type and its descriptor.
fn name_of<S: AsFd>(source: &S) -> String {
    let descriptor = source.as_fd().as_raw_fd();
    let mut names = std::any::type_name::<S>().split(['<', '>']);
    let innermost = names.rfind(|name| !name.is_empty()).unwrap_or("source");
    format!("{} {descriptor}", short_name(innermost))
}

/// A source that the loop watches. Dropping it stops watching first and drops the source second.
pub struct Watched<S: AsFd> {
    /// `None` only after `into_inner`.
    source: Option<S>,
    token: Token,
    on_ready: Rc<OnReady>,
    event_loop: EventLoop,
}

impl<S: AsFd> Watched<S> {
    /// Changes what the source is watched for. One system call, or none if nothing changes.
    ///
    /// # Errors
    /// When the poller rejects it.
    pub fn set_interest(&mut self, interest: Interest) -> io::Result<()> {
        if interest != self.interest() {
            let reactor = self.event_loop.reactor().borrow();
            reactor.set_interest(&**self, self.token, interest)?;
            drop(reactor);
            self.on_ready.set_interest(interest);
        }
        Ok(())
    }

    /// What it is watched for.
    pub fn interest(&self) -> Interest {
        self.on_ready.interest()
    }

    /// Stops watching and gives the source back.
    pub fn into_inner(mut self) -> S {
        self.stop_watching();
        self.source.take().expect("taken only here")
    }

    fn stop_watching(&mut self) {
        if let Some(source) = &self.source {
            // Dropped after the borrow: a callback may own other watched sources.
            let removed = self
                .event_loop
                .reactor()
                .borrow_mut()
                .remove(source, self.token);
            drop(removed);
            self.on_ready.remove();
        }
    }
}

impl<S: AsFd> Drop for Watched<S> {
    fn drop(&mut self) {
        self.stop_watching();
    }
}

impl<S: AsFd> Deref for Watched<S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.source.as_ref().expect("there until into_inner")
    }
}

/// The descriptor must stay the one that was registered: change the source, do not replace it.
impl<S: AsFd> DerefMut for Watched<S> {
    fn deref_mut(&mut self) -> &mut S {
        self.source.as_mut().expect("there until into_inner")
    }
}
