//! `broadcast`: a message that begins with `pub ` goes unchanged to all other clients of the
//! endpoint, by way of the hub; anything else is ignored.
//!
//! **Where it breaks:** nobody holds a publisher back. Members who cannot take what one of them says
//! are closed, as all slow clients are; a room with a rule for that is another service.

use super::{ClientId, Hub, Message, Notice, Peer, Prepared, Reply, Request, Service, Session};
use std::sync::Arc;
use std::time::Instant;

/// The smallest chat: everybody hears everybody else.
#[derive(Debug)]
pub struct Broadcast {
    hub: Arc<Hub>,
}

impl Broadcast {
    /// A room of its own.
    pub fn new() -> Broadcast {
        Broadcast {
            hub: Arc::new(Hub::new()),
        }
    }
}

impl Default for Broadcast {
    fn default() -> Self {
        Broadcast::new()
    }
}

impl Service for Broadcast {
    fn open(&self, peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Member {
            me: peer.id,
            hub: Arc::clone(&self.hub),
        }))
    }

    fn hub(&self) -> Option<&Arc<Hub>> {
        Some(&self.hub)
    }
}

struct Member {
    me: ClientId,
    hub: Arc<Hub>,
}

impl Session for Member {
    fn handle(&mut self, request: Request<'_>, _reply: &mut dyn Reply) {
        let message = match request {
            Request::Text(text) if text.starts_with("pub ") => Message::Text(text.to_owned()),
            Request::Binary(bytes) if bytes.starts_with(b"pub ") => Message::Binary(bytes.to_vec()),
            _ => return,
        };
        self.hub.publish(|_| Notice {
            from: Some(self.me),
            forms: vec![Some(Prepared::new(message))],
        });
    }

    fn notice(&mut self, notice: &Notice, reply: &mut dyn Reply) {
        if notice.from != Some(self.me)
            && let Some(message) = notice.form(0)
        {
            reply.prepared(message);
        }
    }
}
