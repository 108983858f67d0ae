//! Connections of a thread: how they begin, end, and are given up.
//!
//! Few connect at once: a server's queue of clients to be accepted is short, and one that does not fit
//! into it comes again after a second, which would be measured as the server's slowness.
//!
//! **Where it breaks:** a connection that was open and ends is not replaced, except where connections
//! are to live short. A server that has restarted has to be loaded again.

use super::connection::{Connection, Role, State};
use super::handshake;
use super::phase::{Phase, Told};
use super::tally::Fault;
use super::wire;
use super::worker::{Due, FAREWELL, Worker};
use crate::aio::{Interest, Readiness};
use crate::clock;
use std::time::{Duration, Instant};

/// Connections of a thread that may be under way at once; half of the shortest common backlog, 128.
const DIALING_MAX: usize = 64;

/// Before a client that could not connect tries again, where connections live short.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a connection is over.
pub(super) enum End {
    /// As it was to be.
    Over,
    Failed(Fault),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> End {
        End::Failed(fault)
    }
}

impl Worker {
    pub(super) fn dial_all(&mut self) {
        if self.slots.is_empty() {
            return self.tell(Told::Settled);
        }
        let step = self.plan.ramp_up / self.slots.len() as u32;
        let now = clock::now();
        for slot in 0..self.slots.len() {
            match step {
                Duration::ZERO => self.to_dial.push_back(slot),
                step => drop(self.timers.arm(now + step * slot as u32, Due::Dial(slot))),
            }
        }
        self.dial_more();
    }

    pub(super) fn dial_more(&mut self) {
        while self.dialing < DIALING_MAX
            && let Some(slot) = self.to_dial.pop_front()
        {
            self.dial(slot);
        }
    }

    fn dial(&mut self, slot: usize) {
        let generation = self.next_generation;
        self.next_generation += 1;
        let reads = self.slots[slot].role != Role::SlowReader;
        let woken = self.woken.clone();
        let watched = wire::connect(&self.plan.target.address, reads).and_then(|socket| {
            let found = move |readiness| woken.borrow_mut().push((slot, generation, readiness));
            self.event_loop.watch(socket, Interest::Write, found)
        });
        match watched {
            Ok(socket) => {
                let connection = Connection::new(socket, generation, clock::now());
                self.slots[slot].connection = Some(Box::new(connection));
                self.dialing += 1;
            }
            Err(error) => {
                self.tally.fault(Fault::connect(&error), 1);
                self.settled();
                self.without_connection(slot, true);
            }
        }
    }

    /// The loop found that a connection can go on.
    pub(super) fn on_ready(&mut self, slot: usize, generation: u64, readiness: Readiness) {
        let Some(mut connection) = self.slots[slot].connection.take() else {
            return;
        };
        if connection.generation != generation {
            self.slots[slot].connection = Some(connection);
            return;
        }
        let went = match connection.state {
            State::Connecting => self.connected(slot, &mut connection),
            _ if self.slots[slot].role == Role::SlowReader && self.is_talking(&connection) => {
                self.flood(&mut connection)
            }
            _ if readiness.readable => self.read(slot, &mut connection),
            _ => self.flush(&mut connection),
        };
        match went {
            Ok(()) => self.slots[slot].connection = Some(connection),
            Err(end) => self.retire(slot, connection, end),
        }
    }

    fn is_talking(&self, connection: &Connection) -> bool {
        connection.state == State::Open && self.phase != Phase::Connecting
    }

    pub(super) fn flush(&mut self, connection: &mut Connection) -> Result<(), End> {
        connection
            .flush(&mut self.message)
            .map_err(|error| Fault::lost(&error).into())
    }

    fn connected(&mut self, slot: usize, connection: &mut Connection) -> Result<(), End> {
        wire::decided(&*connection.socket).map_err(|error| Fault::connect(&error))?;
        let now = clock::now();
        match &self.plan.target.handshake {
            Some(handshake) => {
                connection.out.bytes().extend_from_slice(&handshake.request);
                connection.enter(State::Shaking, now);
            }
            None => self.opened(slot, connection, now)?,
        }
        self.flush(connection)
    }

