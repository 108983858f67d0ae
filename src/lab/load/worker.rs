//! One thread of the generator: an event loop, its share of the connections, and its timers.
//!
//! The loop only reports which connections can go on. They are served here, one after another, after the
//! turn of the loop. So callbacks share nothing, and a message needs no task, no allocation and no lock.
//!
//! A turn: wait · read and reply · check the phase · run timers · send what is due on the schedule.
//!
//! **Where it breaks:** all bytes of one connection are handled before those of the next, and a latency ends
//! when the reply is read. So a thread without time left measures itself. [`ThreadTime`] shows it.

use super::connection::{Connection, Role, State};
use super::cpu::ThreadTime;
use super::fan_out::Publications;
use super::payload::{Message, Replies};
use super::phase::{Phase, Shared, WorkerEvent};
use super::plan::Plan;
use super::schedule::Schedule;
use super::tally::{LoadError, Tally};
use super::timer::WakeUpTimer;
use crate::aio::timers::Timers;
use crate::aio::{EventLoop, Readiness};
use crate::clock;
use crossbeam_channel::Sender;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The size of a read, as in the server.
const BUFFER: usize = 256 * 1024;

/// How often time-outs are checked.
const SWEEP: Duration = Duration::from_millis(100);

/// Messages that the schedule may send per turn, before connections are served again.
const BURST: usize = 256;

/// A message that is sent later counts as late. The timer of a loop and a turn take much less.
const LATE_LIMIT: Duration = Duration::from_millis(1);

/// How long a server may take to reply to a close frame and disconnect.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A client, whose connection may be replaced.
pub(super) struct Slot {
    pub(super) role: Role,
    /// Among all clients with this role.
    pub(super) number: u64,
    pub(super) connection: Option<Box<Connection>>,
    /// Messages that are due but have no connection yet.
    pub(super) backlog: VecDeque<Instant>,
    /// It will not connect again.
    pub(super) retired: bool,
}

/// The purpose of a timer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    Connect(usize),
    /// The think time of a client is over, if its connection is still this generation.
    Think(usize, u64),
    Sweep,
}

/// A slot and the generation of its connection, which can go on.
type ReadyEvent = (usize, u64, Readiness);

pub(super) struct Worker {
    pub(super) event_loop: EventLoop,
    /// Filled by callbacks during a turn of the loop.
    pub(super) ready: Rc<RefCell<Vec<ReadyEvent>>>,
    pub(super) plan: Arc<Plan>,
    shared: Arc<Shared>,
    events: Sender<WorkerEvent>,
    index: usize,
    pub(super) phase: Phase,
    pub(super) slots: Vec<Slot>,
    pub(super) message: Message,
    pub(super) replies: Replies,
    pub(super) buffer: Vec<u8>,
    pub(super) tally: Tally,
    pub(super) timers: Timers<Due>,
    wake_up: WakeUpTimer,
    schedule: Option<Schedule>,
    /// The slots that send, in the order of the schedule.
    senders: Vec<usize>,
    /// Slots that have not yet begun to connect.
    pub(super) to_connect: VecDeque<usize>,
    /// How many are connecting.
    pub(super) connecting: usize,
    pub(super) next_generation: u64,
    /// First connections that are neither open nor failed.
    pub(super) unsettled: usize,
    /// Slots that can still send.
    pub(super) live_senders: usize,
    /// Slots that can still receive publications.
    pub(super) subscribers: u64,
    pub(super) publications: Publications,
    /// Measured messages that may still be sent.
    pub(super) budget: Option<u64>,
    /// Measured replies that are still to come.
    pub(super) outstanding: u64,
    pub(super) measuring_start: Instant,
    time_before: ThreadTime,
    sent_finished: bool,
    sent_drained: bool,
}

/// The share of one thread.
pub(super) struct Share {
    pub(super) index: usize,
    pub(super) roles: Vec<(Role, u64)>,
    pub(super) messages: Option<u64>,
}

