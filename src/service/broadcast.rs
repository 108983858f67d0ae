//! `broadcast`: a message that begins with `pub ` goes unchanged to all other clients of the endpoint,
//! through the hub. Other messages are ignored.
//!
//! **Where it breaks:** nothing slows a publisher down. Clients that cannot take its messages in time
//! are disconnected, as all slow clients are.

use super::{ClientId, Hub, Message, Notice, Peer, Prepared, Reply, Request, Service, Session};
use std::sync::Arc;
use std::time::Instant;

/// The smallest chat: each client gets the messages of all others.
#[derive(Debug, Default)]
pub struct Broadcast {
    hub: Arc<Hub>,
}

impl Broadcast {
    /// A chat with a hub of its own.
    pub fn new() -> Broadcast {
        Broadcast::default()
    }
}

impl Service for Broadcast {
    fn open(&self, peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Member {
            id: peer.id,
            hub: Arc::clone(&self.hub),
        }))
    }

    fn hub(&self) -> Option<&Arc<Hub>> {
        Some(&self.hub)
    }
}

struct Member {
    id: ClientId,
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
            from: Some(self.id),
            forms: vec![Some(Prepared::new(message))],
        });
    }

    fn notice(&mut self, notice: &Notice, reply: &mut dyn Reply) {
        if notice.from != Some(self.id)
            && let Some(message) = notice.form(0)
        {
            reply.prepared(message);
        }
    }
}
