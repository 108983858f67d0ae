//! One connection of the generator: its state, and what it still has to send.
//!
//! A connection never waits itself. Small messages are copied into one buffer and leave with one system
//! call. Large ones are sent from one frame that all connections share, so a hundred connections with a
//! megabyte in flight each do not need a hundred megabytes here.
//!
//! **Where it breaks:** a message counts as sent when it is queued here. If the socket is full, it waits for
//! the server, and that counts as the server's time.

use super::frames::FrameReader;
use super::payload::{Message, Tag};
use super::socket;
use crate::aio::{Interest, Watched};
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

/// Frames up to this size are copied, so that several leave at once. Copying 8 KiB costs less than a system
/// call.
const COPY_MAX: usize = 8192;

/// The purpose of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Sends messages and reads replies.
    Active,
    Idle,
    /// Sends but never reads.
    SlowReader,
    Publisher,
    Subscriber,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Connecting,
    /// The request of the handshake was sent.
    Handshaking,
    Open,
    /// The close frame was sent.
    Closing,
}

/// A message in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    pub(super) due: Instant,
    pub(super) sent: Instant,
    pub(super) measured: bool,
}

pub(super) struct Connection {
    pub(super) socket: Watched<OwnedFd>,
    /// Unique, so that an event for an earlier connection of the slot is ignored.
    pub(super) generation: u64,
    pub(super) state: State,
    /// When the state began.
    pub(super) since: Instant,
    /// The response to the handshake, as far as it has arrived.
    pub(super) head: Vec<u8>,
    pub(super) frames: FrameReader,
    pub(super) out: Outgoing,
    /// Messages without a reply, oldest first.
    pub(super) pending: VecDeque<Pending>,
    pub(super) sent: u64,
    pub(super) received: u64,
    /// How much of the next reply has arrived, and whether that was wrong.
    pub(super) offset: usize,
    pub(super) wrong: bool,
    /// The next reply so far, if it is needed as a whole.
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

    /// Queues the next message.
    #[inline]
    pub(super) fn queue(&mut self, message: &mut Message, client: u64) {
        let number = self.sent;
        self.sent += 1;
        self.out.push(message, Tag { client, number });
    }

    /// Sends what the socket takes. The loop reports when there is room for the rest.
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

/// Bytes and messages that are still to be sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    /// How many of them were sent.
    bytes_sent: usize,
    /// Large messages. `large_sent` bytes of the first were sent.
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

    /// For what is not a numbered message. It is sent before large messages that have not begun.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.large.is_empty()
    }

    /// Returns whether all was sent.
    pub(super) fn flush(
        &mut self,
        socket: &Watched<OwnedFd>,
        message: &mut Message,
    ) -> io::Result<bool> {
        loop {
            if self.large_sent == 0 && self.bytes_sent < self.bytes.len() {
                let count = socket::send(&**socket, &self.bytes[self.bytes_sent..])?;
                if count == 0 {
                    return Ok(false);
                }
                self.bytes_sent += count;
                if self.bytes_sent == self.bytes.len() {
                    self.bytes.clear();
                    self.bytes_sent = 0;
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
