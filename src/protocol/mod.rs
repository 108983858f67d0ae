//! **How** it is said: bytes in, bytes out. No sockets, no threads, no loops, no waiting.
//!
//! A [`Conversation`] is one client's talk. Whoever owns the socket hands it the bytes that arrived
//! and sends the bytes that it appends ("sans-I/O"). So it is tested with byte strings, it is at
//! rest between two calls and can change hands, and one read and one write serve each wake-up.
//!
//! - [`websocket`]: RFC 6455 on top of tungstenite's state machine; the opening in [`handshake`],
//!   the messages in `talk`, the boundaries of frames in [`frames`], our own bytes in `encode`;
//! - [`tcp_echo`]: what comes goes back, the smallest conversation there is;
//! - [`http_hello`]: the smallest web server;
//! - [`http`]: the few answers for those who come with a request that is no WebSocket handshake;
//! - [`limits`]: how much one client may take.

mod encode;
pub mod frames;
pub mod handshake;
pub mod http;
pub mod http_hello;
pub mod limits;
mod session;
pub mod tcp_echo;
pub mod websocket;

pub use limits::Limits;

use crate::service::{Hub, Notice, Peer, Service};
use handshake::OriginPolicy;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// What the owner of the socket does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Send what was appended, then wait for more input.
    Open,
    /// Send what was appended, then call `receive` again *without* reading: there is more to do than
    /// one client may have done at a time. Others first.
    More,
    /// Send what was appended, then close.
    Over(CloseReason),
}

/// How a connection ended. Not an error: every connection ends, and most of them well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// The closing handshake was completed.
    Finished,
    /// The client was answered, once and for all.
    Responded,
    /// The client closed its socket without a closing handshake.
    Disconnected,
    /// The socket failed: reset by the peer, mostly.
    ConnectionLost(std::io::ErrorKind),
    /// The opening handshake was refused with this HTTP status.
    HandshakeRejected(u16),
    /// The client broke the protocol or a limit; it was told this close code (RFC 6455, 7.4.1).
    Violation(u16),
    /// The client took too long: with its handshake, a message, or an answer to a ping.
    TimedOut,
    /// The client did not take what it was sent, for too long or too much of it.
    TooSlow,
    /// The model had no time for it: silent, or too slow for a pool's worker.
    TooQuiet,
    /// The service panicked while it handled a message.
    Panicked,
    /// The server is going away.
    GoingAway,
    /// No room: too many connections, threads or clients in the queue.
    ServerFull,
}

impl CloseReason {
    /// Whether the client may still be sending when we close, so that its bytes have to be read and
    /// thrown away for a moment ([`Limits::linger`]).
    pub fn lingers(self) -> bool {
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
            CloseReason::Responded => f.write_str("answered"),
            CloseReason::Disconnected => f.write_str("gone without a close frame"),
            CloseReason::ConnectionLost(kind) => write!(f, "socket failed: {kind}"),
            CloseReason::HandshakeRejected(status) => write!(f, "handshake refused with {status}"),
            CloseReason::Violation(code) => write!(f, "broke the protocol, told {code}"),
            CloseReason::TimedOut => f.write_str("timed out"),
            CloseReason::TooSlow => f.write_str("did not read what it was sent"),
            CloseReason::TooQuiet => f.write_str("dropped by the pool: silent or too slow"),
            CloseReason::Panicked => f.write_str("the service panicked"),
            CloseReason::GoingAway => f.write_str("the server is going away"),
            CloseReason::ServerFull => f.write_str("turned away: no room"),
        }
    }
}

/// One client's talk as bytes.
///
/// Every method appends what is to be sent to `out`; nothing waits and nothing is kept back. After
/// [`Status::Over`] no method is called again. `now` is handed in, never asked for.
pub trait Conversation: Send {
    /// Bytes arrived. Handles at most a bounded burst of messages, see [`Status::More`].
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, now: Instant) -> Status;

    /// The server has something to say.
    fn notice(&mut self, _notice: &Notice, _out: &mut Vec<u8>) {}

    /// The client will send nothing more (it closed its half of the socket). What it is still owed
    /// was appended before.
    fn end_of_input(&mut self) -> CloseReason;

    /// When [`Conversation::expire`] wants to be called, if ever. Cheap: asked after every call.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Time has passed; possibly not enough of it, which is not worth a special case to the caller.
    fn expire(&mut self, _now: Instant, _out: &mut Vec<u8>) -> Status {
        Status::Open
    }

    /// We are the ones who end it: the polite last word for `why`, if the protocol has one.
    fn close(&mut self, _why: CloseReason, _out: &mut Vec<u8>) {}

    /// The client could not be listened to until `now`, through no fault of its own: its output was
    /// still on the way, or nobody had time for it. Whatever measures its silence begins again.
    fn restart_timeouts(&mut self, _now: Instant) {}

    /// Whether the opening is done, so that the client is to hear notices.
    fn is_open(&self) -> bool {
        true
    }

    /// The most bytes that one read should ask for.
    fn read_size(&self) -> usize {
        usize::MAX
    }
}

/// The language of an endpoint, with all that its conversations share.
#[derive(Clone)]
pub enum Protocol {
    /// RFC 6455 around a service.
    WebSocket(Arc<websocket::Config>),
    /// Bytes come back as they came.
    TcpEcho(Arc<Limits>),
    /// A greeting for each request.
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
            Protocol::WebSocket(config) => {
                Box::new(websocket::WebSocket::new(Arc::clone(config), peer, now))
            }
            Protocol::TcpEcho(limits) => Box::new(tcp_echo::TcpEcho::new(Arc::clone(limits), now)),
            Protocol::HttpHello(limits) => {
                Box::new(http_hello::HttpHello::new(Arc::clone(limits), now))
            }
        }
    }

    /// The hub of a service that pushes.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        match self {
            Protocol::WebSocket(config) => config.service.hub(),
            Protocol::TcpEcho(_) | Protocol::HttpHello(_) => None,
        }
    }

    /// The scheme of the endpoint's URL.
    pub fn scheme(&self) -> &'static str {
        match self {
            Protocol::WebSocket(_) => "ws",
            Protocol::TcpEcho(_) => "tcp",
            Protocol::HttpHello(_) => "http",
        }
    }
}
