//! `mirror`: the same message, the same kind, unchanged. For conformance suites and measurement:
//! whatever it costs is the cost of everything but the service.

use super::{Peer, Reply, Request, Service, Session};
use std::time::Instant;

/// Gives back what it gets.
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