impl Worker {
    pub(super) fn new(
        plan: Arc<Plan>,
        shared: Arc<Shared>,
        events: Sender<WorkerEvent>,
        share: Share,
    ) -> io::Result<Worker> {
        let message = Message::new(&plan);
        let may_send_late = plan.parameters.rate_per_second.is_some()
            || plan.parameters.messages_per_connection.is_some();
        let slots: Vec<Slot> = share.roles.into_iter().map(Slot::new).collect();
        let count = |role| slots.iter().filter(|slot| slot.role == role).count();
        let now = clock::now();
        let event_loop = EventLoop::new()?;
        let mut timers = Timers::default();
        timers.arm(now + SWEEP, Due::Sweep);
        Ok(Worker {
            wake_up: WakeUpTimer::new(&event_loop)?,
            event_loop,
            ready: Rc::default(),
            replies: Replies::new(&plan, &message),
            message,
            buffer: vec![0; BUFFER],
            tally: Tally::new(may_send_late),
            timers,
            schedule: None,
            senders: Vec::new(),
            to_connect: VecDeque::new(),
            connecting: 0,
            next_generation: 0,
            unsettled: slots.len(),
            live_senders: count(Role::Active) + count(Role::Publisher),
            subscribers: count(Role::Subscriber) as u64,
            publications: Publications::default(),
            budget: share.messages,
            outstanding: 0,
            measuring_start: now,
            time_before: ThreadTime::default(),
            sent_finished: false,
            sent_drained: false,
            phase: Phase::Connecting,
            index: share.index,
            slots,
            plan,
            shared,
            events,
        })
    }

    /// Does its share, until the caller begins the closing phase.
    pub(super) fn run(mut self) -> io::Result<Tally> {
        self.emit(WorkerEvent::Started(self.event_loop.notifier(|| ())));
        self.connect_all();
        loop {
            self.arm()?;
            self.event_loop.run_once()?;
            let mut ready = self.ready.take();
            for (slot, generation, readiness) in ready.drain(..) {
                self.on_ready(slot, generation, readiness);
            }
            self.ready.replace(ready);
            self.follow_phase();
            self.expire();
            self.send_scheduled();
            self.report();
            if self.phase == Phase::Closing && self.slots.iter().all(|it| it.connection.is_none()) {
                self.event_loop.close();
                return Ok(self.tally);
            }
        }
    }

    /// Makes the loop wake up for what is due next.
    fn arm(&mut self) -> io::Result<()> {
        let scheduled = self.schedule.as_ref().and_then(Schedule::next);
        let times = [self.timers.next_deadline(), scheduled.map(|(due, _)| due)];
        match times.into_iter().flatten().min() {
            Some(next) => self.wake_up.set(&self.event_loop, next),
            None => Ok(()),
        }
    }

    // -- Phases -----------------------------------------------------------------------------------

    fn follow_phase(&mut self) {
        let phase = self.shared.phase();
        if phase == self.phase {
            return;
        }
        let was = std::mem::replace(&mut self.phase, phase);
        if phase == Phase::Measuring {
            self.measuring_start = self.shared.measuring_start();
            self.time_before = ThreadTime::now();
        }
        if was == Phase::Measuring {
            let (before, after) = (self.time_before, ThreadTime::now());
            self.tally.cpu = after.cpu.saturating_sub(before.cpu);
            self.tally.runqueue_wait = after.runqueue_wait_since(before);
        }
        match phase {
            Phase::WarmingUp | Phase::Measuring if was == Phase::Connecting => self.start_traffic(),
            Phase::Draining | Phase::Closing => self.stop_sending(),
            _ => {}
        }
        if phase == Phase::Closing {
            self.close_all();
        }
    }

    fn start_traffic(&mut self) {
        let is_open = |slot: &&usize| self.slots[**slot].connection.is_some();
        let sends = |slot: &usize| matches!(self.slots[*slot].role, Role::Active | Role::Publisher);
        self.senders = (0..self.slots.len()).filter(sends).collect();
        if let Some(rate) = self.plan.parameters.rate_per_second {
            let own = self.senders.iter().map(|slot| self.slots[*slot].number);
            let all = if self.plan.parameters.fan_out {
                1
            } else {
                self.plan.parameters.connections as u64
            };
            let start = self.shared.traffic_start();
            self.schedule = Some(Schedule::new(start, rate, all, own.collect()));
        } else {
            let open: Vec<usize> = self.senders.iter().filter(is_open).copied().collect();
            for slot in open {
                self.start_sending(slot);
            }
        }
        for slot in 0..self.slots.len() {
            if self.slots[slot].role == Role::SlowReader {
                self.start_flooding(slot);
            }
        }
    }

