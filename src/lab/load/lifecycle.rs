//! The connections of a thread: how they begin, end, and time out.
//!
//! Few clients connect at once, because a server's queue of clients to accept is short. A client that does
//! not fit tries again after a second, and that would be measured as a slow server.
//!
//! **Where it breaks:** a connection that ends is not replaced, unless connections live for a number of
//! messages. If the server restarts, the load has to be started again.

use super::connection::{Connection, Role, State};
use super::handshake;
use super::phase::{Phase, WorkerEvent};
use super::socket;
use super::tally::LoadError;
use super::worker::{CLOSE_TIMEOUT, Due, Worker};
use crate::aio::{Interest, Readiness};
use crate::clock;
use crate::tcp;
use std::time::{Duration, Instant};

/// Connections of a thread that may be connecting at once: half of the shortest common backlog, 128.
const MAX_CONNECTING: usize = 64;

/// How long a client waits to connect again after a failure, if connections are replaced.
const RECONNECT_DELAY: Duration = Duration::from_millis(100);

/// Why a connection ended.
pub(super) enum End {
    /// As planned.
    Expected,
    Failed(LoadError),
}

impl From<LoadError> for End {
    fn from(error: LoadError) -> End {
        End::Failed(error)
    }
}

impl Worker {
    pub(super) fn connect_all(&mut self) {
        if self.slots.is_empty() {
            return self.emit(WorkerEvent::Settled);
        }
        let step = self.plan.ramp_up / self.slots.len() as u32;
        let now = clock::now();
        for slot in 0..self.slots.len() {
            match step {
                Duration::ZERO => self.to_connect.push_back(slot),
                step => drop(
                    self.timers
                        .arm(now + step * slot as u32, Due::Connect(slot)),
                ),
            }
        }
        self.connect_more();
    }

    pub(super) fn connect_more(&mut self) {
        while self.connecting < MAX_CONNECTING
            && let Some(slot) = self.to_connect.pop_front()
        {
            self.connect(slot);
        }
    }

    fn connect(&mut self, slot: usize) {
        let generation = self.next_generation;
        self.next_generation += 1;
        let reads = self.slots[slot].role != Role::SlowReader;
        let ready = self.ready.clone();
        let watched = socket::connect(&self.plan.target.address, reads).and_then(|socket| {
            let on_ready = move |readiness| ready.borrow_mut().push((slot, generation, readiness));
            self.event_loop.watch(socket, Interest::Write, on_ready)
        });
        match watched {
            Ok(socket) => {
                let connection = Connection::new(socket, generation, clock::now());
                self.slots[slot].connection = Some(Box::new(connection));
                self.connecting += 1;
            }
            Err(error) => {
                self.tally.count_error(LoadError::connect(&error), 1);
                self.settled();
                self.after_connection(slot, true);
            }
        }
    }

    /// The loop reported that a connection can go on.
    pub(super) fn on_ready(&mut self, slot: usize, generation: u64, readiness: Readiness) {
        let Some(mut connection) = self.slots[slot].connection.take() else {
            return;
        };
        if connection.generation != generation {
            self.slots[slot].connection = Some(connection);
            return;
        }
        let result = match connection.state {
            State::Connecting => self.connected(slot, &mut connection),
            _ if self.slots[slot].role == Role::SlowReader && self.may_send(&connection) => {
                self.flood(&mut connection)
            }
            _ if readiness.readable => self.read(slot, &mut connection),
            _ => self.flush(&mut connection),
        };
        self.put_back(slot, connection, result);
    }

    /// Returns a connection to its slot, unless it has ended.
    pub(super) fn put_back(
        &mut self,
        slot: usize,
        connection: Box<Connection>,
        result: Result<(), End>,
    ) {
        match result {
            Ok(()) => self.slots[slot].connection = Some(connection),
            Err(end) => self.retire(slot, connection, end),
        }
    }

    fn may_send(&self, connection: &Connection) -> bool {
        connection.state == State::Open && self.phase != Phase::Connecting
    }

    pub(super) fn flush(&mut self, connection: &mut Connection) -> Result<(), End> {
        connection
            .flush(&mut self.message)
            .map_err(|error| LoadError::connection_lost(&error).into())
    }

    fn connected(&mut self, slot: usize, connection: &mut Connection) -> Result<(), End> {
        tcp::connect_result(&*connection.socket).map_err(|error| LoadError::connect(&error))?;
        let now = clock::now();
        match &self.plan.target.handshake {
            Some(handshake) => {
                connection.out.bytes().extend_from_slice(&handshake.request);
                connection.set_state(State::Handshaking, now);
            }
            None => self.opened(slot, connection, now),
        }
        self.flush(connection)
    }

    /// Reads the response to the handshake; the bytes after it, or `None` if part of it is still to come.
    pub(super) fn on_handshake<'a>(
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

    pub(super) fn opened(&mut self, slot: usize, connection: &mut Connection, now: Instant) {
        connection.set_state(State::Open, now);
        self.connecting -= 1;
        self.tally.connected += 1;
        self.settled();
        self.connect_more();
        while connection.sent < self.lifetime()
            && let Some(due) = self.slots[slot].backlog.pop_front()
        {
            self.send(slot, connection, due, now);
        }
    }

