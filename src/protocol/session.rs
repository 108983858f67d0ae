//! The open part of a WebSocket conversation: messages out of bytes, one burst at a time.
//!
//! tungstenite reads from and writes to a stream. Here the stream is memory ([`MemoryStream`]): the
//! bytes that arrived, and the buffer of bytes to send. So the library's traps with sockets that would
//! block cannot occur.
//!
//! A client with no half-received message has no library state at all. A context that holds nothing is
//! like any other, so it is dropped at the end of the call and made again for the next input.
//! [`FrameTracker`] knows when.

use super::encode::Frames;
use super::frames::FrameTracker;
use super::limits::Limits;
use super::turn::Turn;
use crate::service::{Request, Session};
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tungstenite::error::Error as WsError;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

/// Messages handled in one call before other clients get their turn. With the smallest messages this
/// bounds a call to about 40 µs of our own work, and with a slow service to this many of its steps.
const BURST: usize = 128;

/// Size of the pieces in which input is copied into the library's buffer, which is zeroed before each
/// copy. 1 to 4 KiB is best for every message size; 128 KiB, the default, costs 2 µs per call.
const READ_BUFFER: usize = 4096;

/// A client's session and the message on its way to it.
pub(super) struct OpenSession {
    pub(super) session: Box<dyn Session>,
    frames: FrameTracker,
    /// Present while a message is half received or some input is not handled yet.
    partial: Option<Box<Partial>>,
}

struct Partial {
    context: WebSocketContext,
    /// Input that a full burst left unhandled.
    backlog: Vec<u8>,
    /// When the first byte of the incomplete message came.
    since: Instant,
}

/// Why a session ended inside [`OpenSession::receive`].
pub(super) enum SessionEnd {
    /// The client began a closing handshake; our half of it is already in the output.
    ByClient,
    /// The client broke the protocol or a limit: a close code and the reason in words.
    Violation(u16, String),
}

impl OpenSession {
    pub(super) fn new(session: Box<dyn Session>) -> OpenSession {
        OpenSession {
            session,
            frames: FrameTracker::default(),
            partial: None,
        }
    }

    /// When the incomplete message began, if there is one.
    pub(super) fn message_since(&self) -> Option<Instant> {
        let partial = self.partial.as_ref()?;
        (!self.frames.at_message_boundary()).then_some(partial.since)
    }

    /// The time limit of an incomplete message counts from `now` on.
    pub(super) fn restart_timeouts(&mut self, now: Instant) {
        if let Some(partial) = &mut self.partial {
            partial.since = now;
        }
    }

    /// The time limit of an incomplete message moves by this much.
    pub(super) fn postpone(&mut self, by: Duration) {
        if let Some(partial) = &mut self.partial {
            partial.since += by;
        }
    }

    /// Handles up to [`BURST`] messages. Returns whether input is left for the next call.
    pub(super) fn receive(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        turn: Turn<'_>,
        limits: &Limits,
    ) -> Result<bool, SessionEnd> {
        let now = turn.now;
        let advanced = self.frames.advance(input, limits.max_fragments);
        let input = &input[..advanced.allowed];
        let at_message_boundary = self.frames.at_message_boundary();
        let (mut partial, input) = match self.partial.take() {
            Some(partial) => (*partial, input),
            None if input.is_empty() && at_message_boundary => return Ok(false),
            None => Partial::begin(input, at_message_boundary, now, limits),
        };
        // Only a new message restarts the time limit; a ping between two fragments does not.
        if advanced.began {
            partial.since = now;
        }
        let more = partial.handle_burst(&mut *self.session, input, out, turn.interrupt)?;
        if !more && self.frames.too_many_fragments() {
            return Err(SessionEnd::Violation(1009, "too many fragments".to_owned()));
        }
        if more || !at_message_boundary {
            self.partial = Some(Box::new(partial));
        }
        Ok(more)
    }
}

/// What one step through the input found.
enum Step {
    Handled,
    EndOfInput,
}

impl Partial {
    /// A fresh context, and the input that it still has to be fed.
    ///
    /// Input that ends with a message is given to the context whole, which costs one copy and zeroes
    /// nothing. After other input more will come, so the context gets a buffer for pieces.
    fn begin<'i>(
        input: &'i [u8],
        whole: bool,
        now: Instant,
        limits: &Limits,
    ) -> (Partial, &'i [u8]) {
        let (held, read_buffer, to_feed) = if whole {
            (input.to_vec(), 0, &[][..])
        } else {
            (Vec::new(), READ_BUFFER, input)
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(read_buffer)
            .max_message_size(Some(limits.max_message_bytes))
            .max_frame_size(Some(limits.max_message_bytes));
        let context = WebSocketContext::from_partially_read(held, Role::Server, Some(config));
        (
            Partial {
                context,
                backlog: Vec::new(),
                since: now,
            },
            to_feed,
        )
    }

    fn handle_burst(
        &mut self,
        session: &mut dyn Session,
        input: &[u8],
        out: &mut Vec<u8>,
        interrupt: &AtomicBool,
    ) -> Result<bool, SessionEnd> {
        let joined;
        let input = if self.backlog.is_empty() {
            input
        } else {
            joined = [&std::mem::take(&mut self.backlog), input].concat();
            &joined
        };
        let mut memory = MemoryStream { input, out };
        for _ in 0..BURST {
            if let Step::EndOfInput = self.step(session, &mut memory)? {
                return Ok(false);
            }
            if interrupt.load(Ordering::Relaxed) {
                break;
            }
        }
        self.backlog = memory.input.to_vec();
        Ok(true)
    }

    fn step(
        &mut self,
        session: &mut dyn Session,
        memory: &mut MemoryStream<'_>,
    ) -> Result<Step, SessionEnd> {
        match self.context.read(memory) {
            Ok(tungstenite::Message::Text(text)) => {
                session.handle(Request::Text(&text), &mut Frames(memory.out));
                Ok(Step::Handled)
            }
            Ok(tungstenite::Message::Binary(bytes)) => {
                session.handle(Request::Binary(&bytes), &mut Frames(memory.out));
                Ok(Step::Handled)
            }
            // The pong is queued in the context. Its next read sends it, even if that read finds the
            // end of the input.
            Ok(tungstenite::Message::Ping(_) | tungstenite::Message::Pong(_)) => Ok(Step::Handled),
            Ok(tungstenite::Message::Close(_)) => {
                // The close reply is queued; memory takes it whole, so one flush is enough.
                let _always_connection_closed = self.context.flush(memory);
                Err(SessionEnd::ByClient)
            }
            Ok(tungstenite::Message::Frame(_)) => unreachable!("read() assembles frames"),
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                Ok(Step::EndOfInput)
            }
            Err(WsError::ConnectionClosed | WsError::AlreadyClosed) => Err(SessionEnd::ByClient),
            Err(error) => Err(violation(&error)),
        }
    }
}

/// The library detects a violation and leaves it to us to tell the client (RFC 6455, 7.4.1).
fn violation(error: &WsError) -> SessionEnd {
    let (code, reason) = match error {
        WsError::Capacity(_) => (1009, "message too big".to_owned()),
        WsError::Utf8(_) => (1007, "text is not UTF-8".to_owned()),
        WsError::Protocol(violation) => (1002, violation.to_string()),
        other => (1002, other.to_string()),
    };
    SessionEnd::Violation(code, reason)
}

/// The stream that the library works on: the bytes that arrived, and the bytes to send.
struct MemoryStream<'m> {
    input: &'m [u8],
    out: &'m mut Vec<u8>,
}

impl Read for MemoryStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.input.read(buffer)
    }
}

impl Write for MemoryStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
