//! The smallest web server: reads a request to its empty line, greets, closes.
//!
//! One request a connection: with `Connection: close` nobody has to know where a body ends that is not
//! looked at. What the client still sends is read and thrown away for a moment, or closing would reset
//! the connection and take the greeting with it.

use super::http::Response;
use super::{CloseReason, Conversation, Limits, Status};
use std::sync::Arc;
use std::time::Instant;

const GREETING: &str = "Hello from gearshift!";

/// See the module.
#[derive(Debug)]
pub struct HttpHello {
    limits: Arc<Limits>,
    head: Vec<u8>,
    /// When the request has to be there.
    deadline: Instant,
}

impl HttpHello {
    /// A client that was accepted `now`.
    pub fn new(limits: Arc<Limits>, now: Instant) -> HttpHello {
        let deadline = now + limits.handshake_timeout;
        HttpHello {
            limits,
            head: Vec::new(),
            deadline,
        }
    }

    /// The answer, if the head is complete or cannot become so.
    fn response(&self) -> Option<Vec<u8>> {
        let mut lines = vec![httparse::EMPTY_HEADER; self.limits.max_headers];
        let mut request = httparse::Request::new(&mut lines);
        let parsed = request.parse(&self.head);
        let too_large = self.head.len() > self.limits.max_head_bytes;
        let response = match parsed {
            Ok(httparse::Status::Partial) if !too_large => return None,
            Ok(_) if too_large => Response::new(431, "The request head is too large."),
            Ok(_) if request.method == Some("HEAD") => {
                return Some(Response::verbatim(200, GREETING).head_to_bytes());
            }
            Ok(_) => Response::verbatim(200, GREETING),
            Err(httparse::Error::TooManyHeaders) => {
                Response::new(431, "The request has too many header lines.")
            }
            Err(httparse::Error::Version) => Response::new(505, "HTTP/1.1 is spoken here."),
            Err(error) => Response::new(400, format!("This is not an HTTP request: {error}.")),
        };
        Some(response.to_bytes())
    }
}

impl Conversation for HttpHello {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, _now: Instant) -> Status {
        // Only a line end can complete a head: byte by byte must not cost a parse a byte.
        let worth_parsing = self.head.is_empty() || input.contains(&b'\n');
        self.head.extend_from_slice(input);
        if !worth_parsing && self.head.len() <= self.limits.max_head_bytes {
            return Status::Open;
        }
        match self.response() {
            Some(response) => {
                out.extend_from_slice(&response);
                Status::Over(CloseReason::Responded)
            }
            None => Status::Open,
        }
    }

    fn end_of_input(&mut self) -> CloseReason {
        CloseReason::Disconnected
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.deadline)
    }

    fn expire(&mut self, now: Instant, out: &mut Vec<u8>) -> Status {
        if now < self.deadline {
            return Status::Open;
        }
        let response = Response::new(408, "The request did not come in time.");
        out.extend_from_slice(&response.to_bytes());
        Status::Over(CloseReason::TimedOut)
    }

    fn close(&mut self, why: CloseReason, out: &mut Vec<u8>) {
        let response = match why {
            CloseReason::ServerFull => super::http::server_full(),
            _ => Response::new(503, "The server is going away."),
        };
        out.extend_from_slice(&response.to_bytes());
    }
}
