//! WebSocket (RFC 6455) as bytes in, bytes out, around tungstenite's state machine.
//!
//! This file has the stages of a conversation, from the opening handshake to the last close frame, and
//! their deadlines. Messages in between are handled in `session`, our own bytes are made in `encode`.
//!
//! **Closing.** When we end a conversation we append a close frame and are done. The owner then
//! half-closes the socket and reads on for a moment, which is all that waiting for the client's close
//! frame would achieve.

use super::encode::{Frames, append_close, append_ping};
use super::handshake;
use super::http::{self, HeadReader, Response};
use super::session::{OpenSession, SessionEnd};
use super::{CloseReason, Conversation, Limits, OriginPolicy, Status, Turn};
use crate::service::{Notice, Peer, Service};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the conversations of an endpoint share.
pub struct Config {
    pub(super) service: Arc<dyn Service>,
    pub(super) origins: OriginPolicy,
    pub(super) limits: Arc<Limits>,
}

/// One client's conversation.
pub(super) struct WebSocket {
    config: Arc<Config>,
    stage: Stage,
    /// When the client last sent bytes or took output. At first, when it was accepted.
    last_activity: Instant,
    /// When a ping was sent that has had no answer yet.
    pinged_at: Option<Instant>,
}

enum Stage {
    /// Waiting for the request head.
    Handshake(Box<(HeadReader, Peer)>),
    Open(OpenSession),
    /// Nothing more will be sent.
    Over,
}

impl WebSocket {
    /// A client that was accepted `now` and has sent nothing yet.
    pub(super) fn new(config: Arc<Config>, peer: Peer, now: Instant) -> WebSocket {
        WebSocket {
            config,
            stage: Stage::Handshake(Box::new((HeadReader::default(), peer))),
            last_activity: now,
            pinged_at: None,
        }
    }

    fn shake_hands(&mut self, input: &[u8], out: &mut Vec<u8>, turn: Turn<'_>) -> Status {
        let Stage::Handshake(handshake) = &mut self.stage else {
            return Status::Open;
        };
        let (head, peer) = &mut **handshake;
        let Config {
            service,
            origins,
            limits,
        } = &*self.config;
        let opened = head.receive(input, limits, |request, rest| {
            let response = handshake::upgrade(request, origins)?;
            peer.target = request.path.unwrap_or_default().to_owned();
            let session = service.open(peer, turn.now);
            let session = session.map_err(|problem| Response::new(400, problem))?;
            Ok((response, session, rest.to_vec()))
        });
        match opened {
            Ok(None) => Status::Open,
            Ok(Some((response, session, rest))) => {
                out.extend_from_slice(response.as_bytes());
                self.stage = Stage::Open(OpenSession::new(session));
                self.last_activity = turn.now;
                self.receive(&rest, out, turn)
            }
            Err(response) => {
                response.append_to(out);
                self.end(CloseReason::HandshakeRejected(response.status))
            }
        }
    }

    fn record_activity(&mut self, now: Instant) {
        self.last_activity = now;
        self.pinged_at = None;
    }

    fn expire_open(&mut self, now: Instant, out: &mut Vec<u8>) -> Status {
        let Stage::Open(open) = &mut self.stage else {
            return Status::Open;
        };
        let limits = &self.config.limits;
        if let Some(since) = open.message_since()
            && since + limits.message_timeout <= now
        {
            append_close(1008, "message took too long", out);
            return self.end(CloseReason::TimedOut);
        }
        match self.pinged_at {
            // The client has its time from the ping on, however late that was sent.
            Some(ping) if ping + limits.idle_timeout / 2 <= now => {
                append_close(1008, "no sign of life", out);
                return self.end(CloseReason::TimedOut);
            }
            None if self.last_activity + limits.idle_timeout / 2 <= now => {
                self.pinged_at = Some(now);
                append_ping(out);
            }
            _ => {}
        }
        if open.session.timer().is_some_and(|time| time <= now) {
            open.session.expire(now, &mut Frames(out));
        }
        Status::Open
    }

    fn end(&mut self, reason: CloseReason) -> Status {
        self.stage = Stage::Over;
        Status::Over(reason)
    }
}

impl Conversation for WebSocket {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, turn: Turn<'_>) -> Status {
        // Not during the handshake, which has one deadline for the whole of it.
        if !input.is_empty() && self.is_open() {
            self.record_activity(turn.now);
        }
        match &mut self.stage {
            Stage::Handshake(_) => self.shake_hands(input, out, turn),
            Stage::Over => Status::Over(CloseReason::Finished),
            Stage::Open(open) => match open.receive(input, out, turn, &self.config.limits) {
                Ok(true) => Status::More,
                Ok(false) => Status::Open,
                Err(SessionEnd::ByClient) => self.end(CloseReason::Finished),
                Err(SessionEnd::Violation(code, reason)) => {
                    append_close(code, &reason, out);
                    self.end(CloseReason::Violation(code))
                }
            },
        }
    }

    fn notice(&mut self, notice: &Notice, out: &mut Vec<u8>) {
        if let Stage::Open(open) = &mut self.stage {
            open.session.notice(notice, &mut Frames(out));
        }
    }

    fn end_of_input(&mut self) -> CloseReason {
        self.stage = Stage::Over;
        CloseReason::Disconnected
    }

    fn deadline(&self) -> Option<Instant> {
        let limits = &self.config.limits;
        match &self.stage {
            Stage::Handshake(_) => Some(self.last_activity + limits.handshake_timeout),
            Stage::Open(open) => {
                let idle = self.pinged_at.unwrap_or(self.last_activity) + limits.idle_timeout / 2;
                let message = open
                    .message_since()
                    .map(|since| since + limits.message_timeout);
                let deadlines = [Some(idle), message, open.session.timer()];
                deadlines.into_iter().flatten().min()
            }
            Stage::Over => None,
        }
    }

    fn expire(&mut self, now: Instant, out: &mut Vec<u8>) -> Status {
        let timeout = self.config.limits.handshake_timeout;
        match self.stage {
            Stage::Handshake(_) if self.last_activity + timeout <= now => {
                let seconds = timeout.as_secs_f64();
                Response::new(408, format!("No whole request within {seconds} s.")).append_to(out);
                self.end(CloseReason::TimedOut)
            }
            Stage::Open(_) => self.expire_open(now, out),
            Stage::Handshake(_) | Stage::Over => Status::Open,
        }
    }

    fn close(&mut self, reason: CloseReason, out: &mut Vec<u8>) {
        let (code, words) = match reason {
            CloseReason::GoingAway => (1001, "server is going away"),
            CloseReason::ServerFull => (1013, "no room, try again later"),
            CloseReason::Panicked => (1011, "internal error"),
            CloseReason::TooQuiet => (1008, "silent or slow for too long"),
            _ => (1008, "what was sent was not read"),
        };
        match self.stage {
            Stage::Open(_) => append_close(code, words, out),
            Stage::Handshake(_) => http::server_full().append_to(out),
            Stage::Over => {}
        }
        self.stage = Stage::Over;
    }

    fn restart_timeouts(&mut self, now: Instant) {
        self.record_activity(now);
        if let Stage::Open(open) = &mut self.stage {
            open.restart_timeouts(now);
        }
    }

    fn postpone(&mut self, by: Duration) {
        self.last_activity += by;
        self.pinged_at = self.pinged_at.map(|at| at + by);
        if let Stage::Open(open) = &mut self.stage {
            open.postpone(by);
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }
}
