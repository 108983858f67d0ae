//! **How** it is encoded: bytes in, bytes out. No sockets, no threads, no loops, no waiting.
//!
//! A [`Conversation`] is the protocol state of one client. The owner of the socket hands it the bytes
//! that arrived and sends the bytes that it appends ("sans-I/O"). So it is tested with byte strings, it
//! can change owners between two calls, and one read and one write serve each wake-up.
//!
//! - `websocket`: RFC 6455 around tungstenite's state machine, with the opening in `handshake` and
//!   `origin`, messages in `session`, the boundaries of frames in `frames`, our own bytes in `encode`;
//! - `tcp_echo`: the smallest conversation there is;
//! - `http_hello`: the smallest web server;
//! - `http`: request heads, and responses to requests that are not a WebSocket handshake;
//! - `limits`: how much time and memory one client may take.

mod encode;
mod frames;
mod handshake;
mod http;
mod http_hello;
mod limits;
mod origin;
mod session;
mod tcp_echo;
mod turn;
mod websocket;

pub use limits::Limits;
pub use origin::{OriginPolicy, parse_origin};
pub use turn::Turn;

use crate::service::{Hub, Notice, Peer, Service};
use http_hello::HttpHello;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tcp_echo::TcpEcho;
use websocket::WebSocket;

/// What the owner of the socket does next, after sending what was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Wait for more input.
    Open,
    /// Call `receive` again *without* reading: more input is in hand than one client may have handled
    /// in one turn. Other clients come first.
    More,
    /// Close.
    Over(CloseReason),
}

/// How a connection ended. This is not an error: every connection ends, and most end well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The closing handshake was completed.
    Finished,
    /// The only response of the conversation was sent.
    Responded,
    /// The client closed its socket without a closing handshake.
    Disconnected,
    /// Reading or writing failed: mostly the client reset the connection.
    ConnectionLost(std::io::ErrorKind),
    /// The opening handshake was rejected with this HTTP status.
    HandshakeRejected(u16),
    /// The client broke the protocol or a limit and was sent this close code (RFC 6455, 7.4.1).
    Violation(u16),
    /// The client took too long for its handshake, for a message, or for the answer to a ping.
    TimedOut,
    /// The client did not read what it was sent: for too long, or too much of it.
    TooSlow,
    /// The client was disconnected in favour of others, because it sent too little.
    TooQuiet,
    /// The service panicked while it handled a message.
    Panicked,
    /// The server is going away.
    GoingAway,
    /// The server has no capacity for this client.
    ServerFull,
}

impl CloseReason {
    /// Whether the client may still be sending when we close, so that its bytes have to be read and
    /// discarded for a moment ([`Limits::linger`]).
    pub(crate) fn lingers(self) -> bool {
        !matches!(
            self,
            CloseReason::Finished
                | CloseReason::Disconnected
                | CloseReason::ConnectionLost(_)
                | CloseReason::TooSlow
        )
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloseReason::Finished => f.write_str("closed"),
            CloseReason::Responded => f.write_str("response sent"),
            CloseReason::Disconnected => f.write_str("no close frame"),
            CloseReason::ConnectionLost(kind) => write!(f, "connection lost: {kind}"),
            CloseReason::HandshakeRejected(status) => write!(f, "handshake rejected with {status}"),
            CloseReason::Violation(code) => write!(f, "protocol violation, close code {code}"),
            CloseReason::TimedOut => f.write_str("timed out"),
            CloseReason::TooSlow => f.write_str("did not read what it was sent"),
            CloseReason::TooQuiet => f.write_str("dropped: silent or too slow"),
            CloseReason::Panicked => f.write_str("the service panicked"),
            CloseReason::GoingAway => f.write_str("the server is going away"),
            CloseReason::ServerFull => f.write_str("rejected: the server is full"),
        }
    }
}

/// One client's conversation as bytes.
///
/// Every method appends what is to be sent to `out`; none waits or holds anything back. After
/// [`Status::Over`] no method is called again. The time is an argument and never asked for.
pub trait Conversation: Send {
    /// Bytes arrived. Handles at most a bounded burst of messages, see [`Status::More`].
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, turn: Turn<'_>) -> Status;

    /// The service has a notice for its clients.
    fn notice(&mut self, _notice: &Notice, _out: &mut Vec<u8>) {}

    /// The client will send nothing more, because it closed its half of the socket. All replies were
    /// appended before.
    fn end_of_input(&mut self) -> CloseReason;

    /// When to call [`Conversation::expire`], if ever. Cheap, because it is asked after every call.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Time has passed. The deadline need not have come: then nothing happens.
    fn expire(&mut self, _now: Instant, _out: &mut Vec<u8>) -> Status {
        Status::Open
    }

    /// The server ends the conversation: appends what the protocol sends for `reason`.
    fn close(&mut self, _reason: CloseReason, _out: &mut Vec<u8>) {}

    /// The client could not be read from until `now`, because its output was still unsent. Time limits on
    /// its silence start again.
    fn restart_timeouts(&mut self, _now: Instant) {}

    /// The client was not served for this long, which is not its fault. Its time limits move by just that
    /// much: moving them further would let a client outlive every limit by being handed from owner to owner.
    fn postpone(&mut self, by: Duration);

    /// Whether the opening is complete, so that the client gets notices.
    fn is_open(&self) -> bool {
        true
    }

    /// The most bytes that one read should ask for.
    fn read_size(&self) -> usize {
        usize::MAX
    }
}

/// The protocol of an endpoint, with what its conversations share.
#[derive(Clone)]
pub enum Protocol {
    /// RFC 6455 around a service.
    WebSocket(Arc<websocket::Config>),
    /// Raw TCP that comes back.
    TcpEcho(Arc<Limits>),
    /// One greeting per request.
    HttpHello(Arc<Limits>),
}

impl Protocol {
    /// WebSocket around `service`.
    pub fn websocket(
        service: Arc<dyn Service>,
        origins: OriginPolicy,
        limits: Arc<Limits>,
    ) -> Protocol {
        Protocol::WebSocket(Arc::new(websocket::Config {
            service,
            origins,
            limits,
        }))
    }

    /// Begins a conversation with a client that has just been accepted.
    pub fn begin(&self, peer: Peer, now: Instant) -> Box<dyn Conversation> {
        match self {
            Protocol::WebSocket(config) => Box::new(WebSocket::new(Arc::clone(config), peer, now)),
            Protocol::TcpEcho(limits) => Box::new(TcpEcho::new(Arc::clone(limits), now)),
            Protocol::HttpHello(limits) => Box::new(HttpHello::new(Arc::clone(limits), now)),
        }
    }

    /// The hub of the service, if it pushes.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        match self {
            Protocol::WebSocket(config) => config.service.hub(),
            Protocol::TcpEcho(_) | Protocol::HttpHello(_) => None,
        }
    }

    /// The scheme of the endpoint's URL.
    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Protocol::WebSocket(_) => "ws",
            Protocol::TcpEcho(_) => "tcp",
            Protocol::HttpHello(_) => "http",
        }
    }
}