    fn stop_sending(&mut self) {
        // A number of messages is complete when all were sent; what the schedule still has is not missing.
        let is_missing = self.schedule.take().is_some() && self.budget != Some(0);
        for slot in &mut self.slots {
            let backlog = std::mem::take(&mut slot.backlog).len() as u64;
            if is_missing {
                self.tally.count_error(LoadError::NoReplyByEnd, backlog);
            }
        }
        self.timers = Timers::default();
        self.timers.arm(clock::now() + SWEEP, Due::Sweep);
        self.to_connect.clear();
    }

    fn close_all(&mut self) {
        let now = clock::now();
        let outstanding = std::mem::take(&mut self.outstanding);
        self.tally.count_error(LoadError::NoReplyByEnd, outstanding);
        for slot in 0..self.slots.len() {
            self.slots[slot].retired = true;
            let Some(mut connection) = self.slots[slot].connection.take() else {
                continue;
            };
            let orderly = connection.state == State::Open
                && connection.out.is_empty()
                && self.slots[slot].role != Role::SlowReader;
            if orderly && self.start_close(&mut connection, now).is_ok() {
                self.slots[slot].connection = Some(connection);
            }
        }
    }

    // -- Timers -----------------------------------------------------------------------------------

    fn expire(&mut self) {
        let now = clock::now();
        while let Some(due) = self.timers.pop_due(now) {
            match due {
                Due::Connect(slot) => {
                    self.to_connect.push_back(slot);
                    self.connect_more();
                }
                Due::Think(slot, generation) => self.after_think_time(slot, generation, now),
                Due::Sweep => {
                    self.sweep(now);
                    self.timers.arm(now + SWEEP, Due::Sweep);
                }
            }
        }
    }

    fn send_scheduled(&mut self) {
        for _ in 0..BURST {
            let Some((due, index)) = self.schedule.as_ref().and_then(Schedule::next) else {
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
                // A message that waits for its connection is not late: that is the server's time.
                let late = now - due;
                self.tally.late_sends += u64::from(late > LATE_LIMIT);
                self.tally.worst_lateness = self.tally.worst_lateness.max(late);
            }
            self.send_due(self.senders[index], due, now);
        }
    }

    // -- Events -----------------------------------------------------------------------------------

    /// If the receiver is gone, the phase says so.
    pub(super) fn emit(&self, event: WorkerEvent) {
        let _ = self.events.send(event);
    }

    pub(super) fn settled(&mut self) {
        if self.unsettled > 0 {
            self.unsettled -= 1;
            if self.unsettled == 0 {
                self.store_counts(); // before the caller reads them
                self.emit(WorkerEvent::Settled);
            }
        }
    }

    /// For the caller, which adds up all threads.
    fn store_counts(&self) {
        let counts = &self.shared.counts[self.index];
        let (opened, replies) = (self.tally.connected, self.tally.messages);
        counts.opened.store(opened, Ordering::Relaxed);
        counts.replies.store(replies, Ordering::Relaxed);
        counts.errors.store(self.tally.errors(), Ordering::Relaxed);
    }

    fn report(&mut self) {
        self.store_counts();
        let of = &self.plan.parameters;
        let no_senders = of.connections > 0 && self.live_senders == 0;
        let no_receivers = of.fan_out && self.subscribers == 0;
        let is_complete = self.budget == Some(0) && self.outstanding == 0;
        let is_done = is_complete || no_senders || no_receivers;
        if is_done && self.phase == Phase::Measuring && !self.sent_finished {
            self.sent_finished = true;
            self.emit(WorkerEvent::Finished(clock::now()));
        }
        if self.outstanding == 0 && self.phase == Phase::Draining && !self.sent_drained {
            self.sent_drained = true;
            self.emit(WorkerEvent::Drained);
        }
    }
}

impl Slot {
    fn new((role, number): (Role, u64)) -> Slot {
        Slot {
            role,
            number,
            connection: None,
            backlog: VecDeque::new(),
            retired: false,
        }
    }
}
