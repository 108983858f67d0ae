//! How the loop turns: wait, expire timers, run what is ready. Again.
//!
//! ```text
//!           ┌────────────────────────────────────────────┐
//!           ▼                                            │
//!   wait: sleep until a source is ready, a timer is due  │
//!         or another thread sends a message              │
//!           │                                            │
//!   expire: timers that are due  ──► ready queue         │
//!           │                                            │
//!   run: what was ready at the start of the turn ────────┘
//! ```
//!
//! Only what was ready **at the start** of a turn runs in it. A callback that schedules another, or
//! itself, cannot keep the loop from checking its sockets.
//!
//! **Where it breaks:** nothing here can interrupt a callback.

use super::callback::Ready;
use super::debug::{Lint, SLOW};
use super::event_loop::EventLoop;
use super::mailbox::Message;
use super::running::Running;
use crate::clock::{self, Clock};
use crate::trace::{self, Entered, Kind, Lane, State};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long a virtual clock waits for a socket, in real time, before it jumps. A peer in the same
/// process has sent its data by then.
const GRACE: Duration = Duration::from_millis(1);

impl EventLoop {
    /// Turns until [`EventLoop::stop`].
    ///
    /// # Blocks
    /// As long as that.
    ///
    /// # Errors
    /// When it runs already or is closed. Those of the wait, which do not happen to a correct program.
    pub fn run_forever(&self) -> io::Result<()> {
        drop(Running::begin(self)?); // checked before the first turn: a refusal leaves `stopping` alone
        let _running = self.enter_lane();
        let mut result = self.run_once();
        while result.is_ok() && !self.inner.stopping.get() {
            result = self.run_once();
        }
        self.inner.stopping.set(false);
        result
    }

    /// Gives the thread a lane in the timeline, unless it has one.
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

    /// Makes one turn.
    ///
    /// # Blocks
    /// Until something is ready, a timer is due or another thread sends a message.
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
        let lane = trace::current();
        if nothing_to_do && !inner.stopping.get() {
            trace::mark(lane, State::Waiting("events".into()));
            let deadline = inner.timers.borrow_mut().next_deadline();
            match &inner.clock {
                Clock::Real => {
                    self.poll(deadline.map(|at| at.saturating_duration_since(clock::now())))?
                }
                Clock::Virtual { .. } => self.wait_virtually(deadline)?,
            }
        } else {
            self.poll(Some(Duration::ZERO))?;
        }
        inner.now.set(inner.clock.now());
        self.trace_virtual_time();
        trace::mark(lane, State::Running);
        Ok(())
    }

    /// Nothing is ready. While a thread or child process works for the loop, time passes as in reality;
    /// otherwise it stands still until a socket is ready, or jumps.
    fn wait_virtually(&self, deadline: Option<Instant>) -> io::Result<()> {
        let inner = &self.inner;
        let until = deadline.map(|at| at.saturating_duration_since(self.time()));
        if inner.mailbox.has_outside_work() {
            let (virtually, really) = (self.time(), clock::now());
            self.poll(until)?;
            let passed = clock::now() - really;
            inner
                .clock
                .advance_to(virtually + until.map_or(passed, |until| passed.min(until)));
            return Ok(());
        }
        let Some(deadline) = deadline else {
            return self.poll(None);
        };
        let watches_nothing = inner.reactor.borrow().is_empty();
        self.poll(Some(if watches_nothing {
            Duration::ZERO
        } else {
            GRACE
        }))?;
        if inner.ready.borrow().is_empty() {
            inner.clock.advance_to(deadline);
        }
        Ok(())
    }

    /// Asks the kernel, and other threads, what can go on.
    fn poll(&self, timeout: Option<Duration>) -> io::Result<()> {
        let inner = &self.inner;
        inner.reactor.borrow_mut().wait(timeout)?;
        for message in inner.mailbox.drain() {
            self.deliver(message);
        }
        let (mut ready, reactor) = (inner.ready.borrow_mut(), inner.reactor.borrow());
        reactor.each(|token, readiness| {
            if let Some(source) = reactor.get(token) {
                source.set_readiness(readiness);
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
                if let Some(task) = self.registry().get(place) {
                    task.wake();
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
        if let Some(generator) = &mut *inner.shuffle.borrow_mut() {
            generator.shuffle(batch.make_contiguous());
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
        self.trace_virtual_time();
        let (to_name, start) = (Rc::clone(&ready), self.time());
        ready.run();
        let took = self.time() - start;
        if took > SLOW && self.inner.debug.get() {
            Lint::slow_step(&to_name.label(), took).report();
        }
        self.trace_virtual_time();
    }

    /// On a virtual clock, the timeline shows that clock's time.
    fn trace_virtual_time(&self) {
        if trace::on()
            && let Some(elapsed) = self.inner.clock.elapsed()
        {
            trace::set_virtual_time(elapsed.as_nanos() as u64);
        }
    }
}
