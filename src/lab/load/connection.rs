//! One connection of the generator: where it stands, and what of it is still to go out.
//!
//! It is at rest between two events and waits for nothing itself. Small messages are copied one behind
//! the other and leave with one system call; large ones are sent from the one frame that all share, so
//! that a hundred connections with a megabyte under way each need no hundred megabytes here.
//!
//! **Where it breaks:** a message counts as sent when it is handed over here. If the socket is full it
//! waits for the server, and that is the server's time.

use super::frames::FrameReader;
use super::payload::{Message, Tag};
use super::socket;
use crate::aio::{Interest, Watched};
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

/// Frames up to this are copied, so that several go out at once; 8 KiB costs less to copy than a
/// system call costs.
const COPY_MAX: usize = 8192;

/// What a connection is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Asks and is answered.
    Active,
    Idle,
    /// Asks and never reads.
    SlowReader,
    Publisher,
    Subscriber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    /// Its request is out.
    Handshaking,
    Open,
    /// Its close frame is out.
    Closing,
}

/// A message under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    /// When it should have left.
    pub(super) due: Instant,
    pub(super) sent: Instant,
    pub(super) measured: bool,
}

pub(super) struct Connection {
    pub(super) socket: Watched<OwnedFd>,
    /// No other connection has it: an event for one that is gone reaches nobody.
    pub(super) generation: u64,
    pub(super) state: State,
    /// When that state began.
    pub(super) since: Instant,
    /// As much of the answer to the handshake as has come.
    pub(super) head: Vec<u8>,
    pub(super) frames: FrameReader,
    pub(super) out: Outgoing,
    /// Not yet answered, oldest first.
    pub(super) pending: VecDeque<Pending>,
    pub(super) sent: u64,
    pub(super) received: u64,
    /// Of the answer that is coming: how much has come, and whether that was wrong.
    pub(super) offset: usize,
    pub(super) wrong: bool,
    /// An answer that has to be had whole.
    pub(super) partial_reply: Vec<u8>,
}

impl Connection {
    pub(super) fn new(socket: Watched<OwnedFd>, generation: u64, now: Instant) -> Connection {
        Connection {
            socket,
            generation,
            state: State::Connecting,
            since: now,
            head: Vec::new(),
            frames: FrameReader::default(),
            out: Outgoing::default(),
            pending: VecDeque::new(),
            sent: 0,
            received: 0,
            offset: 0,
            wrong: false,
            partial_reply: Vec::new(),
        }
    }

    pub(super) fn set_state(&mut self, state: State, now: Instant) {
        (self.state, self.since) = (state, now);
    }

    /// Sends what it can, and has the rest wait for room.
    ///
    /// # Errors
    /// Those of send(2): the connection is over.
    pub(super) fn flush(&mut self, message: &mut Message) -> io::Result<()> {
        let all_sent = self.out.flush(&self.socket, message)?;
        self.socket.set_interest(if all_sent {
            Interest::Read
        } else {
            Interest::ReadWrite
        })
    }

    pub(super) fn measured_pending(&self) -> u64 {
        self.pending.iter().filter(|one| one.measured).count() as u64
    }
}

/// What is still to go out.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    /// How much of them has gone.
    gone: usize,
    /// Large messages, of which the first has gone as far as `large_sent`.
    large: VecDeque<Tag>,
    large_sent: usize,
}

impl Outgoing {
    #[inline]
    pub(super) fn push(&mut self, message: &mut Message, tag: Tag) {
        if message.frame_length() <= COPY_MAX {
            self.bytes.extend_from_slice(message.frame(tag));
        } else {
            self.large.push_back(tag);
        }
    }

    /// For what is not a numbered message. Goes before large messages that have not begun.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.large.is_empty()
    }

    /// Whether all has gone.
    pub(super) fn flush(
        &mut self,
        socket: &Watched<OwnedFd>,
        message: &mut Message,
    ) -> io::Result<bool> {
        loop {
            if self.large_sent == 0 && self.gone < self.bytes.len() {
                let count = socket::send(&**socket, &self.bytes[self.gone..])?;
                if count == 0 {
                    return Ok(false);
                }
                self.gone += count;
                if self.gone == self.bytes.len() {
                    self.bytes.clear();
                    self.gone = 0;
                }
                continue;
            }
            let Some(tag) = self.large.front() else {
                return Ok(true);
            };
            let frame = message.frame(*tag);
            let count = socket::send(&**socket, &frame[self.large_sent..])?;
            if count == 0 {
                return Ok(false);
            }
            self.large_sent += count;
            if self.large_sent == frame.len() {
                self.large.pop_front();
                self.large_sent = 0;
            }
        }
    }
}
