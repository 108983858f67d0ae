//! The loop: wait, expire, run what is ready. Again.
//!
//! ```text
//!           ┌────────────────────────────────────────────┐
//!           ▼                                            │
//!   wait: sleep until a source is ready,                 │
//!         a timer is due or a notifier is used                 │
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
//! more. Other threads hold a [`Notifier`] or a [`Remote`], the only things here that may cross.
//!
//! **Where it breaks:** nothing here can interrupt a callback.

use super::belongings::Belongings;
use super::debug::{self, Lint, SLOW};
use super::future::{Future, WaitReason};
use super::handle::{Handle, Ready, Scheduled, scheduled};
use super::notifier::{Mailbox, Message, Notifier, NotifierCallback, Remote};
use super::reactor::Reactor;
use super::registry::Registry;
use super::running::Running;
use super::shuffle::Shuffle;
use super::step::{self, Step};
use super::task::TaskRef;
use super::timers::{TimerId, Timers};
use super::watched::OnReady;
use crate::clock::{self, Clock};
use crate::trace::{self, Entered, Kind, Lane, State};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Waker;
use std::time::{Duration, Instant};

/// How long a virtual clock waits, in real time, for a socket before it jumps: a peer in this very
/// process has spoken by then.
const GRACE: Duration = Duration::from_millis(1);

/// A handle to the loop of this thread.
#[derive(Clone)]
pub struct EventLoop {
    inner: Rc<Inner>,
}

struct Inner {
    /// The sources and their callbacks. Borrowed while waiting, never while a callback runs.
    reactor: RefCell<Reactor<Rc<OnReady>>>,
    /// Callbacks by deadline.
    timers: RefCell<Timers<Rc<dyn Scheduled>>>,
    /// Whose turn it is, in the order in which they became ready.
    ready: RefCell<VecDeque<Rc<dyn Ready>>>,
    /// The memory of the turn before, for those who become ready in this one.
    spare: Cell<VecDeque<Rc<dyn Ready>>>,
    /// Callbacks of notifiers, by number.
    notifiers: RefCell<Vec<Rc<dyn Ready>>>,
    /// The tasks that are not done.
    tasks: RefCell<Registry>,
    /// What streams, child processes and threads need of it.
    belongings: Belongings,
    /// What is shared with other threads.
    mailbox: Arc<Mailbox>,
    clock: Clock,
    /// Turns so far.
    turn: Cell<u64>,
    /// The time at the start of this turn.
    now: Cell<Instant>,
    /// Permutes each turn, to look for races.
    shuffle: RefCell<Option<Shuffle>>,
    debug: Cell<bool>,
    /// Set by `stop`, looked at after each turn.
    stopping: Cell<bool>,
    closed: Cell<bool>,
}

// -- Making and ending ------------------------------------------------------------------------------

impl EventLoop {
    /// A loop that lives by the real clock.
    ///
    /// # Errors
    /// When the system has no poller to give (descriptors).
    pub fn new() -> io::Result<EventLoop> {
        EventLoop::with_clock(Clock::Real)
    }

    /// A loop that lives by `clock`. A virtual one jumps to the next deadline when nothing is ready,
    /// and goes like the real one while a thread or a child process is at work for the loop.
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
            tasks: RefCell::default(),
            belongings: Belongings::default(),
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

    /// Drops every callback and every task where it stands, and with them what they hold: a callback
    /// that holds a handle to its own loop would otherwise keep both alive for ever.
    pub fn close(&self) {
        let inner = &self.inner;
        inner.closed.set(true);
        for task in inner.tasks.take().all() {
            task.abandon();
        }
        drop(inner.ready.take());
        drop(inner.spare.take());
        drop(inner.timers.take());
        drop(inner.notifiers.take());
        inner.belongings.close();
    }

