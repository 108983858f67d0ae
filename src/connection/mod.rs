//! One client: its socket, conversation, send buffer and deadlines. The same under every model.
//!
//! A connection has one owner at a time. The owner calls it when something may have changed, and each call
//! returns what to wait for ([`Next`]). A connection never waits by itself: whether the socket blocks is the
//! model's choice. A blocking socket has a timeout, so "it would block" and "nothing came within a tick" are
//! the same result. That is why one struct serves all models, and why it can change hands between any
//! two calls.
//!
//! **Back-pressure.** While output waits to be sent, no input is read. So a client that does not read
//! cannot make the server keep more than the replies to its last burst. Notices cannot be held back that
//! way and are bounded instead: a client that lets them pile up is disconnected.

mod notices;
mod permit;
mod scratch;
mod send_buffer;
mod socket;

pub(crate) use permit::{ClientInfo, Permit};
pub use scratch::Scratch;

use crate::clock;
use crate::protocol::{CloseReason, Conversation, Limits, Status, Turn};
use crate::service::Hub;
use notices::NoticeCursor;
use scratch::KEPT_OUTPUT;
use send_buffer::SendBuffer;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the owner waits for before the next [`Connection::step`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait for input.
    Read,
    /// Wait for room in the socket's send buffer, and not for input: see back-pressure.
    Write,
    /// Wait for nothing, but let the other clients have their turn first: more messages have arrived than
    /// one burst handles.
    Again,
    /// The connection is over: drop it.
    Over,
}

/// One client's connection, see the [module](self).
pub struct Connection {
    stream: TcpStream,
    conversation: Box<dyn Conversation>,
    info: ClientInfo,
    limits: Arc<Limits>,
    /// Where it is in the stream of notices; `None` if its service only replies.
    cursor: Option<NoticeCursor>,
    stage: Stage,
    /// Output that the socket had no room for.
    send_buffer: SendBuffer,
    /// When the send buffer was first filled or last became shorter.
    progress: Instant,
    /// Since when no owner has served the client; `None` while one does.
    unserved_since: Option<Instant>,
    /// Bytes received so far.
    received: u64,
    /// The socket's read and write timeout in microseconds while it blocks; 0 while it does not, or before it
    /// is set up. A quarter of an `Option<Duration>`, for the sake of many idle clients.
    timeout_us: u32,
    /// The conversation has messages left that need no more input.
    more: bool,
    /// Whether the present model has used the socket yet.
    stepped: bool,
    _permit: Permit,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Open,
    /// The conversation is over; its last bytes are in the send buffer.
    Closing(CloseReason),
    /// Everything is sent. Until this time, what the client still sends is read and thrown away: closing a
    /// socket with unread input would reset the connection and could destroy our last bytes.
    Draining(Instant),
    Closed,
}

impl Connection {
    /// Wraps the socket of a client that was just accepted. `hub`: the notices that it will receive.
    ///
    /// # Errors
    /// When the socket is dead already.
    pub(crate) fn new(
        stream: TcpStream,
        conversation: Box<dyn Conversation>,
        info: ClientInfo,
        limits: Arc<Limits>,
        hub: Option<Arc<Hub>>,
        permit: Permit,
    ) -> io::Result<Connection> {
        // All replies to one read leave in one write, so Nagle's algorithm has nothing to collect. It
        // would only hold back the second of two writes until the peer's delayed ACK (40 ms).
        stream.set_nodelay(true)?;
        let now = clock::now();
        Ok(Connection {
            stream,
            conversation,
            info,
            limits,
            cursor: hub.map(|hub| NoticeCursor {
                last_seq: hub.latest(),
                hub,
            }),
            stage: Stage::Open,
            send_buffer: SendBuffer::default(),
            progress: now,
            timeout_us: 0,
            more: false,
            received: 0,
            stepped: false,
            unserved_since: Some(now),
            _permit: permit,
        })
    }

    /// The index of its endpoint.
    pub fn endpoint(&self) -> usize {
        self.info.endpoint
    }

    /// The client's number.
    pub fn client(&self) -> u64 {
        self.info.client
    }

    /// Bytes received so far.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Bytes that wait for room in the socket.
    pub fn unsent_bytes(&self) -> usize {
        self.send_buffer.len()
    }

    /// What to wait for, if nothing has changed.
    pub fn next(&self) -> Next {
        match self.stage {
            Stage::Closed => Next::Over,
            _ if !self.send_buffer.is_empty() => Next::Write,
            Stage::Open if self.more => Next::Again,
            Stage::Open | Stage::Draining(_) | Stage::Closing(_) => Next::Read,
        }
    }

    // -- Owners -----------------------------------------------------------------------------------

