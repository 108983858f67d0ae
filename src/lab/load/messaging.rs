//! The messages and replies of a thread's connections: the hot path.
//!
//! **Where it breaks:** in a closed loop, a client sends again when it has its reply. So clients send less to
//! a server that stalls, and each records only one slow sample; see [`schedule`].
//!
//! [`schedule`]: super::schedule

use super::connection::{Connection, Pending, Role, State};
use super::frames::FramePart;
use super::lifecycle::End;
use super::payload::Tag;
use super::phase::Phase;
use super::plan::Check;
use super::socket;
use super::tally::LoadError;
use super::worker::{Due, Worker};
use crate::aio::Interest;
use crate::clock;
use std::time::{Duration, Instant};

/// How much a client that never reads sends per turn and in total. Without a limit, a server that reads all
/// of it would keep the generator busy.
const FLOOD_PER_TURN: usize = 64 * 1024;
const MAX_FLOOD: u64 = 64 * 1024 * 1024;

/// The most that a server may add to a message in a reply that is needed as a whole.
const MAX_REPLY_EXTRA: usize = 64 * 1024;

impl Worker {
    // -- Sending ----------------------------------------------------------------------------------

    /// Sends the first messages of a client in a closed loop. Clients with a think time begin at different
    /// times, or they would always send together.
    pub(super) fn start_sending(&mut self, slot: usize) {
        let of = &self.plan.parameters;
        let now = clock::now();
        let think = Duration::from_secs_f64(of.think_seconds);
        if think.is_zero() {
            let at_once = (of.in_flight as u64).min(self.lifetime());
            for _ in 0..at_once {
                self.send_due(slot, now, now);
            }
        } else if let Some(connection) = &self.slots[slot].connection {
            let share = self.slots[slot].number as f64 / of.connections.max(1) as f64;
            let due = Due::Think(slot, connection.generation);
            for _ in 0..of.in_flight {
                self.timers.arm(now + think.mul_f64(share), due);
            }
        }
    }

    /// Sends a message that is due, or keeps it until the connection is open.
    pub(super) fn send_due(&mut self, slot: usize, due: Instant, now: Instant) {
        if self.slots[slot].role == Role::Publisher {
            return self.publish(slot, due, now);
        }
        let lifetime = self.lifetime();
        let entry = &mut self.slots[slot];
        let open = |it: &&mut Box<Connection>| it.state == State::Open && it.sent < lifetime;
        if entry.connection.as_mut().filter(open).is_none() {
            if !entry.retired {
                entry.backlog.push_back(due);
            } else if self.phase == Phase::Measuring && self.budget != Some(0) {
                self.tally.count_error(LoadError::NotSent, 1);
                self.budget = self.budget.map(|left| left - 1);
            }
            return;
        }
        if let Some(mut connection) = entry.connection.take() {
            self.send(slot, &mut connection, due, now);
            let result = self.flush(&mut connection);
            self.put_back(slot, connection, result);
        }
    }

    /// Queues a message.
    #[inline]
    pub(super) fn send(
        &mut self,
        slot: usize,
        connection: &mut Connection,
        due: Instant,
        now: Instant,
    ) {
        let Some(pending) = self.pending(due, now) else {
            return;
        };
        self.outstanding += u64::from(pending.measured);
        connection.pending.push_back(pending);
        connection.queue(&mut self.message, self.slots[slot].number);
    }

    /// A message that is sent now; `None` if enough were sent.
    fn pending(&mut self, due: Instant, now: Instant) -> Option<Pending> {
        let measured = match self.phase {
            Phase::WarmingUp => false,
            Phase::Measuring => true,
            _ => return None,
        };
        if measured {
            if let Some(budget) = &mut self.budget {
                *budget = budget.checked_sub(1)?;
            }
            self.tally.sent += 1;
        }
        Some(Pending {
            due,
            sent: now,
            measured,
        })
    }

    pub(super) fn after_think_time(&mut self, slot: usize, generation: u64, now: Instant) {
        let connection = self.slots[slot].connection.as_ref();
        if connection.is_some_and(|it| it.generation == generation) {
            self.send_due(slot, now, now);
        }
    }

