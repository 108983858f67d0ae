//! Raw TCP that comes back. There is no framing, so "a message" is whatever one read happened to bring:
//! a client that sends ten bytes may get them back as three and seven. And there is no ping: the server
//! cannot ask a silent client whether it is still there, it can only close the connection.

use super::{CloseReason, Conversation, Limits, Status, Turn};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The smallest conversation there is.
#[derive(Debug)]
pub(super) struct TcpEcho {
    limits: Arc<Limits>,
    last_activity: Instant,
}

impl TcpEcho {
    /// A client that was accepted `now`.
    pub(super) fn new(limits: Arc<Limits>, now: Instant) -> TcpEcho {
        TcpEcho {
            limits,
            last_activity: now,
        }
    }
}

impl Conversation for TcpEcho {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, turn: Turn<'_>) -> Status {
        self.last_activity = turn.now;
        out.extend_from_slice(input);
        Status::Open
    }

    /// An orderly end: TCP has no other way to close.
    fn end_of_input(&mut self) -> CloseReason {
        CloseReason::Finished
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.last_activity + self.limits.idle_timeout)
    }

    fn expire(&mut self, now: Instant, _out: &mut Vec<u8>) -> Status {
        if self.last_activity + self.limits.idle_timeout <= now {
            Status::Over(CloseReason::TimedOut)
        } else {
            Status::Open
        }
    }

    fn restart_timeouts(&mut self, now: Instant) {
        self.last_activity = now;
    }

    fn postpone(&mut self, by: Duration) {
        self.last_activity += by;
    }

    /// 4,096: the page-sized read of the textbook listings.
    fn read_size(&self) -> usize {
        4096
    }
}