    /// More of the answer to the handshake: what of `bytes` stands behind it.
    pub(super) fn shake<'a>(
        &mut self,
        connection: &mut Connection,
        bytes: &'a [u8],
    ) -> Result<Option<&'a [u8]>, End> {
        let had = connection.head.len();
        connection.head.extend_from_slice(bytes);
        let handshake = self.plan.target.handshake.as_ref();
        let accept = handshake.map_or("", |handshake| &handshake.accept);
        Ok(handshake::length(&connection.head, accept)?.map(|length| {
            connection.head = Vec::new();
            &bytes[length - had..]
        }))
    }

    pub(super) fn opened(
        &mut self,
        slot: usize,
        connection: &mut Connection,
        now: Instant,
    ) -> Result<(), End> {
        connection.enter(State::Open, now);
        self.dialing -= 1;
        self.tally.connected += 1;
        self.settled();
        self.dial_more();
        while connection.sent < self.life()
            && let Some(due) = self.slots[slot].owed.pop_front()
        {
            self.send(slot, connection, due, now);
        }
        Ok(())
    }

    /// Messages of a connection before it is replaced.
    pub(super) fn life(&self) -> u64 {
        let life = self.plan.parameters.messages_per_connection;
        life.unwrap_or(u64::MAX)
    }

    /// Says goodbye. The server hangs up then: so the port is free at once (RFC 6455, section 7.1.1).
    pub(super) fn say_goodbye(
        &mut self,
        connection: &mut Connection,
        now: Instant,
    ) -> Result<(), End> {
        if self.plan.target.is_raw() {
            let how = rustix::net::Shutdown::Write;
            rustix::net::shutdown(&*connection.socket, how).map_err(|_| End::Over)?;
        } else {
            let normal = 1000_u16.to_be_bytes();
            self.message.control(8, &normal, connection.out.bytes());
        }
        connection.enter(State::Closing, now);
        self.flush(connection)
    }

    /// A connection is over.
    pub(super) fn retire(&mut self, slot: usize, connection: Box<Connection>, end: End) {
        let was_dialing = matches!(connection.state, State::Connecting | State::Shaking);
        if was_dialing {
            self.dialing -= 1;
        }
        let lost = match self.slots[slot].role {
            Role::Subscribes if !was_dialing => self.publications.lose(connection.heard),
            _ => connection.measured_pending(),
        };
        self.awaited = self.awaited.saturating_sub(lost);
        let is_over = self.phase == Phase::Leaving || connection.state == State::Closing;
        let failed = matches!(end, End::Failed(_));
        match end {
            End::Failed(_) if is_over => {}
            End::Failed(_) if self.slots[slot].role == Role::SlowReader && !was_dialing => {
                self.tally.slow_readers_dropped += 1;
            }
            End::Failed(fault) => {
                self.tally.fault(fault, 1);
                self.tally.fault(Fault::AnswerLost, lost);
            }
            End::Over => {}
        }
        drop(connection);
        self.without_connection(slot, failed && !is_over);
        if was_dialing {
            self.settled();
            self.dial_more();
        }
        if self.plan.parameters.fan_out {
            self.publish_again(clock::now());
        }
    }

    /// What comes after a connection: the next one, or nothing.
    fn without_connection(&mut self, slot: usize, failed: bool) {
        let place = &mut self.slots[slot];
        let comes_again = place.role == Role::Talks
            && self.plan.parameters.messages_per_connection.is_some()
            && matches!(self.phase, Phase::WarmingUp | Phase::Measuring)
            && self.budget != Some(0);
        if comes_again {
            let now = clock::now();
            if self.plan.parameters.rate_per_second.is_none() && place.owed.is_empty() {
                let life = self.plan.parameters.messages_per_connection;
                let at_once = (self.plan.parameters.in_flight as u64).min(life.unwrap_or(1));
                place.owed.extend((0..at_once).map(|_| now));
            }
            let pause = if failed { PAUSE } else { Duration::ZERO };
            self.timers.arm(now + pause, Due::Dial(slot));
        } else if !place.dead {
            place.dead = true;
            match place.role {
                Role::Talks | Role::Publishes => self.alive -= 1,
                Role::Subscribes => self.subscribers -= 1,
                Role::Idle | Role::SlowReader => {}
            }
        }
    }

    /// Gives up whoever has waited too long.
    pub(super) fn sweep(&mut self, now: Instant) {
        if self.plan.parameters.fan_out {
            self.give_up_publications(now);
        }
        for slot in 0..self.slots.len() {
            let Some(fault) = self.overdue(slot, now) else {
                continue;
            };
            if let Some(connection) = self.slots[slot].connection.take() {
                let lost = connection.measured_pending();
                if matches!(fault, Fault::NoAnswer) {
                    self.tally.fault(Fault::NoAnswer, lost.saturating_sub(1));
                }
                self.give_up(slot, connection, fault);
            }
        }
    }

    fn give_up(&mut self, slot: usize, mut connection: Box<Connection>, fault: Fault) {
        if matches!(fault, Fault::NoAnswer) {
            // Counted already, one by one.
            self.awaited = self.awaited.saturating_sub(connection.measured_pending());
            connection.pending.clear();
        }
        self.retire(slot, connection, End::Failed(fault));
    }

    fn overdue(&self, slot: usize, now: Instant) -> Option<Fault> {
        let connection = self.slots[slot].connection.as_ref()?;
        let waited = now.saturating_duration_since(connection.since);
        let connecting = waited > self.plan.connect_timeout;
        let oldest = connection.pending.front();
        let unanswered = oldest.map(|one| now.saturating_duration_since(one.sent));
        match connection.state {
            State::Connecting if connecting => Some(Fault::ConnectTimeout),
            State::Shaking if connecting => Some(Fault::HandshakeTimeout),
            State::Open if unanswered > Some(self.plan.answer_timeout) => Some(Fault::NoAnswer),
            State::Closing if waited > FAREWELL => Some(Fault::HungUp),
            _ => None,
        }
    }
}