    /// For an owner that waits in the socket: calls return after `timeout` at the latest.
    ///
    /// # Errors
    /// When the system refuses the timeout.
    pub fn set_blocking(&mut self, timeout: Duration) -> io::Result<()> {
        let timeout_us = u32::try_from(timeout.as_micros())
            .unwrap_or(u32::MAX)
            .max(1);
        if self.timeout_us != timeout_us {
            if self.timeout_us == 0 {
                self.stream.set_nonblocking(false)?;
            }
            let timeout = Some(Duration::from_micros(timeout_us.into()));
            self.stream.set_read_timeout(timeout)?;
            self.stream.set_write_timeout(timeout)?;
            self.timeout_us = timeout_us;
        }
        Ok(())
    }

    /// For an owner that waits elsewhere: calls return at once.
    ///
    /// # Errors
    /// When the socket is dead.
    pub fn set_nonblocking(&mut self) -> io::Result<()> {
        self.timeout_us = 0;
        self.stream.set_nonblocking(true)
    }

    /// An owner begins to serve the client. The client's deadlines move by the time for which it was not
    /// served, which is not its fault, and not by more: otherwise it could outlive them by changing hands.
    pub fn adopt(&mut self) {
        let Some(since) = self.unserved_since.take() else {
            return;
        };
        let unserved = clock::now().saturating_duration_since(since);
        self.conversation.postpone(unserved);
        self.progress += unserved;
        if let Stage::Draining(until) = &mut self.stage {
            *until += unserved;
        }
    }

    /// The owner stops serving the client, which waits for the next one.
    pub fn release(&mut self) {
        self.unserved_since = Some(clock::now());
    }

    /// Whether the present model has used the socket. A model that is stopped at once may not have had the
    /// time.
    pub(crate) fn was_stepped(&self) -> bool {
        self.stepped
    }

    /// The next model begins.
    pub(crate) fn clear_stepped(&mut self) {
        self.stepped = false;
    }

    // -- The socket -------------------------------------------------------------------------------

    /// Does once what [`Connection::next`] says.
    ///
    /// # Blocks
    /// As the socket does: not at all, or for a tick.
    pub fn step(&mut self, scratch: &mut Scratch) -> Next {
        self.stepped = true;
        match self.next() {
            Next::Read => self.receive(scratch),
            Next::Write => self.flush(scratch),
            Next::Again => self.process_more(scratch),
            Next::Over => Next::Over,
        }
    }

    /// Reads once, lets the conversation respond, and writes once.
    ///
    /// # Blocks
    /// As the socket does: not at all, or for a tick.
    pub fn receive(&mut self, scratch: &mut Scratch) -> Next {
        self.stepped = true;
        let Scratch {
            input,
            output,
            interrupt,
        } = scratch;
        let room = input.len().min(self.conversation.read_size());
        match self.read(&mut input[..room]) {
            Ok(0) => self.end_of_input(),
            Ok(_) if !self.is_open() => {} // draining
            Ok(length) => {
                output.shrink_to(KEPT_OUTPUT * room);
                let turn = Turn {
                    now: clock::now(),
                    interrupt,
                };
                self.received += length as u64;
                if let Some(cursor) = &mut self.cursor
                    && !self.conversation.is_open()
                {
                    cursor.last_seq = cursor.hub.latest(); // notices count from the handshake on
                }
                let input = &input[..length];
                self.more = self.converse(output, |conversation, out| {
                    conversation.receive(input, out, turn)
                }) == Status::More;
            }
            Err(error) if would_block(&error) => {}
            Err(error) => self.close_now(CloseReason::ConnectionLost(error.kind())),
        }
        self.next()
    }

    /// Handles the next burst of messages that have already been received.
    fn process_more(&mut self, scratch: &mut Scratch) -> Next {
        let turn = Turn {
            now: clock::now(),
            interrupt: &scratch.interrupt,
        };
        let output = &mut scratch.output;
        self.more = self.converse(output, |conversation, out| {
            conversation.receive(&[], out, turn)
        }) == Status::More;
        self.next()
    }

    /// Writes the send buffer, once.
    fn flush(&mut self, scratch: &mut Scratch) -> Next {
        match self.write(self.send_buffer.bytes()) {
            Ok(written) => {
                self.send_buffer.advance(written, &mut scratch.output);
                self.progress = clock::now();
                self.conversation.restart_timeouts(self.progress);
                self.all_sent();
            }
            Err(error) if would_block(&error) => {}
            Err(error) => self.close_now(CloseReason::ConnectionLost(error.kind())),
        }
        self.next()
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        socket::read(&self.stream, buffer, self.timeout_us > 0)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        socket::write(&self.stream, bytes, self.timeout_us > 0)
    }

    // -- Time -------------------------------------------------------------------------------------

