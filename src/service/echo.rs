//! `echo` and `twin-echo`: the message comes back with a prefix.

use super::{Peer, Reply, Request, Service, Session};
use std::time::Instant;

/// Text comes back with `prefix` in front; binary comes back as it is.
#[derive(Debug, Clone)]
pub struct Echo {
    prefix: &'static str,
}

impl Echo {
    /// An echo that begins every text with `prefix`.
    pub fn with_prefix(prefix: &'static str) -> Echo {
        Echo { prefix }
    }
}

impl Service for Echo {
    fn open(&self, _peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(self.clone()))
    }
}

impl Session for Echo {
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply) {
        match request {
            Request::Text(text) => reply.text(&[self.prefix, text]),
            Request::Binary(bytes) => reply.binary(bytes),
        }
    }
}
