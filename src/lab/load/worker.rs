//! One thread of the generator: an event loop, its share of the connections, and what is due when.
//!
//! The loop only says which connections can go on; what is done with them is done here, one after the
//! other, after the loop's turn. So nothing is shared between callbacks, and a message costs no task, no
//! allocation and no lock.
//!
//! A turn: wait · read and answer · look at the phase · what is due · send what the schedule asks for.
//!
//! **Where it breaks:** what one connection has sent is handled before the next one is looked at, and an
//! answer's time ends when it is read: a thread with more to do than it has time for measures itself.
//! [`cpu`] tells.

use super::alarm::Alarm;
use super::connection::{Connection, Role, State};
use super::cpu;
use super::fan_out::Publications;
use super::payload::{Answers, Message};
use super::phase::{Phase, Shared, Told};
use super::plan::Plan;
use super::schedule::Schedule;
use super::tally::{Fault, Tally};
use crate::aio::timers::Timers;
use crate::aio::{EventLoop, Readiness};
use crate::clock;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// What one read may take. As large as the server's: sixteen answers or a quarter of a megabyte.
const BUFFER: usize = 256 * 1024;

/// How often time-outs are looked at.
const SWEEP: Duration = Duration::from_millis(100);

/// Messages that the schedule may send in a turn before connections are looked at again.
const BURST: usize = 256;

/// Later than this is late: the alarm of a loop, and a turn, stay well below.
const LATE: Duration = Duration::from_millis(1);

/// How long a server may take to answer a close frame and hang up.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// A place for a connection, and for the one that comes after it.
pub(super) struct Slot {
    pub(super) role: Role,
    /// Among all that have this role.
    pub(super) number: u64,
    pub(super) connection: Option<Box<Connection>>,
    /// Messages that are due and have no connection yet.
    pub(super) owed: VecDeque<Instant>,
    /// It will have no other connection.
    pub(super) dead: bool,
}

/// What is to be done at its time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    Dial(usize),
    /// A client has thought, if its connection is still that one.
    Think(usize, u64),
    Sweep,
}

/// A connection that can go on.
type Woken = (usize, u64, Readiness);

pub(super) struct Worker {
    pub(super) event_loop: EventLoop,
    /// Filled by the callbacks of sources in a turn of the loop.
    pub(super) woken: Rc<RefCell<Vec<Woken>>>,
    pub(super) plan: Arc<Plan>,
    shared: Arc<Shared>,
    told: Sender<Told>,
    index: usize,
    pub(super) phase: Phase,
    pub(super) slots: Vec<Slot>,
    pub(super) message: Message,
    pub(super) answers: Answers,
    pub(super) buffer: Vec<u8>,
    pub(super) tally: Tally,
    pub(super) timers: Timers<Due>,
    alarm: Alarm,
    schedule: Option<Schedule>,
    /// Slots of those who talk, as the schedule has them.
    talkers: Vec<usize>,
    /// Slots that still have to begin to connect, and how many have begun and are not decided.
    pub(super) to_dial: VecDeque<usize>,
    pub(super) dialing: usize,
    pub(super) next_generation: u64,
    /// Connections of the beginning that are neither open nor failed.
    pub(super) unsettled: usize,
    /// Slots that can still talk, and those that can listen to a publisher.
    pub(super) alive: usize,
    pub(super) subscribers: u64,
    pub(super) publications: Publications,
    /// Measured messages that may still be sent.
    pub(super) budget: Option<u64>,
    /// Measured answers that have still to come.
    pub(super) awaited: u64,
    pub(super) measuring_since: Instant,
    cpu_before: cpu::Spent,
    told_finished: bool,
    told_drained: bool,
}

/// What one thread is to do.
pub(super) struct Share {
    pub(super) index: usize,
    pub(super) roles: Vec<(Role, u64)>,
    pub(super) messages: Option<u64>,
}

