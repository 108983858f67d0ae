//! The loop: wait, expire, run what is ready. Again.
//!
//! ```text
//!           ┌────────────────────────────────────────────┐
//!           ▼                                            │
//!   wait: sleep until a source is ready,                 │
//!         a timer is due or a bell rings                 │
//!           │                                            │
//!   expire: timers that are due  ──► ready queue         │
//!           │                                            │
//!   run: what was ready at the start of the turn ────────┘
//! ```
//!
//! Only what was ready **at the start** of a turn runs in it. A callback that schedules another, or
//! itself, cannot keep the loop from looking at its sockets again.
//!
//! An [`EventLoop`] is a handle, cloned freely on its own thread; callbacks keep one to schedule
//! more. Other threads hold a [`Bell`], the one thing here that may cross.

use super::reactor::{Interest, Reactor, Readiness, Token, Waker};
use super::timers::{TimerId, Timers};
use crate::clock;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::ops::{Deref, DerefMut};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

type OnReady = Rc<dyn Fn(Readiness)>;

/// A handle to the loop of this thread.
#[derive(Clone)]
pub struct EventLoop {
    inner: Rc<Inner>,
}

struct Inner {
    /// The sources and their callbacks. Borrowed while waiting, never while a callback runs.
    reactor: RefCell<Reactor<OnReady>>,
    /// Callbacks by deadline.
    timers: RefCell<Timers<Box<dyn FnOnce()>>>,
    /// Callbacks whose turn it is, in the order in which they became ready.
    ready: RefCell<VecDeque<Ready>>,
    /// Callbacks of bells, by number.
    bells: RefCell<Vec<Rc<dyn Fn()>>>,
    /// Bells that were rung; shared with the threads that ring them.
    rope: Arc<Rope>,
    /// The time at the start of this turn.
    now: Cell<Instant>,
    /// Set by `stop`, looked at after each turn.
    stopping: Cell<bool>,
}

enum Ready {
    Call(Box<dyn FnOnce()>),
    /// Looked up when its turn comes: an earlier callback of the turn may have dropped it.
    Source(Token, Readiness),
    Bell(Rc<dyn Fn()>),
}

impl EventLoop {
    /// # Errors
    /// When the system has no poller to give (descriptors).
    pub fn new() -> io::Result<EventLoop> {
        let reactor = Reactor::new()?;
        let rope = Arc::new(Rope {
            waker: reactor.waker(),
            home: thread::current().id(),
            rung: Mutex::new(Vec::new()),
        });
        let inner = Inner {
            reactor: RefCell::new(reactor),
            timers: RefCell::default(),
            ready: RefCell::default(),
            bells: RefCell::default(),
            rope,
            now: Cell::new(clock::now()),
            stopping: Cell::new(false),
        };
        Ok(EventLoop {
            inner: Rc::new(inner),
        })
    }

    /// The time at the start of this turn. The same for all callbacks of the turn, and free.
    pub fn now(&self) -> Instant {
        self.inner.now.get()
    }

