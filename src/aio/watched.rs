//! A descriptor that a loop watches, owned together with its registration so that neither outlives
//! the other.

use super::context::Context;
use super::debug::short_name;
use super::event_loop::EventLoop;
use super::handle::{Ready, guarded};
use super::reactor::{Interest, Readiness, Token};
use crate::trace::{self, Kind, Lane, State};
use std::cell::Cell;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;

impl EventLoop {
    /// Calls `callback` whenever `source` can do what it is watched for, until it is dropped. It runs in
    /// the context variables of now.
    ///
    /// # Errors
    /// When the poller refuses the descriptor (a plain file, or no memory).
    pub fn watch<S: AsFd>(
        &self,
        source: S,
        interest: Interest,
        callback: impl Fn(Readiness) + 'static,
    ) -> io::Result<Watched<S>> {
        let lane = match trace::on() {
            true => trace::open(Kind::Callback, &name_of(&source), trace::current()),
            false => Lane::NONE,
        };
        trace::mark(lane, waits_for(interest));
        let context = Context::copy();
        let on_ready = Rc::new(OnReady {
            callback: Box::new(move |readiness| context.run(|| callback(readiness))),
            readiness: Cell::new(Readiness::default()),
            interest: Cell::new(interest),
            gone: Cell::new(false),
            lane,
        });
        let for_reactor = Rc::clone(&on_ready);
        let token = self
            .reactor()
            .borrow_mut()
            .add(&source, interest, for_reactor)?;
        Ok(Watched {
            source: Some(source),
            token,
            on_ready,
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

/// What a source calls. The reactor keeps it, and the ready queue when there is something to call.
pub(super) struct OnReady {
    callback: Box<dyn Fn(Readiness)>,
    /// As the kernel reported it last.
    readiness: Cell<Readiness>,
    interest: Cell<Interest>,
    /// Its source was dropped, perhaps by an earlier callback of the same turn.
    gone: Cell<bool>,
    lane: Lane,
}

impl OnReady {
    /// Says what the kernel found, before this stands in the ready queue.
    pub(super) fn found(&self, readiness: Readiness) {
        self.readiness.set(readiness);
        if trace::on() {
            trace::mark(self.lane, State::Ready);
        }
    }
}

impl Ready for OnReady {
    fn run(self: Rc<Self>) {
        if self.gone.get() {
            return;
        }
        if !trace::on() {
            return (self.callback)(self.readiness.get());
        }
        let running = trace::enter(self.lane);
        guarded(|| self.label(), || (self.callback)(self.readiness.get()));
        drop(running);
        trace::mark(self.lane, waits_for(self.interest.get()));
    }

    fn label(&self) -> String {
        "the callback of a source".to_owned()
    }
}

/// `TcpStream 12`: its type and its descriptor.
fn name_of<S: AsFd>(source: &S) -> String {
    let descriptor = source.as_fd().as_raw_fd();
    let mut names = std::any::type_name::<S>().split(['<', '>']);
    let innermost = names.rfind(|name| !name.is_empty()).unwrap_or("source");
    format!("{} {descriptor}", short_name(innermost))
}

fn waits_for(interest: Interest) -> State {
    match interest {
        Interest::Nothing => State::Waiting("nothing".into()),
        Interest::Read => State::Waiting("input".into()),
        Interest::Write => State::BlockedOnWrite,
        Interest::ReadWrite => State::Waiting("input or room".into()),
    }
}

/// A source that the loop watches. Dropping it ends the watching first and the source second.
pub struct Watched<S: AsFd> {
    /// Always there, except after `into_inner`.
    source: Option<S>,
    token: Token,
    on_ready: Rc<OnReady>,
    event_loop: EventLoop,
}

impl<S: AsFd> Watched<S> {
    /// Changes what the source is watched for; free if that is no change, else a system call.
    ///
    /// # Errors
    /// When the poller refuses.
    pub fn set_interest(&mut self, interest: Interest) -> io::Result<()> {
        if interest != self.interest() {
            let reactor = self.event_loop.reactor().borrow();
            reactor.set_interest(&**self, self.token, interest)?;
            drop(reactor);
            self.on_ready.interest.set(interest);
        }
        Ok(())
    }

    /// What it is watched for.
    pub fn interest(&self) -> Interest {
        self.on_ready.interest.get()
    }

    /// Ends the watching and gives the source back.
    pub fn into_inner(mut self) -> S {
        self.forget();
        self.source.take().expect("taken only here")
    }

    fn forget(&mut self) {
        if let Some(source) = &self.source {
            // The reactor's half is dropped after the borrow, and ours later: a callback may own other
            // watched sources.
            let mut reactor = self.event_loop.reactor().borrow_mut();
            let on_ready = reactor.remove(source, self.token);
            drop(reactor);
            drop(on_ready);
            self.on_ready.gone.set(true);
            trace::close(self.on_ready.lane);
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
