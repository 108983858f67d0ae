//! One client: socket, conversation, unsent bytes, deadlines. The same under every model.
//!
//! A connection has one owner at a time, who calls it when something may have changed and is told
//! each time what to wait for [`Next`]. It never waits by itself: whether the socket blocks is the
//! model's choice, and a blocking socket has a time-out, so that "it would block" and "nothing came
//! within a tick" are the same answer. That is why one struct serves all models, and why it can
//! change hands between any two calls.
//!
//! **Back-pressure.** While output waits to be taken, no input is read: a client that does not
//! listen cannot make us remember more than one answer to its last burst. Notices cannot be held back
//! that way and are bounded instead: who lets them pile up is dropped.

use super::shared::{Endpoint, Origin, Permit};
use super::socket;
use super::unsent::Unsent;
use crate::clock;
use crate::hub::Numbered;
use crate::protocol::{CloseReason, Conversation, Limits, Status};
use crate::service::{Hub, Notice};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the owner waits for before the next [`Connection::step`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// For input.
    Read,
    /// For room in the socket. Not for input: see back-pressure.
    Write,
    /// For nothing, once the others had their turn: there is more in hand than one burst.
    Again,
    /// It is over: drop it.
    Over,
}

/// Memory for one call, shared by all connections of a thread.
pub struct Scratch {
    input: Box<[u8]>,
    output: Vec<u8>,
}

/// Output memory that is kept for the next call, in sizes of the input. A loop's is used all the time
/// and may hold a few large answers; but with a thread a client there may be a thousand of them.
const KEPT_OUTPUT: usize = 16;

impl Scratch {
    /// Room to read `bytes` at once. A large message takes as many calls as it takes reads.
    pub fn new(bytes: usize) -> Scratch {
        Scratch {
            input: vec![0; bytes].into_boxed_slice(),
            output: Vec::new(),
        }
    }
}

/// See the module.
pub struct Connection {
    stream: TcpStream,
    conversation: Box<dyn Conversation>,
    origin: Origin,
    limits: Arc<Limits>,
    /// What it is told unasked; `None` if its service only answers.
    ear: Option<Ear>,
    stage: Stage,
    /// Output that the socket had no room for. Mostly empty, and then without memory.
    unsent: Unsent,
    /// When `unsent` began to wait or last became shorter.
    progress: Instant,
    /// The read and write time-out that the socket has, while it blocks.
    timeout: Option<Duration>,
    /// The conversation has more to do without more input.
    more: bool,
    /// Bytes received so far.
    received: u64,
    /// Whether the present owner has called [`Connection::step`] yet.
    stepped: bool,
    _permit: Permit,
}

/// Where notices come from, and up to which number they were heard.
struct Ear {
    hub: Arc<Hub>,
    heard: u64,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Talking,
    /// The last word is in `unsent`.
    Farewell(CloseReason),
    /// All is said; what the client still sends is thrown away until then.
    Draining(Instant),
    Closed,
}