impl Worker {
    pub(super) fn new(
        plan: Arc<Plan>,
        shared: Arc<Shared>,
        told: Sender<Told>,
        share: Share,
    ) -> io::Result<Worker> {
        let message = Message::new(&plan);
        let intends = plan.parameters.rate_per_second.is_some()
            || plan.parameters.messages_per_connection.is_some();
        let slots: Vec<Slot> = share.roles.into_iter().map(Slot::new).collect();
        let count = |role| slots.iter().filter(|slot| slot.role == role).count();
        let now = clock::now();
        let event_loop = EventLoop::new()?;
        let mut timers = Timers::default();
        timers.arm(now + SWEEP, Due::Sweep);
        Ok(Worker {
            alarm: Alarm::new(&event_loop)?,
            event_loop,
            woken: Rc::default(),
            answers: Answers::new(&plan, &message),
            message,
            buffer: vec![0; BUFFER],
            tally: Tally::new(intends),
            timers,
            schedule: None,
            talkers: Vec::new(),
            to_dial: VecDeque::new(),
            dialing: 0,
            next_generation: 0,
            unsettled: slots.len(),
            alive: count(Role::Talks) + count(Role::Publishes),
            subscribers: count(Role::Subscribes) as u64,
            publications: Publications::default(),
            budget: share.messages,
            awaited: 0,
            measuring_since: now,
            cpu_before: cpu::Spent::default(),
            told_finished: false,
            told_drained: false,
            phase: Phase::Connecting,
            index: share.index,
            slots,
            plan,
            shared,
            told,
        })
    }

    /// Does its share, until the caller says that it is time to leave, or is gone.
    ///
    /// # Errors
    /// Those of the loop, none of which a correct program meets.
    pub(super) fn run(mut self) -> io::Result<Tally> {
        self.tell(Told::Started(self.event_loop.notifier(|| ())));
        self.dial_all();
        loop {
            self.arm()?;
            self.event_loop.run_once()?;
            let mut woken = self.woken.take();
            for (slot, generation, readiness) in woken.drain(..) {
                self.on_ready(slot, generation, readiness);
            }
            self.woken.replace(woken);
            self.obey();
            self.expire();
            self.send_scheduled();
            self.show();
            if self.phase == Phase::Leaving && self.slots.iter().all(|it| it.connection.is_none()) {
                self.event_loop.close();
                return Ok(self.tally);
            }
        }
    }

    /// Has the loop wake up for what is due next.
    fn arm(&mut self) -> io::Result<()> {
        let scheduled = self.schedule.as_ref().and_then(Schedule::next);
        let times = [self.timers.next_deadline(), scheduled.map(|(due, _)| due)];
        match times.into_iter().flatten().min() {
            Some(next) => self.alarm.set(&self.event_loop, next),
            None => Ok(()),
        }
    }

    // -- Phases -----------------------------------------------------------------------------------

    fn obey(&mut self) {
        let phase = self.shared.phase();
        if phase == self.phase {
            return;
        }
        let was = std::mem::replace(&mut self.phase, phase);
        if phase == Phase::Measuring {
            self.measuring_since = self.shared.measuring_since();
            self.cpu_before = cpu::spent();
        }
        if was == Phase::Measuring {
            let (before, after) = (self.cpu_before, cpu::spent());
            self.tally.cpu = after.cpu.saturating_sub(before.cpu);
            self.tally.without_core = after.since(before);
        }
        match phase {
            Phase::WarmingUp | Phase::Measuring if was == Phase::Connecting => self.begin_to_talk(),
            Phase::Draining | Phase::Leaving => self.stop_asking(),
            _ => {}
        }
        if phase == Phase::Leaving {
            self.hang_up();
        }
    }

    fn begin_to_talk(&mut self) {
        let is_open = |slot: &&usize| self.slots[**slot].connection.is_some();
        let asks = |slot: &usize| matches!(self.slots[*slot].role, Role::Talks | Role::Publishes);
        self.talkers = (0..self.slots.len()).filter(asks).collect();
        if let Some(rate) = self.plan.parameters.rate_per_second {
            let own = self.talkers.iter().map(|slot| self.slots[*slot].number);
            let all = match self.plan.parameters.fan_out {
                true => 1,
                false => self.plan.parameters.connections as u64,
            };
            let start = self.shared.talking_since();
            self.schedule = Some(Schedule::new(start, rate, all, own.collect()));
        } else {
            let open: Vec<usize> = self.talkers.iter().filter(is_open).copied().collect();
            for slot in open {
                self.begin_asking(slot);
            }
        }
        for slot in 0..self.slots.len() {
            if self.slots[slot].role == Role::SlowReader {
                self.begin_flooding(slot);
            }
        }
    }