    /// Runs `callback` in the next turn.
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) {
        self.inner
            .ready
            .borrow_mut()
            .push_back(Ready::Call(Box::new(callback)));
    }

    /// Runs `callback` once `deadline` has come, not before; equal deadlines in the order of calling.
    pub fn call_at(&self, deadline: Instant, callback: impl FnOnce() + 'static) -> TimerHandle {
        let id = self
            .inner
            .timers
            .borrow_mut()
            .arm(deadline, Box::new(callback));
        TimerHandle { id }
    }

    /// Runs `callback` after `delay`, counted from the start of this turn.
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> TimerHandle {
        self.call_at(self.now() + delay, callback)
    }

    /// Drops a timer's callback unrun; does nothing if it has run.
    pub fn cancel(&self, timer: TimerHandle) {
        // Dropped after the borrow: a callback may own what cancels another timer in its own Drop.
        let callback = self.inner.timers.borrow_mut().cancel(timer.id);
        drop(callback);
    }

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
            .inner
            .reactor
            .borrow_mut()
            .add(&source, interest, Rc::new(callback))?;
        Ok(Watched {
            source: Some(source),
            token,
            interest,
            event_loop: self.clone(),
        })
    }

    /// A way for other threads to have `callback` run here. Bells last as long as the loop.
    pub fn bell(&self, callback: impl Fn() + 'static) -> Bell {
        let mut bells = self.inner.bells.borrow_mut();
        bells.push(Rc::new(callback));
        Bell {
            number: bells.len() - 1,
            ringing: Arc::new(AtomicBool::new(false)),
            rope: Arc::clone(&self.inner.rope),
        }
    }

    /// Turns until [`EventLoop::stop`].
    ///
    /// # Errors
    /// Those of the wait, none of which a correct program meets.
    pub fn run_forever(&self) -> io::Result<()> {
        self.inner.stopping.set(false);
        while !self.inner.stopping.get() {
            self.run_once()?;
        }
        Ok(())
    }

    /// Ends `run_forever` after this turn.
    pub fn stop(&self) {
        self.inner.stopping.set(true);
    }

    /// One turn.
    ///
    /// # Blocks
    /// Until something is ready, a timer is due or a bell rings.
    ///
    /// # Errors
    /// Those of the wait.
    pub fn run_once(&self) -> io::Result<()> {
        self.wait()?;
        self.expire();
        self.run_ready();
        Ok(())
    }

    /// Drops every callback, and with them what they hold: a callback that holds a handle to its
    /// own loop would otherwise keep both alive for ever.
    pub fn close(&self) {
        let inner = &self.inner;
        drop(inner.ready.take());
        drop(inner.timers.take());
        drop(inner.bells.take());
    }

    fn wait(&self) -> io::Result<()> {
        let inner = &self.inner;
        let mut ready = inner.ready.borrow_mut();
        let timeout = if ready.is_empty() && inner.rope.is_still() {
            let deadline = inner.timers.borrow_mut().next_deadline();
            deadline.map(|deadline| deadline.saturating_duration_since(clock::now()))
        } else {
            Some(Duration::ZERO)
        };
        inner
            .reactor
            .borrow_mut()
            .wait(timeout, |token, readiness| {
                ready.push_back(Ready::Source(token, readiness));
            })?;
        inner.now.set(clock::now());
        let bells = inner.bells.borrow();
        inner.rope.collect(|number| {
            ready.extend(
                bells
                    .get(number)
                    .map(|callback| Ready::Bell(Rc::clone(callback))),
            );
        });
        Ok(())
    }

    fn expire(&self) {
        let mut timers = self.inner.timers.borrow_mut();
        let mut ready = self.inner.ready.borrow_mut();
        while let Some(callback) = timers.pop_due(self.now()) {
            ready.push_back(Ready::Call(callback));
        }
    }

    fn run_ready(&self) {
        let batch = self.inner.ready.borrow().len();
        for _ in 0..batch {
            let next = self.inner.ready.borrow_mut().pop_front();
            match next {
                Some(Ready::Call(callback)) => callback(),
                Some(Ready::Source(token, readiness)) => {
                    let callback = self.inner.reactor.borrow().get(token).cloned();
                    if let Some(callback) = callback {
                        callback(readiness);
                    }
                }
                Some(Ready::Bell(callback)) => callback(),
                None => return, // a callback closed the loop
            }
        }
    }
}

/// A timer that can be cancelled with [`EventLoop::cancel`].
#[derive(Debug, Clone, Copy)]
pub struct TimerHandle {
    id: TimerId,
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
            let reactor = self.event_loop.inner.reactor.borrow();
            reactor.set_interest(&**self, self.token, interest)?;
            drop(reactor);
            self.interest = interest;
        }
        Ok(())
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
                .inner
                .reactor
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

/// Has a callback run on the loop's thread, from any thread. However often it is rung before the
/// callback runs, it runs once.
#[derive(Clone)]
pub struct Bell {
    number: usize,
    ringing: Arc<AtomicBool>,
    rope: Arc<Rope>,
}

impl Bell {
    /// Rings. Never blocks for long; at most one system call, none on the loop's own thread.
    pub fn ring(&self) {
        if !self.ringing.swap(true, Ordering::AcqRel) {
            self.rope.pull(self.number, Arc::clone(&self.ringing));
        }
    }
}

/// What bells and their loop share.
struct Rope {
    waker: Waker,
    /// The loop's thread, which need not be woken: it looks at the rope before it sleeps.
    home: ThreadId,
    rung: Mutex<Vec<(usize, Arc<AtomicBool>)>>,
}

impl Rope {
    fn pull(&self, number: usize, ringing: Arc<AtomicBool>) {
        self.rung
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((number, ringing));
        if thread::current().id() != self.home {
            self.waker.wake();
        }
    }

    fn is_still(&self) -> bool {
        self.rung
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    /// Silences each bell before its callback is queued, so that what is said from here on rings
    /// again.
    fn collect(&self, mut rung: impl FnMut(usize)) {
        let bells = std::mem::take(&mut *self.rung.lock().unwrap_or_else(PoisonError::into_inner));
        for (number, ringing) in bells {
            ringing.swap(false, Ordering::AcqRel);
            rung(number);
        }
    }
}
