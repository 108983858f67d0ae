//! How a client receives notices: each once, in order, whoever owns the connection.
//!
//! The hub numbers its notices, and a connection carries the number of the last one that its client was sent.
//! So it does not matter which thread or loop is told of a notice, nor whether any is told at all: the
//! connection compares numbers, and fetches what is missing from the hub's history.

use super::{Connection, Next, Scratch};
use crate::hub::Numbered;
use crate::protocol::{CloseReason, Status};
use crate::service::{Hub, Notice};
use std::sync::Arc;

/// Where a client is in the hub's stream of notices.
pub(super) struct NoticeCursor {
    pub(super) hub: Arc<Hub>,
    /// The number of the last notice that the client was sent.
    pub(super) last_seq: u64,
}

impl Connection {
    /// Whether it may be sent notices: not before its handshake is done.
    pub fn wants_notices(&self) -> bool {
        self.is_open() && self.conversation.is_open()
    }

    /// Whether notices were published that it has not been sent.
    pub fn is_behind(&self) -> bool {
        let behind = |cursor: &NoticeCursor| cursor.last_seq < cursor.hub.latest();
        self.wants_notices() && self.cursor.as_ref().is_some_and(behind)
    }

    /// The hub whose notices it receives, if its service pushes.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        self.cursor.as_ref().map(|cursor| &cursor.hub)
    }

    /// Sends a notice, unless the client has received it already. Sends the ones before it too, if the
    /// client has missed any.
    pub fn deliver(&mut self, notice: &Numbered<Notice>, scratch: &mut Scratch) -> Next {
        match &self.cursor {
            Some(cursor) if notice.seq == cursor.last_seq + 1 && self.wants_notices() => {
                self.push(std::slice::from_ref(notice), scratch);
                self.next()
            }
            Some(cursor) if notice.seq > cursor.last_seq => self.catch_up(scratch),
            _ => self.next(),
        }
    }

    /// Sends every notice since the last one that the client was sent.
    pub fn catch_up(&mut self, scratch: &mut Scratch) -> Next {
        if let Some(cursor) = &self.cursor
            && self.wants_notices()
        {
            match cursor.hub.since(cursor.last_seq) {
                Ok(notices) => self.push(&notices, scratch),
                Err(lagged) => {
                    log::warn!("{}: missed {} notices", self.info.address, lagged.lost);
                    self.close(CloseReason::TooSlow, scratch);
                }
            }
        }
        self.next()
    }

    fn push(&mut self, notices: &[Numbered<Notice>], scratch: &mut Scratch) {
        if let (Some(cursor), Some(last)) = (&mut self.cursor, notices.last()) {
            cursor.last_seq = last.seq;
        }
        self.converse(&mut scratch.output, |conversation, out| {
            for notice in notices {
                conversation.notice(&notice.item, out);
            }
            Status::Open
        });
        if self.send_buffer.len() > self.limits.max_unsent_bytes {
            self.close_now(CloseReason::TooSlow);
        }
    }
}
