//! `mirror`: the same message comes back, of the same kind. It is for conformance suites and
//! measurements: its cost is the cost of everything but the service.

use super::{Peer, Reply, Request, Service, Session};
use std::time::Instant;

/// Replies with the message it got.
#[derive(Debug)]
pub struct Mirror;

impl Service for Mirror {
    fn open(&self, _peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Mirror))
    }
}

impl Session for Mirror {
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply) {
        match request {
            Request::Text(text) => reply.text(&[text]),
            Request::Binary(bytes) => reply.binary(bytes),
        }
    }
}
