//! Raw TCP: what comes goes back. No framing, so "a message" is whatever one read happened to bring;
//! a client that sends ten bytes may get them back as three and seven.

use super::{CloseReason, Conversation, Status};
use std::time::Instant;

/// The smallest conversation there is.
#[derive(Debug)]
pub struct TcpEcho;

impl Conversation for TcpEcho {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, _now: Instant) -> Status {
        out.extend_from_slice(input);
        Status::Open
    }

    /// The client's end is the end: TCP has no other farewell.
    fn end_of_input(&mut self) -> CloseReason {
        CloseReason::Finished
    }

    /// 4,096: the page-sized read of the textbook listings.
    fn read_size(&self) -> usize {
        4096
    }
}
