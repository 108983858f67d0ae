//! The event loop: what it owns, and how things get into its ready queue. How it turns is in
//! [`turn`](super::turn).
//!
//! An [`EventLoop`] is a handle, cloned freely on its own thread; callbacks keep one to schedule
//! more. Other threads hold a [`Notifier`](super::Notifier) or a [`Remote`](super::Remote), the only
//! things here that may cross threads.

use super::callback::{Ready, Scheduled};
use super::debug;
use super::extensions::Extensions;
use super::mailbox::Mailbox;
use super::on_ready::OnReady;
use super::reactor::Reactor;
use super::registry::{Registry, Wakeable};
use super::timers::{TimerId, Timers};
use crate::clock::Clock;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

/// A handle to the loop of this thread.
#[derive(Clone)]
pub struct EventLoop {
    pub(super) inner: Rc<Inner>,
}

pub(super) struct Inner {
    /// The sources and their callbacks. Borrowed while waiting, never while a callback runs.
    pub(super) reactor: RefCell<Reactor<Rc<OnReady>>>,
    /// Callbacks by deadline.
    pub(super) timers: RefCell<Timers<Rc<dyn Scheduled>>>,
    /// What has a turn next, in the order in which it became ready.
    pub(super) ready: RefCell<VecDeque<Rc<dyn Ready>>>,
    /// The memory of the previous turn's queue, used again for the next.
    pub(super) spare: Cell<VecDeque<Rc<dyn Ready>>>,
    /// Callbacks of notifiers, by number.
    pub(super) notifiers: RefCell<Vec<Rc<dyn Ready>>>,
    /// The tasks that are not done.
    registry: Registry,
    /// State of streams, child processes and threads.
    extensions: Extensions,
    /// Shared with other threads.
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) clock: Clock,
    /// Turns so far.
    pub(super) turn: Cell<u64>,
    /// The time at the start of this turn.
    pub(super) now: Cell<Instant>,
    /// Permutes each turn, to find races.
    pub(super) shuffle: RefCell<Option<fastrand::Rng>>,
    pub(super) debug: Cell<bool>,
    /// Set by `stop`, checked after each turn.
    pub(super) stopping: Cell<bool>,
    pub(super) closed: Cell<bool>,
}

// -- Making and ending ------------------------------------------------------------------------------

impl EventLoop {
    /// A loop that runs on the real clock.
    ///
    /// # Errors
    /// When the system cannot provide a poller, because there are no descriptors left.
    pub fn new() -> io::Result<EventLoop> {
        EventLoop::with_clock(Clock::Real)
    }

    /// A loop that runs on `clock`. A virtual clock jumps to the next deadline when nothing is ready. It
    /// runs like the real one while a thread or a child process works for the loop.
    ///
    /// # Errors
    /// As [`EventLoop::new`].
    pub fn with_clock(clock: Clock) -> io::Result<EventLoop> {
        let reactor = Reactor::new()?;
        let inner = Inner {
            mailbox: Arc::new(Mailbox::new(reactor.waker())),
            reactor: RefCell::new(reactor),
            timers: RefCell::default(),
            ready: RefCell::default(),
            spare: Cell::default(),
            notifiers: RefCell::default(),
            registry: Registry::default(),
            extensions: Extensions::default(),
            turn: Cell::new(0),
            now: Cell::new(clock.now()),
            clock,
            shuffle: RefCell::default(),
            debug: Cell::new(false),
            stopping: Cell::new(false),
            closed: Cell::new(false),
        };
        Ok(EventLoop {
            inner: Rc::new(inner),
        })
    }

    /// Whether both are handles to the same loop.
    pub(super) fn is(&self, other: &EventLoop) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }

    /// Drops every callback and every task where it stands, and what they hold. A callback that holds a
    /// handle to its own loop would otherwise keep both alive for ever.
    pub fn close(&self) {
        let inner = &self.inner;
        inner.closed.set(true);
        inner.registry.abandon_all();
        drop(inner.ready.take());
        drop(inner.spare.take());
        drop(inner.timers.take());
        drop(inner.notifiers.take());
        inner.extensions.clear();
    }

    /// Whether [`EventLoop::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.inner.closed.get()
    }

    /// Has faults of the program reported, see [`debug`]. Applies to the whole thread.
    pub fn set_debug(&self, on: bool) {
        self.inner.debug.set(on);
        debug::set(on);
    }

    /// Runs what is ready in a turn in an order that only `seed` decides. A program whose result depends
    /// on it has a race.
    pub fn shuffle(&self, seed: u64) {
        let generator = fastrand::Rng::with_seed(seed);
        self.inner.shuffle.replace(Some(generator));
    }

    // -- Time -------------------------------------------------------------------------------------

    /// The time at the start of this turn. The same for all callbacks of the turn, and free.
    pub fn now(&self) -> Instant {
        self.inner.now.get()
    }

    /// The number of turns so far. Events that are reported in the same turn were found at its start.
    pub fn turn(&self) -> u64 {
        self.inner.turn.get()
    }

    /// The time on the loop's clock, this moment.
    pub fn time(&self) -> Instant {
        self.inner.clock.now()
    }

    /// The clock that it runs on.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    // -- Scheduling -------------------------------------------------------------------------------

    /// Puts `ready` at the end of the ready queue.
    #[inline]
    pub(crate) fn push(&self, ready: Rc<dyn Ready>) {
        // A closed loop would never drop it.
        if !self.is_closed() {
            self.inner.ready.borrow_mut().push_back(ready);
        }
    }

    pub(super) fn arm(&self, deadline: Instant, callback: Rc<dyn Scheduled>) -> TimerId {
        self.inner.timers.borrow_mut().arm(deadline, callback)
    }

    pub(super) fn disarm(&self, timer: TimerId) {
        // Dropped after the borrow: the callback may own a handle whose Drop cancels another timer.
        let callback = self.inner.timers.borrow_mut().cancel(timer);
        drop(callback);
    }

    pub(super) fn add_notifier(&self, callback: Rc<dyn Ready>) -> usize {
        let mut notifiers = self.inner.notifiers.borrow_mut();
        notifiers.push(callback);
        notifiers.len() - 1
    }

    // -- For the layers above ---------------------------------------------------------------------

    pub(super) fn mailbox(&self) -> &Arc<Mailbox> {
        &self.inner.mailbox
    }

    pub(super) fn reactor(&self) -> &RefCell<Reactor<Rc<OnReady>>> {
        &self.inner.reactor
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.inner.extensions
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// Adds the task that `make` makes from its number, its place and its waker.
    #[inline]
    pub(crate) fn register<S: Wakeable + 'static>(
        &self,
        make: impl FnOnce(u64, usize, Rc<Waker>) -> Rc<S>,
    ) -> Rc<S> {
        self.inner.registry.add(&self.inner.mailbox, make)
    }
}
