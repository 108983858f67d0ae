//! **What** is said: messages in, messages out. No bytes, no sockets, no threads.
//!
//! A [`Service`] is what an endpoint offers; a [`Session`] is the state of one client in it. The same
//! objects serve under every model, which makes the models comparable: the thread that calls
//! [`Session::handle`] waits for it, be it a thread for one client or the loop for all of them.

mod broadcast;
mod echo;
mod mirror;
mod notice;
mod notify;
mod periodic;
pub(crate) mod registry;
mod reply;
mod work;

pub use broadcast::Broadcast;
pub use echo::Echo;
pub use mirror::Mirror;
pub use notice::{Hub, Message, Notice, Prepared};
pub use notify::{Format, Notify};
pub use periodic::Periodic;
pub use reply::ReplyReversed;
pub(crate) use work::{Cost, Work};

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

/// A client's number; no number is used twice in the life of the process.
pub type ClientId = u64;

/// A client, and what it asked for in the request line.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The client's number.
    pub id: ClientId,
    /// The address of the client's socket.
    pub address: SocketAddr,
    /// Path and query as sent (`/?format=json`); empty in protocols that have none.
    pub target: String,
}

impl Peer {
    /// The value of a query parameter, not decoded. Of a repeated parameter the first one counts.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        let pairs = query.split('&');
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
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

/// Where a session puts its messages; the protocol encodes them.
pub trait Reply {
    /// One text message: the parts joined, so that a prefix costs no copy of the whole.
    fn text(&mut self, parts: &[&str]);
    /// One binary message.
    fn binary(&mut self, bytes: &[u8]);
    /// A message for many clients: encoded for the first one, copied for the others.
    fn prepared(&mut self, message: &Prepared);
}

/// What an endpoint offers.
pub trait Service: Send + Sync {
    /// Begins the session of a client whose handshake is valid.
    ///
    /// # Errors
    /// A sentence for the client when the request cannot be served as asked, for example with an
    /// unknown `format`. The handshake then fails with 400.
    fn open(&self, peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String>;

    /// The source of this service's notices, if it has any.
    ///
    /// Models use this to decide where a blocked thread has to wait: in `read` for a service that
    /// only replies, on the hub's channel for one that pushes.
    fn hub(&self) -> Option<&Arc<Hub>> {
        None
    }
}

/// The state of one client in a service.
pub trait Session: Send {
    /// Handles one message. Runs on the thread that the model chose: if this is slow, *that* thread
    /// is slow, and so is every client that waits for it.
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply);

    /// The hub has a notice.
    fn notice(&mut self, _notice: &Notice, _reply: &mut dyn Reply) {}

    /// When to call [`Session::expire`], if ever.
    fn timer(&self) -> Option<Instant> {
        None
    }

    /// The time of [`Session::timer`] has come. The call may come late, never early.
    fn expire(&mut self, _now: Instant, _reply: &mut dyn Reply) {}
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