    fn stop_asking(&mut self) {
        // Of a number of messages, those that were sent are all there were to be.
        let scheduled = self.schedule.take().is_some() && self.budget != Some(0);
        for slot in &mut self.slots {
            let owed = std::mem::take(&mut slot.owed).len() as u64;
            if scheduled {
                self.tally.fault(Fault::Unanswered, owed);
            }
        }
        self.timers = Timers::default();
        self.timers.arm(clock::now() + SWEEP, Due::Sweep);
        self.to_dial.clear();
    }

    fn hang_up(&mut self) {
        let now = clock::now();
        let awaited = std::mem::take(&mut self.awaited);
        self.tally.fault(Fault::Unanswered, awaited);
        for slot in 0..self.slots.len() {
            self.slots[slot].dead = true;
            let Some(mut connection) = self.slots[slot].connection.take() else {
                continue;
            };
            let polite = connection.state == State::Open
                && connection.out.is_empty()
                && self.slots[slot].role != Role::SlowReader;
            if polite && self.say_goodbye(&mut connection, now).is_ok() {
                self.slots[slot].connection = Some(connection);
            }
        }
    }

    // -- What is due ------------------------------------------------------------------------------

    fn expire(&mut self) {
        let now = clock::now();
        while let Some(due) = self.timers.pop_due(now) {
            match due {
                Due::Dial(slot) => {
                    self.to_dial.push_back(slot);
                    self.dial_more();
                }
                Due::Think(slot, generation) => self.has_thought(slot, generation, now),
                Due::Sweep => {
                    self.sweep(now);
                    self.timers.arm(now + SWEEP, Due::Sweep);
                }
            }
        }
    }

    fn send_scheduled(&mut self) {
        for _ in 0..BURST {
            let Some((due, place)) = self.schedule.as_ref().and_then(Schedule::next) else {
                return;
            };
            let now = clock::now();
            if due > now {
                return;
            }
            if let Some(schedule) = &mut self.schedule {
                schedule.advance();
            }
            if self.phase == Phase::Measuring && self.budget != Some(0) {
                // Not what waits for a connection: that is the server's time.
                let late = now - due;
                self.tally.late_sends += u64::from(late > LATE);
                self.tally.worst_lateness = self.tally.worst_lateness.max(late);
            }
            self.ask(self.talkers[place], due, now);
        }
    }

    // -- Telling ----------------------------------------------------------------------------------

    /// That nobody listens any more is seen by the phase.
    pub(super) fn tell(&self, told: Told) {
        let _ = self.told.send(told);
    }

    pub(super) fn settled(&mut self) {
        if self.unsettled > 0 {
            self.unsettled -= 1;
            if self.unsettled == 0 {
                self.show_counts(); // before the caller looks at them
                self.tell(Told::Settled);
            }
        }
    }

    /// For the caller, who adds up all threads.
    fn show_counts(&self) {
        let counts = &self.shared.counts[self.index];
        let (opened, answered) = (self.tally.connected, self.tally.messages);
        counts.opened.store(opened, Ordering::Relaxed);
        counts.answered.store(answered, Ordering::Relaxed);
        counts.faults.store(self.tally.faults(), Ordering::Relaxed);
    }

    fn show(&mut self) {
        self.show_counts();
        let of = &self.plan.parameters;
        let talks = of.connections > 0;
        let nobody = talks && self.alive == 0 || of.fan_out && self.subscribers == 0;
        let done = self.budget == Some(0) && self.awaited == 0 || nobody;
        if done && self.phase == Phase::Measuring && !self.told_finished {
            self.told_finished = true;
            self.tell(Told::Finished(clock::now()));
        }
        if self.awaited == 0 && self.phase == Phase::Draining && !self.told_drained {
            self.told_drained = true;
            self.tell(Told::Drained);
        }
    }
}

impl Slot {
    fn new((role, number): (Role, u64)) -> Slot {
        Slot {
            role,
            number,
            connection: None,
            owed: VecDeque::new(),
            dead: false,
        }
    }
}