impl Connection {
    /// A client that has just been accepted.
    ///
    /// # Errors
    /// When the socket is dead already.
    pub fn new(
        stream: TcpStream,
        conversation: Box<dyn Conversation>,
        origin: Origin,
        endpoint: &Endpoint,
        permit: Permit,
    ) -> io::Result<Connection> {
        // Every answer leaves in one write, so there is nothing for Nagle's algorithm to collect;
        // it would only hold back the second of two answers for the peer's delayed ack (40 ms).
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            conversation,
            origin,
            limits: Arc::clone(&endpoint.limits),
            ear: endpoint.hub().map(|hub| Ear {
                hub: Arc::clone(hub),
                heard: hub.latest(),
            }),
            stage: Stage::Talking,
            unsent: Unsent::default(),
            progress: clock::now(),
            timeout: None,
            more: false,
            received: 0,
            stepped: false,
            _permit: permit,
        })
    }

    /// The index of its endpoint.
    pub fn endpoint(&self) -> usize {
        self.origin.endpoint
    }

    /// The client's number.
    pub fn client(&self) -> u64 {
        self.origin.client
    }

    /// Bytes received so far: what a pool judges a client's diligence by.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// What to do, if nothing new happened.
    pub fn next(&self) -> Next {
        match self.stage {
            Stage::Closed => Next::Over,
            _ if !self.unsent.is_empty() => Next::Write,
            Stage::Talking if self.more => Next::Again,
            Stage::Talking | Stage::Draining(_) | Stage::Farewell(_) => Next::Read,
        }
    }

    // -- Changing hands ---------------------------------------------------------------------------

    /// For an owner that waits in the socket: calls return after `timeout` at the latest.
    pub fn block_for(&mut self, timeout: Duration) -> io::Result<()> {
        if self.timeout != Some(timeout) {
            if self.timeout.is_none() {
                self.stream.set_nonblocking(false)?;
            }
            self.stream.set_read_timeout(Some(timeout))?;
            self.stream.set_write_timeout(Some(timeout))?;
            self.timeout = Some(timeout);
        }
        Ok(())
    }

    /// For an owner that waits elsewhere: calls return at once.
    pub fn never_block(&mut self) -> io::Result<()> {
        self.timeout = None;
        self.stream.set_nonblocking(true)
    }

    /// A new owner begins. Nobody may have listened for a while, which is not the client's fault.
    pub fn resume(&mut self) {
        let now = clock::now();
        self.conversation.restart_timeouts(now);
        self.progress = now;
        self.stepped = false;
    }

    /// Whether the present owner has read from or written to the socket yet. An owner that is stopped
    /// at once may not have had the time.
    pub fn was_stepped(&self) -> bool {
        self.stepped
    }

    // -- The socket -------------------------------------------------------------------------------

    /// Does what [`Connection::next`] says, once.
    ///
    /// # Blocks
    /// As the socket does: not at all, or for a tick.
    pub fn step(&mut self, scratch: &mut Scratch) -> Next {
        self.stepped = true;
        match self.next() {
            Next::Read => self.receive(scratch),
            Next::Write => self.flush(scratch),
            Next::Again => self.go_on(scratch),
            Next::Over => Next::Over,
        }
    }

    /// Reads once, talks, writes once.
    ///
    /// # Blocks
    /// As the socket does: not at all, or for a tick.
    pub fn receive(&mut self, scratch: &mut Scratch) -> Next {
        self.stepped = true;
        let Scratch { input, output } = scratch;
        let room = input.len().min(self.conversation.read_size());
        match self.read(&mut input[..room]) {
            Ok(0) => self.end_of_input(),
            Ok(_) if !self.talking() => {} // draining
            Ok(length) => {
                output.shrink_to(KEPT_OUTPUT * room);
                let now = clock::now();
                self.received += length as u64;
                if let Some(ear) = &mut self.ear
                    && !self.conversation.is_open()
                {
                    ear.heard = ear.hub.latest(); // it hears what is said from its opening on
                }
                let input = &input[..length];
                self.more = self.converse(output, |talk, out| talk.receive(input, out, now))
                    == Status::More;
            }
            Err(error) if would_block(&error) => {}
            Err(error) => self.close(CloseReason::ConnectionLost(error.kind())),
        }
        self.next()
    }

    /// Handles what [`Next::Again`] spoke of.
    fn go_on(&mut self, scratch: &mut Scratch) -> Next {
        let now = clock::now();
        let output = &mut scratch.output;
        self.more = self.converse(output, |talk, out| talk.receive(&[], out, now)) == Status::More;
        self.next()
    }

    /// Writes what is unsent, once.
    fn flush(&mut self, scratch: &mut Scratch) -> Next {
        match self.write(self.unsent.bytes()) {
            Ok(written) => {
                self.unsent.advance(written, &mut scratch.output);
                self.progress = clock::now();
                self.conversation.restart_timeouts(self.progress);
                self.all_sent();
            }
            Err(error) if would_block(&error) => {}
            Err(error) => self.close(CloseReason::ConnectionLost(error.kind())),
        }
        self.next()
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        socket::read(&self.stream, buffer, self.blocks())
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        socket::write(&self.stream, bytes, self.blocks())
    }

    fn blocks(&self) -> bool {
        self.timeout.is_some()
    }

    // -- Time -------------------------------------------------------------------------------------

    /// When [`Connection::expire`] wants to be called, if ever.
    pub fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Draining(until) => Some(until),
            _ if !self.unsent.is_empty() => Some(self.progress + self.limits.stall_timeout),
            _ => self.conversation.deadline(),
        }
    }

    /// Time has passed, possibly not enough of it.
    pub fn expire(&mut self, now: Instant, scratch: &mut Scratch) -> Next {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            match self.stage {
                Stage::Draining(_) => self.stage = Stage::Closed,
                _ if !self.unsent.is_empty() => self.try_once_more(scratch),
                _ => {
                    self.converse(&mut scratch.output, |talk, out| talk.expire(now, out));
                }
            }
        }
        self.next()
    }

    /// The kernel reports room only when a third of its buffer is free (tcp(7)); a client that reads
    /// slowly but steadily may have made less by now. Only writing tells it from one that stalls.
    fn try_once_more(&mut self, scratch: &mut Scratch) {
        let before = self.unsent.len();
        self.flush(scratch);
        if self.unsent.len() == before {
            self.close(CloseReason::TooSlow);
        }
    }

    // -- Notices ----------------------------------------------------------------------------------

    /// Whether it is to hear notices: not before its opening is done.
    pub fn wants_notices(&self) -> bool {
        self.talking() && self.conversation.is_open()
    }

    /// The hub that it hears, if its service pushes.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        self.ear.as_ref().map(|ear| &ear.hub)
    }

    /// Passes a notice on, unless it was heard before; and those before it, if they were not.
    pub fn tell(&mut self, said: &Numbered<Notice>, scratch: &mut Scratch) -> Next {
        match &self.ear {
            Some(ear) if said.seq == ear.heard + 1 && self.wants_notices() => {
                self.push(std::slice::from_ref(said), scratch);
                self.next()
            }
            Some(ear) if said.seq > ear.heard => self.catch_up(scratch),
            _ => self.next(),
        }
    }

    /// Passes on everything that was said since it last heard something.
    pub fn catch_up(&mut self, scratch: &mut Scratch) -> Next {
        if let Some(ear) = &self.ear
            && self.wants_notices()
        {
            match ear.hub.since(ear.heard) {
                Ok(missing) => self.push(&missing, scratch),
                Err(missed) => {
                    log::warn!("{}: missed {} notices", self.origin.address, missed.lost);
                    self.leave(CloseReason::TooSlow, scratch);
                }
            }
        }
        self.next()
    }

    fn push(&mut self, notices: &[Numbered<Notice>], scratch: &mut Scratch) {
        if let (Some(ear), Some(last)) = (&mut self.ear, notices.last()) {
            ear.heard = last.seq;
        }
        self.converse(&mut scratch.output, |talk, out| {
            notices.iter().for_each(|said| talk.notice(&said.item, out));
            Status::Open
        });
        if self.unsent.len() > self.limits.max_unsent_bytes {
            self.close(CloseReason::TooSlow);
        }
    }

    // -- Endings ----------------------------------------------------------------------------------

    /// Ends the conversation with a last word; the connection is over once that is sent and the
    /// client has had a moment to stop talking.
    pub fn leave(&mut self, why: CloseReason, scratch: &mut Scratch) -> Next {
        if self.talking() {
            self.converse(&mut scratch.output, |talk, out| {
                talk.close(why, out);
                Status::Over(why)
            });
        }
        self.next()
    }

    /// Ends it at once with a last word, as far as the socket takes that without waiting.
    pub fn dismiss(mut self, why: CloseReason) {
        let _ = self.never_block();
        let mut scratch = Scratch::new(4096);
        self.leave(why, &mut scratch);
        // Take what was sent already: closing with unread input resets the connection, and the last
        // word with it.
        let _ = self.read(&mut scratch.input);
    }

    fn end_of_input(&mut self) {
        match self.stage {
            Stage::Talking => {
                let why = self.conversation.end_of_input();
                self.begin_farewell(why);
            }
            _ => self.stage = Stage::Closed,
        }
    }

    /// Ends it without another word.
    fn close(&mut self, why: CloseReason) {
        if self.talking() {
            log::debug!("client disconnected: {} ({why})", self.origin.address);
        }
        self.unsent = Unsent::default();
        self.stage = Stage::Closed;
    }

    fn begin_farewell(&mut self, why: CloseReason) {
        log::debug!("client disconnected: {} ({why})", self.origin.address);
        self.stage = Stage::Farewell(why);
        self.all_sent();
    }

    /// If there was a last word, it is out: our half of the connection ends.
    fn all_sent(&mut self) {
        let Stage::Farewell(why) = self.stage else {
            return;
        };
        if !self.unsent.is_empty() {
            return;
        }
        let half_closed = self.stream.shutdown(Shutdown::Write).is_ok();
        self.stage = if why.lingers() && half_closed {
            Stage::Draining(clock::now() + self.limits.linger)
        } else {
            Stage::Closed
        };
    }

    fn talking(&self) -> bool {
        matches!(self.stage, Stage::Talking)
    }

    // -- Conversation and output ------------------------------------------------------------------

    /// Lets the conversation say something and sends it. A panic ends this conversation alone.
    fn converse(
        &mut self,
        output: &mut Vec<u8>,
        say: impl FnOnce(&mut dyn Conversation, &mut Vec<u8>) -> Status,
    ) -> Status {
        output.clear();
        let conversation = &mut *self.conversation;
        let status = catch_unwind(AssertUnwindSafe(|| say(conversation, output)));
        let status = status.unwrap_or_else(|_| {
            self.conversation.close(CloseReason::Panicked, output);
            Status::Over(CloseReason::Panicked)
        });
        self.send(output);
        if let Status::Over(why) = status
            && self.talking()
        {
            self.begin_farewell(why); // unless the socket failed meanwhile
        }
        status
    }

    /// Sends as much as goes in one write and keeps the rest.
    fn send(&mut self, output: &mut Vec<u8>) {
        if output.is_empty() {
            return;
        }
        let mut written = 0;
        if self.unsent.is_empty() {
            match self.write(output) {
                Ok(length) => written = length,
                Err(error) if would_block(&error) => {}
                Err(error) => return self.close(CloseReason::ConnectionLost(error.kind())),
            }
        }
        if written < output.len() {
            if self.unsent.is_empty() {
                self.progress = clock::now();
            }
            self.unsent.keep(output, written);
        }
    }
}

/// `TimedOut` is what some systems say for a time-out of a blocking socket.
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
