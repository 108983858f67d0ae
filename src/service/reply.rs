//! `reply`: every message comes back reversed. It is the endpoint that replies, next to `notify`, which
//! pushes.

use super::{Peer, Reply, Request, Service, Session};
use std::time::Instant;

/// Text comes back as `Server response: ` and the text reversed; binary reversed by bytes.
#[derive(Debug)]
pub struct ReplyReversed;

impl Service for ReplyReversed {
    fn open(&self, _peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(ReplyReversed))
    }
}

impl Session for ReplyReversed {
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply) {
        match request {
            // By Unicode scalar values, as Python's `message[::-1]` does. What a person sees as one
            // character may be several of them (a flag, a combining accent), which are reversed too.
            Request::Text(text) => {
                let reversed: String = text.chars().rev().collect();
                reply.text(&["Server response: ", &reversed]);
            }
            Request::Binary(bytes) => {
                let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
                reply.binary(&reversed);
            }
        }
    }
}