    /// When [`Connection::expire`] has to be called, if ever.
    pub fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Draining(until) => Some(until),
            _ if !self.send_buffer.is_empty() => Some(self.progress + self.limits.stall_timeout),
            // The session's timer is the service's code. If it panics, the deadline is now, and `expire` ends
            // the conversation.
            _ => catch_unwind(AssertUnwindSafe(|| self.conversation.deadline()))
                .unwrap_or(Some(self.progress)),
        }
    }

    /// Acts on the deadline if it has passed; does nothing if this is called too early.
    pub fn expire(&mut self, now: Instant, scratch: &mut Scratch) -> Next {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            match self.stage {
                Stage::Draining(_) => self.stage = Stage::Closed,
                _ if !self.send_buffer.is_empty() => self.flush_or_give_up(scratch),
                _ => {
                    self.converse(&mut scratch.output, |conversation, out| {
                        conversation.expire(now, out)
                    });
                }
            }
        }
        self.next()
    }

    /// The kernel reports room only when a third of its buffer is free (tcp(7)), and a client that reads
    /// slowly but steadily may have freed less by now. Only a write distinguishes it from one that stalls.
    fn flush_or_give_up(&mut self, scratch: &mut Scratch) {
        let before = self.send_buffer.len();
        self.flush(scratch);
        if self.send_buffer.len() == before {
            self.close_now(CloseReason::TooSlow);
        }
    }

    // -- Endings ----------------------------------------------------------------------------------

    /// Ends the conversation politely (with a close frame, where the protocol has one). The connection is
    /// over once that is sent and the client has had a moment to stop sending.
    pub fn close(&mut self, why: CloseReason, scratch: &mut Scratch) -> Next {
        if self.is_open() {
            self.converse(&mut scratch.output, |conversation, out| {
                conversation.close(why, out);
                Status::Over(why)
            });
        }
        self.next()
    }

    /// Closes without waiting: the client is told why only if its socket takes that at once.
    pub fn reject(mut self, why: CloseReason) {
        let _ = self.set_nonblocking();
        let mut scratch = Scratch::one_by_one(4096);
        self.close(why, &mut scratch);
        // Read what has arrived: closing with unread input resets the connection, and the explanation
        // would be lost.
        let _ = self.read(&mut scratch.input);
    }

    fn end_of_input(&mut self) {
        match self.stage {
            Stage::Open => {
                let why = self.conversation.end_of_input();
                self.begin_closing(why);
            }
            _ => self.stage = Stage::Closed,
        }
    }

    /// Closes at once, without telling the client.
    fn close_now(&mut self, why: CloseReason) {
        if self.is_open() {
            log::debug!("client disconnected: {} ({why})", self.info.address);
        }
        self.send_buffer = SendBuffer::default();
        self.stage = Stage::Closed;
    }

    fn begin_closing(&mut self, why: CloseReason) {
        log::debug!("client disconnected: {} ({why})", self.info.address);
        self.stage = Stage::Closing(why);
        self.all_sent();
    }

    /// The send buffer may have become empty: if the conversation is over, our half of the connection
    /// ends.
    fn all_sent(&mut self) {
        let Stage::Closing(why) = self.stage else {
            return;
        };
        if !self.send_buffer.is_empty() {
            return;
        }
        let half_closed = self.stream.shutdown(Shutdown::Write).is_ok();
        self.stage = if why.lingers() && half_closed {
            Stage::Draining(clock::now() + self.limits.linger)
        } else {
            Stage::Closed
        };
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }

    // -- Conversation and output ------------------------------------------------------------------

    /// Lets the conversation respond and sends what it appended. A panic ends this conversation alone.
    fn converse(
        &mut self,
        output: &mut Vec<u8>,
        respond: impl FnOnce(&mut dyn Conversation, &mut Vec<u8>) -> Status,
    ) -> Status {
        output.clear();
        let conversation = &mut *self.conversation;
        let status = catch_unwind(AssertUnwindSafe(|| respond(conversation, output)));
        let status = status.unwrap_or_else(|_| {
            self.conversation.close(CloseReason::Panicked, output);
            Status::Over(CloseReason::Panicked)
        });
        self.send(output);
        if let Status::Over(why) = status
            && self.is_open()
        {
            self.begin_closing(why); // unless the socket failed in `send`
        }
        status
    }

    /// Sends as much as one write takes and keeps the rest.
    fn send(&mut self, output: &mut Vec<u8>) {
        if output.is_empty() {
            return;
        }
        let mut written = 0;
        if self.send_buffer.is_empty() {
            match self.write(output) {
                Ok(length) => written = length,
                Err(error) if would_block(&error) => {}
                Err(error) => return self.close_now(CloseReason::ConnectionLost(error.kind())),
            }
        }
        if written < output.len() {
            if self.send_buffer.is_empty() {
                self.progress = clock::now();
            }
            self.send_buffer.keep(output, written);
        }
    }
}

/// Some systems report the timeout of a blocking socket as `TimedOut`.
fn would_block(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
