//! **What** is said: messages in, messages out. No bytes, no sockets, no threads.
//!
//! A [`Service`] is what an endpoint offers; a [`Session`] is one client's state in it. The same
//! objects serve under every model, which is what makes the models comparable: whoever calls
//! [`Session::handle`] waits for it, be it a thread of its own or the loop that everybody shares.

mod broadcast;
mod echo;
mod mirror;
mod notify;
mod periodic;
pub mod registry;
mod reply;
mod work;

pub use broadcast::Broadcast;
pub use echo::Echo;
pub use mirror::Mirror;
pub use notify::{Format, Notify};
pub use periodic::Periodic;
pub use reply::ReplyReversed;
pub use work::{Cost, Work};

use crate::hub;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// A client's number, never given twice in the life of the process.
pub type ClientId = u64;

/// Who connected, and what was asked for in the request line.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The client's number.
    pub id: ClientId,
    /// Where the client's socket is.
    pub address: SocketAddr,
    /// Path and query as sent (`/?format=json`); empty in protocols that have none.
    pub target: String,
}

impl Peer {
    /// The value of a query parameter, undecoded; the first one where it is repeated.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('=').or(Some((pair, ""))))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// One message from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// A text message, known to be UTF-8.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

/// Where a session puts what it has to say; the protocol spells it in bytes.
pub trait Reply {
    /// One text message, the parts joined (so that a prefix costs no copy of the whole).
    fn text(&mut self, parts: &[&str]);
    /// One binary message.
    fn binary(&mut self, bytes: &[u8]);
    /// A message that many clients get: spelt for the first, copied for the others.
    fn prepared(&mut self, message: &Prepared);
}

/// What an endpoint says to messages.
pub trait Service: Send + Sync {
    /// Begins one client's session, once its handshake is found good.
    ///
    /// # Errors
    /// A sentence for the client when the request cannot be served as asked (an unknown `format`);
    /// the handshake then fails with 400.
    fn open(&self, peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String>;

    /// Where this service's notices come from, if it says anything unasked.
    ///
    /// Models ask this to know where a blocked thread has to wait: in `read` for a service that
    /// only answers, on the hub's channel for one that pushes.
    fn hub(&self) -> Option<&Arc<Hub>> {
        None
    }
}

/// One client's state in a service.
pub trait Session: Send {
    /// Answers one message. Runs on the thread that the model chose: if this is slow, *that* thread
    /// is slow, and so is everybody who waits for it.
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply);

    /// Something happened that the client should hear of.
    fn notice(&mut self, _notice: &Notice, _reply: &mut dyn Reply) {}

    /// When [`Session::expire`] wants to be called, if ever.
    fn timer(&self) -> Option<Instant> {
        None
    }

    /// The time of [`Session::timer`] has come. May come late, never early.
    fn expire(&mut self, _now: Instant, _reply: &mut dyn Reply) {}
}

/// The fan-out of notices, see [`hub::Hub`].
pub type Hub = hub::Hub<Notice>;

/// A message that the server sends unasked: made once, sent to many clients.
#[derive(Debug)]
pub struct Notice {
    /// The client that caused it, if one did.
    pub from: Option<ClientId>,
    /// The message in every form that its service offers, in an order that only the service knows.
    /// `None` is a form in which there is nothing to send.
    pub forms: Vec<Option<Prepared>>,
}

impl Notice {
    /// The message in form `number`, if there is anything to send in that form.
    pub fn form(&self, number: usize) -> Option<&Prepared> {
        self.forms.get(number)?.as_ref()
    }
}

impl hub::Weight for Notice {
    fn weight_bytes(&self) -> usize {
        // Twice: as a message and as its bytes.
        let forms = self.forms.iter().flatten();
        let bytes: usize = forms.map(|form| 2 * form.message.len()).sum();
        size_of::<Notice>() + self.forms.len() * size_of::<Option<Prepared>>() + bytes
    }
}

/// A message as a value of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Binary.
    Binary(Vec<u8>),
}

impl Message {
    fn len(&self) -> usize {
        match self {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }
}

/// A message for many clients, and room for its bytes.
///
/// The bytes are filled in by the first protocol that needs them. One place is enough: a hub's
/// subscribers all speak the same protocol.
#[derive(Debug)]
pub struct Prepared {
    message: Message,
    bytes: OnceLock<Box<[u8]>>,
}

impl Prepared {
    /// Wraps a message; nothing is spelt yet.
    pub fn new(message: Message) -> Prepared {
        Prepared {
            message,
            bytes: OnceLock::new(),
        }
    }

    /// The message in bytes, by `encode` if nobody asked before.
    pub fn bytes(&self, encode: impl FnOnce(&Message) -> Vec<u8>) -> &[u8] {
        self.bytes
            .get_or_init(|| encode(&self.message).into_boxed_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_parameter_is_found_among_others() {
        let peer = |target: &str| Peer {
            id: 1,
            address: SocketAddr::from(([127, 0, 0, 1], 1)),
            target: target.to_owned(),
        };
        assert_eq!(peer("/?format=json").query("format"), Some("json"));
        assert_eq!(
            peer("/a?x&format=text&format=json").query("format"),
            Some("text")
        );
        assert_eq!(peer("/?format").query("format"), Some(""));
        assert_eq!(peer("/format=json").query("format"), None);
        assert_eq!(peer("").query("format"), None);
    }
}
