//! The smallest web server: it reads a request up to the empty line, greets, and closes.
//!
//! One request per connection: with `Connection: close` the server need not know where a body ends
//! that it does not read. What the client still sends is read and discarded for a moment, because
//! closing with unread input would reset the connection and could destroy the greeting.

use super::http::{self, HeadReader, Response};
use super::{CloseReason, Conversation, Limits, Status, Turn};
use std::sync::Arc;
use std::time::{Duration, Instant};

const GREETING: &str = "Hello from gearshift!";

/// One client's conversation.
#[derive(Debug)]
pub(super) struct HttpHello {
    limits: Arc<Limits>,
    head: HeadReader,
    deadline: Instant,
}

impl HttpHello {
    /// A client that was accepted `now`.
    pub(super) fn new(limits: Arc<Limits>, now: Instant) -> HttpHello {
        let deadline = now + limits.handshake_timeout;
        HttpHello {
            limits,
            head: HeadReader::default(),
            deadline,
        }
    }
}

impl Conversation for HttpHello {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, _turn: Turn<'_>) -> Status {
        let is_head = self.head.receive(input, &self.limits, |request, _body| {
            Ok(request.method == Some("HEAD"))
        });
        let greeting = Response::verbatim(200, GREETING);
        match is_head {
            Ok(None) => return Status::Open,
            Ok(Some(true)) => greeting.append_head_to(out),
            Ok(Some(false)) => greeting.append_to(out),
            Err(response) => response.append_to(out),
        }
        Status::Over(CloseReason::Responded)
    }

    fn end_of_input(&mut self) -> CloseReason {
        CloseReason::Disconnected
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.deadline)
    }

    fn postpone(&mut self, by: Duration) {
        self.deadline += by;
    }

    fn expire(&mut self, now: Instant, out: &mut Vec<u8>) -> Status {
        if now < self.deadline {
            return Status::Open;
        }
        Response::new(408, "The request did not come in time.").append_to(out);
        Status::Over(CloseReason::TimedOut)
    }

    fn close(&mut self, reason: CloseReason, out: &mut Vec<u8>) {
        let response = match reason {
            CloseReason::ServerFull => http::server_full(),
            _ => Response::new(503, "The server is going away."),
        };
        response.append_to(out);
    }
}