    /// The number of messages after which a connection is replaced.
    pub(super) fn lifetime(&self) -> u64 {
        let parameters = &self.plan.parameters;
        parameters.messages_per_connection.unwrap_or(u64::MAX)
    }

    /// Starts to close. The server closes the TCP connection, so the port is free at once (RFC 6455, section
    /// 7.1.1).
    pub(super) fn start_close(
        &mut self,
        connection: &mut Connection,
        now: Instant,
    ) -> Result<(), End> {
        if self.plan.target.is_raw() {
            let how = rustix::net::Shutdown::Write;
            rustix::net::shutdown(&*connection.socket, how).map_err(|_| End::Expected)?;
        } else {
            let normal = 1000_u16.to_be_bytes();
            self.message.control(8, &normal, connection.out.bytes());
        }
        connection.set_state(State::Closing, now);
        self.flush(connection)
    }

    /// Counts a connection that has ended, and what it lost.
    pub(super) fn retire(&mut self, slot: usize, connection: Box<Connection>, end: End) {
        let was_connecting = matches!(connection.state, State::Connecting | State::Handshaking);
        if was_connecting {
            self.connecting -= 1;
        }
        let lost = match self.slots[slot].role {
            Role::Subscriber if !was_connecting => {
                self.publications.subscriber_lost(connection.received)
            }
            _ => connection.measured_pending(),
        };
        self.outstanding = self.outstanding.saturating_sub(lost);
        let is_over = self.phase == Phase::Closing || connection.state == State::Closing;
        let failed = matches!(end, End::Failed(_));
        match end {
            End::Failed(_) if is_over => {}
            End::Failed(_) if self.slots[slot].role == Role::SlowReader && !was_connecting => {
                self.tally.slow_readers_dropped += 1;
            }
            End::Failed(error) => {
                self.tally.count_error(error, 1);
                self.tally.count_error(LoadError::ReplyLost, lost);
            }
            End::Expected => {}
        }
        drop(connection);
        self.after_connection(slot, failed && !is_over);
        if was_connecting {
            self.settled();
            self.connect_more();
        }
        if self.plan.parameters.fan_out {
            self.publish_next(clock::now());
        }
    }

    /// Schedules the next connection of the slot, or retires the slot.
    fn after_connection(&mut self, slot: usize, failed: bool) {
        let entry = &mut self.slots[slot];
        let reconnects = entry.role == Role::Active
            && self.plan.parameters.messages_per_connection.is_some()
            && matches!(self.phase, Phase::WarmingUp | Phase::Measuring)
            && self.budget != Some(0);
        if reconnects {
            let now = clock::now();
            if self.plan.parameters.rate_per_second.is_none() && entry.backlog.is_empty() {
                let lifetime = self.plan.parameters.messages_per_connection;
                let at_once = (self.plan.parameters.in_flight as u64).min(lifetime.unwrap_or(1));
                entry.backlog.extend((0..at_once).map(|_| now));
            }
            let delay = if failed {
                RECONNECT_DELAY
            } else {
                Duration::ZERO
            };
            self.timers.arm(now + delay, Due::Connect(slot));
        } else if !entry.retired {
            entry.retired = true;
            match entry.role {
                Role::Active | Role::Publisher => self.live_senders -= 1,
                Role::Subscriber => self.subscribers -= 1,
                Role::Idle | Role::SlowReader => {}
            }
        }
    }

    /// Ends connections that have waited too long.
    pub(super) fn sweep(&mut self, now: Instant) {
        if self.plan.parameters.fan_out {
            self.time_out_publications(now);
        }
        for slot in 0..self.slots.len() {
            let Some(error) = self.overdue(slot, now) else {
                continue;
            };
            let Some(mut connection) = self.slots[slot].connection.take() else {
                continue;
            };
            if matches!(error, LoadError::ReplyTimeout) {
                // Each message without a reply is an error, and `retire` counts one.
                let lost = connection.measured_pending();
                let others = lost.saturating_sub(1);
                self.tally.count_error(LoadError::ReplyTimeout, others);
                self.outstanding = self.outstanding.saturating_sub(lost);
                connection.pending.clear();
            }
            self.retire(slot, connection, End::Failed(error));
        }
    }

    fn overdue(&self, slot: usize, now: Instant) -> Option<LoadError> {
        let connection = self.slots[slot].connection.as_ref()?;
        let waited = now.saturating_duration_since(connection.since);
        let connecting = waited > self.plan.connect_timeout;
        let oldest = connection.pending.front();
        let waited_for_reply = oldest.map(|one| now.saturating_duration_since(one.sent));
        match connection.state {
            State::Connecting if connecting => Some(LoadError::ConnectTimeout),
            State::Handshaking if connecting => Some(LoadError::HandshakeTimeout),
            State::Open if waited_for_reply > Some(self.plan.reply_timeout) => {
                Some(LoadError::ReplyTimeout)
            }
            State::Closing if waited > CLOSE_TIMEOUT => Some(LoadError::Disconnected),
            _ => None,
        }
    }
}
