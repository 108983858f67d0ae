//! What the connections of a thread say and hear: the hot path.
//!
//! **Where it breaks:** in a closed loop a client asks again when it has been answered. A server that
//! stalls is then asked less, and the stall is measured once a connection; see [`schedule`].
//!
//! [`schedule`]: super::schedule

use super::connection::{Connection, Pending, Role, State};
use super::dialing::End;
use super::frames::Piece;
use super::payload::Tag;
use super::phase::Phase;
use super::plan::Check;
use super::tally::Fault;
use super::wire;
use super::worker::{Due, Worker};
use crate::aio::Interest;
use crate::clock;
use std::time::{Duration, Instant};

/// What a client that never reads sends in a turn, and at all: a server that only ever reads would
/// keep the generator busy with it.
const FLOOD: usize = 64 * 1024;
const FLOOD_MAX: u64 = 64 * 1024 * 1024;

/// Words that a server may put around a message, for an answer that has to be had whole.
const AROUND: usize = 64 * 1024;

impl Worker {
    // -- Asking -----------------------------------------------------------------------------------

    /// The first messages of a client of a closed loop. Clients that think begin apart, or they would
    /// come together for ever.
    pub(super) fn begin_asking(&mut self, slot: usize) {
        let of = &self.plan.parameters;
        let now = clock::now();
        let think = Duration::from_secs_f64(of.think_seconds);
        if think.is_zero() {
            let at_once = (of.in_flight as u64).min(self.life());
            for _ in 0..at_once {
                self.ask(slot, now, now);
            }
        } else if let Some(connection) = &self.slots[slot].connection {
            let share = self.slots[slot].number as f64 / of.connections.max(1) as f64;
            let due = Due::Think(slot, connection.generation);
            for _ in 0..of.in_flight {
                self.timers.arm(now + think.mul_f64(share), due);
            }
        }
    }

    /// A message is due: sends it if there is a connection for it.
    pub(super) fn ask(&mut self, slot: usize, due: Instant, now: Instant) {
        if self.slots[slot].role == Role::Publishes {
            return self.publish(slot, due, now);
        }
        let life = self.life();
        let place = &mut self.slots[slot];
        let open = |it: &&mut Box<Connection>| it.state == State::Open && it.sent < life;
        if place.connection.as_mut().filter(open).is_none() {
            if !place.dead {
                place.owed.push_back(due);
            } else if self.phase == Phase::Measuring && self.budget != Some(0) {
                self.tally.fault(Fault::NotSent, 1);
                self.budget = self.budget.map(|left| left - 1);
            }
            return;
        }
        if let Some(mut connection) = place.connection.take() {
            self.send(slot, &mut connection, due, now);
            match self.flush(&mut connection) {
                Ok(()) => self.slots[slot].connection = Some(connection),
                Err(end) => self.retire(slot, connection, end),
            }
        }
    }

