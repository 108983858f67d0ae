//! The open part of a WebSocket conversation: messages out of bytes, one burst at a time.
//!
//! tungstenite reads from and writes to a stream; here the stream is memory ([`MemoryStream`]): the bytes
//! that arrived, and the buffer of bytes to send. None of the library's traps about sockets that
//! would block can bite, because nothing here blocks.
//!
//! A client with no message half received has no library state at all: a context that holds nothing
//! is like any other, so it is dropped at the end of the call and made again for the next input.
//! [`FrameTracker`] knows when.

use super::Limits;
use super::encode::Frames;
use super::frames::FrameTracker;
use crate::service::{Request, Session};
use std::io::{self, Read, Write};
use std::time::Instant;
use tungstenite::error::Error as WsError;
use tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

/// Messages handled in one call before others get their turn. With the smallest messages this bounds
/// a call to some 40 us of our own work, and a slow service to this many of its steps.
const BURST: usize = 128;

/// The piece in which input is copied into the library's buffer, which is zeroed before each copy:
/// 1-4 KiB is best for every message size, 128 KiB (the default) costs 2 us a call.
const READ_BUFFER: usize = 4096;

/// A client's session and the messages on their way to it.
pub(super) struct OpenSession {
    pub(super) session: Box<dyn Session>,
    frames: FrameTracker,
    /// Only while a message is half received, or half of the input is not handled yet.
    partial: Option<Box<Partial>>,
}

struct Partial {
    context: WebSocketContext,
    /// Input that a full burst left unhandled.
    backlog: Vec<u8>,
    /// When the first byte came of what is not whole yet.
    since: Instant,
}

/// Why a talk ended inside `receive`.
pub(super) enum SessionEnd {
    /// With a closing handshake; our half of it is already in the output.
    ByClient,
    /// Because of what the client sent: close code and words for it.
    ByServer(u16, String),
}

impl OpenSession {
    pub(super) fn new(session: Box<dyn Session>) -> OpenSession {
        OpenSession {
            session,
            frames: FrameTracker::default(),
            partial: None,
        }
    }

    /// When the message began that is not whole yet.
    pub(super) fn message_since(&self) -> Option<Instant> {
        let half_done = self
            .partial
            .as_ref()
            .filter(|_| !self.frames.at_message_boundary());
        half_done.map(|partial| partial.since)
    }

    /// Nobody could listen until `now`: the message's time begins again.
    pub(super) fn restart_timeouts(&mut self, now: Instant) {
        if let Some(partial) = &mut self.partial {
            partial.since = now;
        }
    }

    /// Handles up to [`BURST`] messages. `Ok(true)`: there is more in hand.
    pub(super) fn receive(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        now: Instant,
        limits: &Limits,
    ) -> Result<bool, SessionEnd> {
        let followed = self.frames.follow(input, limits.max_fragments);
        let input = &input[..followed.allowed];
        let at_message_boundary = self.frames.at_message_boundary();
        let (mut partial, input) = match self.partial.take() {
            Some(partial) => (*partial, input),
            None if input.is_empty() && at_message_boundary => return Ok(false),
            None => Partial::begin(input, at_message_boundary, now, limits),
        };
        // Only a new beginning sets the clock back: pings between the fragments of a message do not.
        if followed.began {
            partial.since = now;
        }
        let more = partial.handle_burst(&mut *self.session, input, out)?;
        if !more && self.frames.too_many_fragments() {
            return Err(SessionEnd::ByServer(1009, "too many fragments".to_owned()));
        }
        if more || !at_message_boundary {
            self.partial = Some(Box::new(partial));
        }
        Ok(more)
    }
}

/// What one step through the input met.
enum Step {
    Handled,
    EndOfInput,
}

impl Partial {
    /// A fresh context, and the input that it still has to be fed.
    ///
    /// Input that ends with a message is given to the context whole: one copy, nothing zeroed. Of
    /// other input more is to come, so the context gets a buffer for pieces.
    fn begin<'i>(
        input: &'i [u8],
        whole: bool,
        now: Instant,
        limits: &Limits,
    ) -> (Partial, &'i [u8]) {
        let (held, piece, to_feed) = if whole {
            (input.to_vec(), 0, &[][..])
        } else {
            (Vec::new(), READ_BUFFER, input)
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(piece)
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
            // The pong is queued in the context; its next read sends it, also the one that finds the
            // input at its end.
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
            Err(error) => Err(close_code_for(&error)),
        }
    }
}

/// RFC 6455, 7.4.1. The library finds the fault and leaves telling the client to us.
fn close_code_for(error: &WsError) -> SessionEnd {
    let (code, words) = match error {
        WsError::Capacity(_) => (1009, "message too big".to_owned()),
        WsError::Utf8(_) => (1007, "text is not UTF-8".to_owned()),
        WsError::Protocol(fault) => (1002, fault.to_string()),
        other => (1002, other.to_string()),
    };
    SessionEnd::ByServer(code, words)
}

/// The library's stream: what arrived, and what is to be sent.
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