    /// Sends the next message of a closed loop.
    fn send_next(&mut self, slot: usize, connection: &mut Connection, now: Instant) {
        if self.plan.parameters.rate_per_second.is_some() || connection.sent >= self.lifetime() {
            return;
        }
        if self.plan.parameters.think_seconds > 0.0 {
            let think = Duration::from_secs_f64(self.plan.parameters.think_seconds);
            let due = Due::Think(slot, connection.generation);
            self.timers.arm(now + think, due);
        } else {
            self.send(slot, connection, now, now);
        }
    }

    // -- Receiving --------------------------------------------------------------------------------

    /// One read, and one write for all that follows from it.
    pub(super) fn read(&mut self, slot: usize, connection: &mut Connection) -> Result<(), End> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let read = socket::receive(&*connection.socket, &mut buffer);
        let now = clock::now();
        let received = match read {
            Ok(None) => Ok(()),
            Ok(Some(0)) => Err(LoadError::Disconnected.into()),
            Ok(Some(length)) => self.on_bytes(slot, connection, &buffer[..length], now),
            Err(error) => Err(LoadError::connection_lost(&error).into()),
        };
        self.buffer = buffer;
        received?;
        let is_used_up = connection.state == State::Open && connection.received >= self.lifetime();
        if is_used_up && self.slots[slot].role == Role::Active {
            return self.start_close(connection, now);
        }
        self.flush(connection)
    }

    fn on_bytes(
        &mut self,
        slot: usize,
        connection: &mut Connection,
        mut bytes: &[u8],
        now: Instant,
    ) -> Result<(), End> {
        if connection.state == State::Handshaking {
            let Some(rest) = self.on_handshake(connection, bytes)? else {
                return Ok(());
            };
            self.opened(slot, connection, now);
            bytes = rest;
        }
        if self.plan.target.is_raw() {
            while !bytes.is_empty() {
                let length = self.replies.length() - connection.offset;
                let (piece, rest) = bytes.split_at(length.min(bytes.len()));
                let text = self.plan.parameters.text;
                self.data(slot, connection, piece, (text, piece.len() == length), now)?;
                bytes = rest;
            }
            return Ok(());
        }
        while let Some(piece) = connection
            .frames
            .next(&mut bytes)
            .map_err(LoadError::InvalidFrame)?
        {
            match piece {
                FramePart::Data { bytes, text, last } => {
                    self.data(slot, connection, bytes, (text, last), now)?;
                }
                FramePart::Ping => {
                    let out = connection.out.bytes();
                    self.message.control(10, connection.frames.control(), out);
                }
                FramePart::Pong => {}
                FramePart::Close(_) if connection.state == State::Closing => return Ok(()),
                FramePart::Close(code) => {
                    let payload = connection.frames.control();
                    self.message.control(8, payload, connection.out.bytes());
                    let _ = self.flush(connection);
                    return Err(LoadError::ClosedByServer(code).into());
                }
            }
        }
        Ok(())
    }

    /// Bytes of a message; the pair says whether it is text, and whether these are its last bytes.
    #[inline]
    fn data(
        &mut self,
        slot: usize,
        connection: &mut Connection,
        bytes: &[u8],
        (text, last): (bool, bool),
        now: Instant,
    ) -> Result<(), End> {
        let entry = &self.slots[slot];
        let client = match entry.role {
            Role::Idle | Role::SlowReader => return Ok(()),
            Role::Active => entry.number,
            Role::Publisher | Role::Subscriber => 0,
        };
        let tag = Tag {
            client,
            number: connection.received,
        };
        if self.replies.needs_whole() || !connection.partial_reply.is_empty() {
            connection.partial_reply.extend_from_slice(bytes);
            connection.offset += bytes.len();
            if connection.partial_reply.len() > self.replies.length() + MAX_REPLY_EXTRA {
                return Err(LoadError::WrongReply.into());
            }
            if last {
                let whole = std::mem::take(&mut connection.partial_reply);
                let fits = if self.replies.needs_whole() {
                    self.replies.learn(tag, &whole)
                } else {
                    self.replies.fits(tag, 0, &whole)
                };
                connection.wrong |= !fits;
            }
        } else {
            let offset = connection.offset;
            connection.wrong |= !self.replies.fits(tag, offset, bytes);
            connection.offset += bytes.len();
        }
        if last {
            let same_kind = text == self.plan.parameters.text
                || matches!(self.plan.check, Check::None | Check::Length);
            let fits = self.replies.is_length(connection.offset) && same_kind;
            let right = fits && !std::mem::take(&mut connection.wrong);
            connection.offset = 0;
            self.message(slot, connection, right, now);
        }
        Ok(())
    }

    /// A message is complete.
    fn message(&mut self, slot: usize, connection: &mut Connection, right: bool, now: Instant) {
        let role = self.slots[slot].role;
        let number = connection.received;
        connection.received += 1;
        let pending = match role {
            Role::Active => connection.pending.pop_front(),
            Role::Subscriber => self.publications.delivered(number),
            _ => None,
        };
        let Some(pending) = pending else {
            connection.received -= u64::from(role == Role::Active);
            return self.tally.count_error(LoadError::Unsolicited, 1);
        };
        if pending.measured {
            self.outstanding = self.outstanding.saturating_sub(1);
            if right {
                let since_due = now.saturating_duration_since(pending.due);
                let since_sent = now.saturating_duration_since(pending.sent);
                self.tally.record(since_due, since_sent);
                if self.phase == Phase::Measuring {
                    let measured = now.saturating_duration_since(self.measuring_start);
                    self.tally.count_reply(measured.as_secs());
                }
            }
        }
        if !right {
            self.tally.count_error(LoadError::WrongReply, 1);
        }
        match role {
            Role::Active => self.send_next(slot, connection, now),
            _ => self.publish_next(now),
        }
    }

    // -- Publishing -------------------------------------------------------------------------------

    fn publish(&mut self, slot: usize, due: Instant, now: Instant) {
        let Some(mut connection) = self.slots[slot].connection.take() else {
            return;
        };
        if let Some(pending) = self.pending(due, now) {
            self.outstanding += u64::from(pending.measured) * self.subscribers;
            self.publications.push(pending, self.subscribers);
            connection.queue(&mut self.message, 0);
        }
        let result = self.flush(&mut connection);
        self.put_back(slot, connection, result);
    }

    /// In a closed loop, the next message is published when all subscribers have the one before.
    pub(super) fn publish_next(&mut self, now: Instant) {
        let of = &self.plan.parameters;
        if of.rate_per_second.is_some() || self.publications.len() >= of.in_flight.max(1) {
            return;
        }
        let publisher = |slot: &super::worker::Slot| slot.role == Role::Publisher;
        let Some(slot) = self.slots.iter().position(publisher) else {
            return;
        };
        if of.think_seconds > 0.0 {
            let think = Duration::from_secs_f64(of.think_seconds);
            if let Some(connection) = &self.slots[slot].connection {
                let due = Due::Think(slot, connection.generation);
                self.timers.arm(now + think, due);
            }
        } else {
            self.send_due(slot, now, now);
        }
    }

    /// A publication that does not reach all subscribers must not stop those after it.
    pub(super) fn time_out_publications(&mut self, now: Instant) {
        let Some(then) = now.checked_sub(self.plan.reply_timeout) else {
            return;
        };
        while let Some((missing, next)) = self.publications.time_out(then) {
            self.tally.count_error(LoadError::ReplyTimeout, missing);
            self.outstanding = self.outstanding.saturating_sub(missing);
            for slot in &mut self.slots {
                if let (Role::Subscriber, Some(connection)) = (slot.role, &mut slot.connection) {
                    connection.received = connection.received.max(next);
                }
            }
            self.publish_next(now);
        }
    }

    // -- Never reading ----------------------------------------------------------------------------

    pub(super) fn start_flooding(&mut self, slot: usize) {
        if let Some(connection) = &mut self.slots[slot].connection {
            // The poller accepts what it has accepted once.
            let _ = connection.socket.set_interest(Interest::Write);
        }
    }

    pub(super) fn flood(&mut self, connection: &mut Connection) -> Result<(), End> {
        let mut room = FLOOD_PER_TURN;
        let max_messages = MAX_FLOOD / self.message.frame_length().max(1) as u64;
        let interest = loop {
            if !connection.out.is_empty()
                && !connection
                    .out
                    .flush(&connection.socket, &mut self.message)
                    .map_err(|error| LoadError::connection_lost(&error))?
            {
                break Interest::Write;
            }
            if connection.sent > max_messages || self.phase >= Phase::Draining {
                break Interest::Nothing;
            }
            if room == 0 {
                break Interest::Write;
            }
            connection.queue(&mut self.message, 0);
            room = room.saturating_sub(self.message.frame_length());
        };
        let result = connection.socket.set_interest(interest);
        result.map_err(|error| LoadError::connection_lost(&error).into())
    }
}