    /// Whether [`EventLoop::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.inner.closed.get()
    }

    /// Has faults of the program named, see [`debug`]. On the whole thread.
    pub fn set_debug(&self, on: bool) {
        self.inner.debug.set(on);
        debug::set(on);
    }

    /// Has what is ready in a turn run in an order that only `seed` decides. A program whose result
    /// depends on it has a race.
    pub fn shuffle(&self, seed: u64) {
        self.inner.shuffle.replace(Some(Shuffle::new(seed)));
    }

    // -- Time -------------------------------------------------------------------------------------

    /// The time at the start of this turn. The same for all callbacks of the turn, and free.
    pub fn now(&self) -> Instant {
        self.inner.now.get()
    }

    /// How many turns it has made: events that are reported in the same turn were found at its start.
    pub fn turn(&self) -> u64 {
        self.inner.turn.get()
    }

    /// The time on the loop's clock, this moment.
    pub fn time(&self) -> Instant {
        self.inner.clock.now()
    }

    /// The clock that it lives by.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    // -- Scheduling -------------------------------------------------------------------------------

    /// Runs `callback` in the next turn. If it panics, that is told, see [`debug`], and the
    /// loop goes on.
    pub fn call_soon(&self, callback: impl FnOnce() + 'static) -> Handle {
        let callback = scheduled(callback);
        self.push(Rc::clone(&callback) as Rc<dyn Ready>);
        let timer = None;
        Handle { callback, timer }
    }

    /// Runs `callback` once `deadline` has come, not before; equal deadlines in the order of calling.
    pub fn call_at(&self, deadline: Instant, callback: impl FnOnce() + 'static) -> Handle {
        let callback = scheduled(callback);
        let timers = &self.inner.timers;
        let id = timers.borrow_mut().arm(deadline, Rc::clone(&callback));
        let timer = Some((self.clone(), id));
        Handle { callback, timer }
    }

    /// Runs `callback` after `delay`, counted from this moment.
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> Handle {
        self.call_at(self.time() + delay, callback)
    }

    /// A future that somebody will set.
    pub fn create_future<T>(&self) -> Future<T> {
        Future::new(self)
    }

    /// The same, with what a task waits for in it: for the timeline.
    pub fn create_future_for<T>(&self, what: impl Into<WaitReason>) -> Future<T> {
        Future::waiting_for(self, what)
    }

    /// A way for other threads to have `callback` run here. Bells last as long as the loop.
    pub fn notifier(&self, callback: impl Fn() + 'static) -> Notifier {
        let mut notifiers = self.inner.notifiers.borrow_mut();
        notifiers.push(Rc::new(NotifierCallback(callback)));
        Notifier {
            number: notifiers.len() - 1,
            pending: Arc::new(AtomicBool::new(false)),
            mailbox: Arc::clone(&self.inner.mailbox),
        }
    }

    /// This loop, for other threads.
    pub fn remote(&self) -> Remote {
        let mailbox = Arc::clone(&self.inner.mailbox);
        Remote { mailbox }
    }

    /// Whether `mailbox` is this loop's.
    pub(super) fn has_mailbox(&self, mailbox: &Arc<Mailbox>) -> bool {
        Arc::ptr_eq(&self.inner.mailbox, mailbox)
    }

    pub(super) fn disarm(&self, timer: TimerId) {
        // Dropped after the borrow: a callback may own what cancels another timer in its own Drop.
        let callback = self.inner.timers.borrow_mut().cancel(timer);
        drop(callback);
    }

    pub(super) fn belongings(&self) -> &Belongings {
        &self.inner.belongings
    }

    pub(super) fn reactor(&self) -> &RefCell<Reactor<Rc<OnReady>>> {
        &self.inner.reactor
    }

    #[inline]
    pub(super) fn push(&self, ready: Rc<dyn Ready>) {
        if !self.is_closed() {
            self.inner.ready.borrow_mut().push_back(ready); // else nobody would ever drop it
        }
    }

    // -- Tasks ------------------------------------------------------------------------------------

    /// The tasks that are not done, in the order of making: asyncio's `all_tasks()`.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        let tasks = self.inner.tasks.borrow().all();
        tasks.into_iter().map(TaskRef).collect()
    }

    #[inline]
    pub(super) fn register_task<S: Step + 'static>(
        &self,
        make: impl FnOnce(u64, usize, Rc<Waker>) -> Rc<S>,
    ) -> Rc<S> {
        let inner = &self.inner;
        inner.tasks.borrow_mut().add(&inner.mailbox, make)
    }

    /// How many wakers of the task at `place` are kept beside the task's own.
    pub(super) fn wakers_kept(&self, place: usize) -> usize {
        self.inner.tasks.borrow().wakers_kept(place)
    }

    pub(super) fn forget_task(&self, place: usize) {
        let task = self.inner.tasks.borrow_mut().remove(place);
        drop(task); // after the borrow
    }

    // -- Turning ----------------------------------------------------------------------------------

    /// Turns until [`EventLoop::stop`].
    ///
    /// # Blocks
    /// As long as that.
    ///
    /// # Errors
    /// When it runs already or is closed; those of the wait, none of which a correct program meets.
    pub fn run_forever(&self) -> io::Result<()> {
        drop(Running::begin(self)?); // refused, it leaves the stop of the one that runs alone
        let _running = self.enter_lane();
        let mut result = self.run_once();
        while result.is_ok() && !self.inner.stopping.get() {
            result = self.run_once();
        }
        self.inner.stopping.set(false);
        result
    }

    /// For the timeline: the thread that turns, unless it has a lane already.
    fn enter_lane(&self) -> Option<Entered> {
        if !trace::on() || trace::current() != Lane::NONE {
            return None;
        }
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("loop");
        Some(trace::enter(trace::open(Kind::Thread, name, Lane::NONE)))
    }

    /// Ends `run_forever` after this turn; after one turn, if it does not run.
    pub fn stop(&self) {
        self.inner.stopping.set(true);
    }

    /// One turn.
    ///
    /// # Blocks
    /// Until something is ready, a timer is due or a notifier is used.
    ///
    /// # Errors
    /// As [`EventLoop::run_forever`].
    pub fn run_once(&self) -> io::Result<()> {
        let _running = Running::begin(self)?;
        self.inner.turn.set(self.inner.turn.get() + 1);
        self.wait()?;
        self.expire();
        self.run_ready();
        Ok(())
    }

    fn wait(&self) -> io::Result<()> {
        let inner = &self.inner;
        let nothing_to_do = inner.ready.borrow().is_empty() && inner.mailbox.is_empty();
        let idle = nothing_to_do && !inner.stopping.get();
        let lane = trace::current();
        if idle {
            trace::mark(lane, State::Waiting("events".into()));
        }
        if !idle {
            self.look(Some(Duration::ZERO))?;
        } else {
            let deadline = inner.timers.borrow_mut().next_deadline();
            match &inner.clock {
                Clock::Real => {
                    self.look(deadline.map(|at| at.saturating_duration_since(clock::now())))?
                }
                Clock::Virtual { .. } => self.wait_virtually(deadline)?,
            }
        }
        inner.now.set(inner.clock.now());
        self.tell_time();
        trace::mark(lane, State::Running);
        Ok(())
    }

    /// Nothing is ready: time stands still until somebody outside is heard, or else jumps.
    fn wait_virtually(&self, deadline: Option<Instant>) -> io::Result<()> {
        let inner = &self.inner;
        let until = deadline.map(|at| at.saturating_duration_since(self.time()));
        if inner.mailbox.has_outside_work() {
            let (virtually, really) = (self.time(), clock::now());
            self.look(until)?;
            let passed = clock::now() - really;
            inner
                .clock
                .advance_to(virtually + until.map_or(passed, |until| passed.min(until)));
            return Ok(());
        }
        let alone = inner.reactor.borrow().is_empty();
        match deadline {
            Some(deadline) => {
                self.look(Some(if alone { Duration::ZERO } else { GRACE }))?;
                if inner.ready.borrow().is_empty() {
                    inner.clock.advance_to(deadline);
                }
                Ok(())
            }
            None => self.look(None),
        }
    }

    /// Asks the kernel, and other threads, who can go on.
    fn look(&self, timeout: Option<Duration>) -> io::Result<()> {
        let inner = &self.inner;
        inner.reactor.borrow_mut().wait(timeout)?;
        for message in inner.mailbox.drain() {
            self.deliver(message);
        }
        let (mut ready, reactor) = (inner.ready.borrow_mut(), inner.reactor.borrow());
        reactor.each(|token, readiness| {
            if let Some(source) = reactor.get(token) {
                source.found(readiness);
                ready.push_back(Rc::clone(source) as Rc<dyn Ready>);
            }
        });
        Ok(())
    }

    fn deliver(&self, message: Message) {
        let inner = &self.inner;
        match message {
            Message::Call(callback) => {
                self.call_soon(callback);
            }
            Message::Notify(number, _) => {
                let notifier = inner.notifiers.borrow().get(number).map(Rc::clone);
                if let Some(notifier) = notifier {
                    self.push(notifier);
                }
            }
            Message::Wake(place) => {
                let task = inner.tasks.borrow().get(place);
                if let Some(task) = task {
                    step::schedule(task);
                }
            }
        }
    }

    fn expire(&self) {
        let mut timers = self.inner.timers.borrow_mut();
        let mut ready = self.inner.ready.borrow_mut();
        while let Some(callback) = timers.pop_due(self.now()) {
            ready.push_back(callback);
        }
    }

    fn run_ready(&self) {
        let inner = &self.inner;
        let mut batch = inner.ready.replace(inner.spare.take());
        if let Some(shuffle) = &mut *inner.shuffle.borrow_mut() {
            shuffle.permute(batch.make_contiguous());
        }
        while let Some(ready) = batch.pop_front() {
            if inner.debug.get() || trace::on() {
                self.run_observed(ready);
            } else {
                ready.run();
            }
            if inner.closed.get() {
                return; // by a callback
            }
        }
        inner.spare.set(batch);
    }

    fn run_observed(&self, ready: Rc<dyn Ready>) {
        self.tell_time();
        let (who, start) = (Rc::clone(&ready), self.time());
        ready.run();
        let took = self.time() - start;
        if took > SLOW && self.inner.debug.get() {
            let who = who.label();
            debug::report(&Lint::Slow { who, took });
        }
        self.tell_time();
    }

    /// For the timeline: a virtual clock is what its times are.
    fn tell_time(&self) {
        if trace::on()
            && let Some(elapsed) = self.inner.clock.elapsed()
        {
            trace::set_virtual_time(elapsed.as_nanos() as u64);
        }
    }
}