    /// Puts a message behind what is to go out.
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
        self.awaited += u64::from(pending.measured);
        let tag = Tag {
            talker: self.slots[slot].number,
            number: connection.sent,
        };
        connection.sent += 1;
        connection.pending.push_back(pending);
        connection.out.push(&mut self.message, tag);
    }

    /// A message that leaves now; `None` if enough have left.
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

    pub(super) fn has_thought(&mut self, slot: usize, generation: u64, now: Instant) {
        let connection = self.slots[slot].connection.as_ref();
        if connection.is_some_and(|it| it.generation == generation) {
            self.ask(slot, now, now);
        }
    }

    /// The next message of a closed loop.
    fn ask_again(&mut self, slot: usize, connection: &mut Connection, now: Instant) {
        if self.plan.parameters.rate_per_second.is_some() || connection.sent >= self.life() {
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

    // -- Hearing ----------------------------------------------------------------------------------

    /// One read, and what follows from it, with one write.
    pub(super) fn read(&mut self, slot: usize, connection: &mut Connection) -> Result<(), End> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let read = wire::receive(&*connection.socket, &mut buffer);
        let now = clock::now();
        let heard = match read {
            Ok(None) => Ok(()),
            Ok(Some(0)) => Err(Fault::HungUp.into()),
            Ok(Some(length)) => self.hear(slot, connection, &buffer[..length], now),
            Err(error) => Err(Fault::lost(&error).into()),
        };
        self.buffer = buffer;
        heard?;
        let lived = connection.state == State::Open && connection.heard >= self.life();
        if lived && self.slots[slot].role == Role::Talks {
            return self.say_goodbye(connection, now);
        }
        self.flush(connection)
    }

    fn hear(
        &mut self,
        slot: usize,
        connection: &mut Connection,
        mut bytes: &[u8],
        now: Instant,
    ) -> Result<(), End> {
        if connection.state == State::Shaking {
            let Some(rest) = self.shake(connection, bytes)? else {
                return Ok(());
            };
            self.opened(slot, connection, now)?;
            bytes = rest;
        }
        if self.plan.target.is_raw() {
            while !bytes.is_empty() {
                let length = self.answers.length() - connection.offset;
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
            .map_err(Fault::BrokenFrame)?
        {
            match piece {
                Piece::Data { bytes, text, last } => {
                    self.data(slot, connection, bytes, (text, last), now)?;
                }
                Piece::Ping => {
                    let out = connection.out.bytes();
                    self.message.control(10, connection.frames.control(), out);
                }
                Piece::Pong => {}
                Piece::Close(_) if connection.state == State::Closing => return Ok(()),
                Piece::Close(code) => {
                    let payload = connection.frames.control();
                    self.message.control(8, payload, connection.out.bytes());
                    let _ = self.flush(connection);
                    return Err(Fault::ClosedByServer(code).into());
                }
            }
        }
        Ok(())
    }

    /// Bytes of a message; `kind`: whether it is text, and whether these are its last.
    #[inline]
    fn data(
        &mut self,
        slot: usize,
        connection: &mut Connection,
        bytes: &[u8],
        (text, last): (bool, bool),
        now: Instant,
    ) -> Result<(), End> {
        let place = &self.slots[slot];
        let talker = match place.role {
            Role::Idle | Role::SlowReader => return Ok(()),
            Role::Talks => place.number,
            Role::Publishes | Role::Subscribes => 0,
        };
        let tag = Tag {
            talker,
            number: connection.heard,
        };
        if self.answers.wants_whole() || !connection.gathered.is_empty() {
            connection.gathered.extend_from_slice(bytes);
            connection.offset += bytes.len();
            if connection.gathered.len() > self.answers.length() + AROUND {
                return Err(Fault::WrongAnswer.into());
            }
            if last {
                let whole = std::mem::take(&mut connection.gathered);
                let fits = match self.answers.wants_whole() {
                    true => self.answers.learn(tag, &whole),
                    false => self.answers.fits(tag, 0, &whole),
                };
                connection.wrong |= !fits;
            }
        } else {
            let offset = connection.offset;
            connection.wrong |= !self.answers.fits(tag, offset, bytes);
            connection.offset += bytes.len();
        }
        if last {
            let same_kind = text == self.plan.parameters.text
                || matches!(self.plan.check, Check::None | Check::Length);
            let fits = self.answers.is_length(connection.offset) && same_kind;
            let right = fits && !std::mem::take(&mut connection.wrong);
            connection.offset = 0;
            self.message(slot, connection, right, now);
        }
        Ok(())
    }

    /// A whole message has come.
    fn message(&mut self, slot: usize, connection: &mut Connection, right: bool, now: Instant) {
        let role = self.slots[slot].role;
        let number = connection.heard;
        connection.heard += 1;
        let pending = match role {
            Role::Talks => connection.pending.pop_front(),
            Role::Subscribes => self.publications.delivered(number),
            _ => None,
        };
        let Some(pending) = pending else {
            connection.heard -= u64::from(role == Role::Talks);
            return self.tally.fault(Fault::Unasked, 1);
        };
        if pending.measured {
            self.awaited = self.awaited.saturating_sub(1);
            if right {
                let since_due = now.saturating_duration_since(pending.due);
                let since_sent = now.saturating_duration_since(pending.sent);
                self.tally.took(since_due, since_sent);
                if self.phase == Phase::Measuring {
                    let measured = now.saturating_duration_since(self.measuring_since);
                    self.tally.answered(measured.as_secs());
                }
            }
        }
        if !right {
            self.tally.fault(Fault::WrongAnswer, 1);
        }
        match role {
            Role::Talks => self.ask_again(slot, connection, now),
            _ => self.publish_again(now),
        }
    }

    // -- Publishing -------------------------------------------------------------------------------

    fn publish(&mut self, slot: usize, due: Instant, now: Instant) {
        let Some(mut connection) = self.slots[slot].connection.take() else {
            return;
        };
        if let Some(pending) = self.pending(due, now) {
            self.awaited += u64::from(pending.measured) * self.subscribers;
            self.publications.push(pending, self.subscribers);
            let tag = Tag {
                talker: 0,
                number: connection.sent,
            };
            connection.sent += 1;
            connection.out.push(&mut self.message, tag);
        }
        match self.flush(&mut connection) {
            Ok(()) => self.slots[slot].connection = Some(connection),
            Err(end) => self.retire(slot, connection, end),
        }
    }

    /// In a closed loop the next message goes out when the one before has come to everybody.
    pub(super) fn publish_again(&mut self, now: Instant) {
        let of = &self.plan.parameters;
        if of.rate_per_second.is_some() || self.publications.len() >= of.in_flight.max(1) {
            return;
        }
        let publisher = |slot: &super::worker::Slot| slot.role == Role::Publishes;
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
            self.ask(slot, now, now);
        }
    }

    /// A publication that does not come to everybody must not stop those after it.
    pub(super) fn give_up_publications(&mut self, now: Instant) {
        let Some(then) = now.checked_sub(self.plan.answer_timeout) else {
            return;
        };
        while let Some((missing, next)) = self.publications.give_up(then) {
            self.tally.fault(Fault::NoAnswer, missing);
            self.awaited = self.awaited.saturating_sub(missing);
            for slot in &mut self.slots {
                if let (Role::Subscribes, Some(connection)) = (slot.role, &mut slot.connection) {
                    connection.heard = connection.heard.max(next);
                }
            }
            self.publish_again(now);
        }
    }

    // -- Never reading ----------------------------------------------------------------------------

    pub(super) fn begin_flooding(&mut self, slot: usize) {
        if let Some(connection) = &mut self.slots[slot].connection {
            // The poller refuses nothing that it has accepted once.
            let _ = connection.socket.set_interest(Interest::Write);
        }
    }

    pub(super) fn flood(&mut self, connection: &mut Connection) -> Result<(), End> {
        let mut room = FLOOD;
        let most = FLOOD_MAX / self.message.frame_length().max(1) as u64;
        let interest = loop {
            if !connection.out.is_empty()
                && !connection
                    .out
                    .flush(&connection.socket, &mut self.message)
                    .map_err(|error| Fault::lost(&error))?
            {
                break Interest::Write;
            }
            if connection.sent > most || self.phase >= Phase::Draining {
                break Interest::Nothing;
            }
            if room == 0 {
                break Interest::Write;
            }
            let tag = Tag {
                talker: 0,
                number: connection.sent,
            };
            connection.sent += 1;
            connection.out.push(&mut self.message, tag);
            room = room.saturating_sub(self.message.frame_length());
        };
        let asked = connection.socket.set_interest(interest);
        asked.map_err(|error| Fault::lost(&error).into())
    }
}
