//! WebSocket (RFC 6455) as bytes in, bytes out, around tungstenite's state machine.
//!
//! From the opening handshake to the last close frame, with the deadlines of each stage. The messages
//! in between are handled in `talk`, the bytes of our own are made in `encode`.
//!
//! **Closing.** When we end a conversation we append a close frame and are over: the owner half-closes
//! the socket and reads on for a moment, which is all that waiting for the peer's close frame would do.

use super::encode::{Frames, append_close, append_ping};
use super::handshake::{Accepted, Admission, Opening};
use super::http::{self, Answer};
use super::talk::{Ended, Talk};
use super::{CloseReason, Conversation, Limits, Status};
use crate::service::{Notice, Peer, Service};
use std::sync::Arc;
use std::time::Instant;

/// What the conversations of an endpoint share.
pub struct Common {
    /// What is said.
    pub service: Arc<dyn Service>,
    /// Which web pages may connect.
    pub admission: Admission,
    /// What one client may take.
    pub limits: Arc<Limits>,
}

/// One client's conversation.
pub struct WebSocket {
    common: Arc<Common>,
    stage: Stage,
    /// The last sign of life: bytes that came, or output that was taken. At first, when the client
    /// was accepted.
    last_alive: Instant,
    /// When a ping was sent since.
    pinged: Option<Instant>,
}

enum Stage {
    /// Waiting for the request head.
    Opening(Box<(Opening, Peer)>),
    /// Talking.
    Open(Talk),
    /// Nothing more will be said.
    Over,
}

impl WebSocket {
    /// A client that was accepted `now` and has sent nothing yet.
    pub fn new(common: Arc<Common>, peer: Peer, now: Instant) -> WebSocket {
        let stage = Stage::Opening(Box::new((Opening::default(), peer)));
        WebSocket {
            common,
            stage,
            last_alive: now,
            pinged: None,
        }
    }

    fn open(&mut self, input: &[u8], out: &mut Vec<u8>, now: Instant) -> Status {
        let Stage::Opening(opening) = &mut self.stage else {
            return Status::Open;
        };
        let (opening, peer) = &mut **opening;
        let common = &self.common;
        let accepted = match opening.receive(input, &common.limits, &common.admission) {
            Ok(Some(accepted)) => accepted,
            Ok(None) => return Status::Open,
            Err(answer) => return self.refuse(&answer, out),
        };
        let Accepted {
            target,
            answer,
            rest,
        } = accepted;
        peer.target = target;
        match common.service.open(peer, now) {
            Ok(session) => {
                out.extend_from_slice(&answer);
                self.stage = Stage::Open(Talk::new(session));
                self.last_alive = now;
                self.receive(&rest, out, now)
            }
            Err(sentence) => self.refuse(&Answer::new(400, sentence), out),
        }
    }

    fn refuse(&mut self, answer: &Answer, out: &mut Vec<u8>) -> Status {
        out.extend_from_slice(&answer.to_bytes());
        self.over(CloseReason::Refused(answer.status))
    }

    /// Ends an open conversation with a close frame.
    fn close(&mut self, code: u16, words: &str, why: CloseReason, out: &mut Vec<u8>) -> Status {
        append_close(code, words, out);
        self.over(why)
    }

    fn heard(&mut self, now: Instant) {
        self.last_alive = now;
        self.pinged = None;
    }

    fn over(&mut self, why: CloseReason) -> Status {
        self.stage = Stage::Over;
        Status::Over(why)
    }
}

impl Conversation for WebSocket {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, now: Instant) -> Status {
        // Not in the opening: its deadline is one for the whole of it.
        if !input.is_empty() && self.is_open() {
            self.heard(now);
        }
        match &mut self.stage {
            Stage::Opening(_) => self.open(input, out, now),
            Stage::Over => Status::Over(CloseReason::Finished),
            Stage::Open(talk) => match talk.receive(input, out, now, &self.common.limits) {
                Ok(true) => Status::More,
                Ok(false) => Status::Open,
                Err(Ended::ByPeer) => self.over(CloseReason::Finished),
                Err(Ended::ByUs(code, words)) => {
                    self.close(code, &words, CloseReason::Violation(code), out)
                }
            },
        }
    }

    fn notice(&mut self, notice: &Notice, out: &mut Vec<u8>) {
        if let Stage::Open(talk) = &mut self.stage {
            talk.session.notice(notice, &mut Frames(out));
        }
    }

    fn end_of_input(&mut self) -> CloseReason {
        self.stage = Stage::Over;
        CloseReason::Vanished
    }

    fn deadline(&self) -> Option<Instant> {
        let limits = &self.common.limits;
        match &self.stage {
            Stage::Opening(_) => Some(self.last_alive + limits.handshake_timeout),
            Stage::Open(talk) => {
                let idle = self.pinged.unwrap_or(self.last_alive) + limits.idle_timeout / 2;
                let message = talk
                    .message_since()
                    .map(|since| since + limits.message_timeout);
                [Some(idle), message, talk.session.timer()]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Stage::Over => None,
        }
    }

    fn expire(&mut self, now: Instant, out: &mut Vec<u8>) -> Status {
        let limits = &self.common.limits;
        let silence = now.saturating_duration_since(self.last_alive);
        match &mut self.stage {
            Stage::Opening(_) if silence >= limits.handshake_timeout => {
                let seconds = limits.handshake_timeout.as_secs_f64();
                let answer = Answer::new(408, format!("No whole request within {seconds} s."));
                out.extend_from_slice(&answer.to_bytes());
                self.over(CloseReason::TimedOut)
            }
            Stage::Open(talk) => {
                if talk
                    .message_since()
                    .is_some_and(|since| since + limits.message_timeout <= now)
                {
                    return self.close(1008, "message took too long", CloseReason::TimedOut, out);
                }
                match self.pinged {
                    // The answer has its time from the ping on, however late that went out.
                    Some(ping) if ping + limits.idle_timeout / 2 <= now => {
                        return self.close(1008, "no sign of life", CloseReason::TimedOut, out);
                    }
                    None if silence >= limits.idle_timeout / 2 => {
                        self.pinged = Some(now);
                        append_ping(out);
                    }
                    _ => {}
                }
                if talk.session.timer().is_some_and(|time| time <= now) {
                    talk.session.expire(now, &mut Frames(out));
                }
                Status::Open
            }
            Stage::Opening(_) | Stage::Over => Status::Open,
        }
    }

    fn leave(&mut self, why: CloseReason, out: &mut Vec<u8>) {
        let (code, words) = match why {
            CloseReason::GoingAway => (1001, "server is going away"),
            CloseReason::NoRoom => (1013, "no room, try again later"),
            CloseReason::Panicked => (1011, "internal error"),
            CloseReason::Dropped => (1008, "silent or slow for too long"),
            _ => (1008, "what was sent was not read"),
        };
        match self.stage {
            Stage::Open(_) => append_close(code, words, out),
            Stage::Opening(_) => out.extend_from_slice(&http::no_room().to_bytes()),
            Stage::Over => {}
        }
        self.stage = Stage::Over;
    }

    fn not_heard_until(&mut self, now: Instant) {
        self.heard(now);
        if let Stage::Open(talk) = &mut self.stage {
            talk.not_heard_until(now);
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }
}
