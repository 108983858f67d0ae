//! WebSocket (RFC 6455) as bytes in, bytes out, around tungstenite's state machine.
//!
//! From the opening handshake to the last close frame, with the deadlines of each stage. The messages
//! in between are handled in `session`, the bytes of our own are made in `encode`.
//!
//! **Closing.** When we end a conversation we append a close frame and are over: the owner half-closes
//! the socket and reads on for a moment, which is all that waiting for the peer's close frame would do.

use super::encode::{Frames, append_close, append_ping};
use super::handshake::{HandshakeReader, OriginPolicy, Upgrade};
use super::http::{self, Response};
use super::session::{OpenSession, SessionEnd};
use super::{CloseReason, Conversation, Limits, Status};
use crate::service::{Notice, Peer, Service};
use std::sync::Arc;
use std::time::Instant;

/// What the conversations of an endpoint share.
pub struct Config {
    /// What is said.
    pub service: Arc<dyn Service>,
    /// Which web pages may connect.
    pub origins: OriginPolicy,
    /// What one client may take.
    pub limits: Arc<Limits>,
}

/// One client's conversation.
pub struct WebSocket {
    config: Arc<Config>,
    stage: Stage,
    /// The last sign of life: bytes that came, or output that was taken. At first, when the client
    /// was accepted.
    last_activity: Instant,
    /// When a ping was sent since.
    pinged_at: Option<Instant>,
}

enum Stage {
    /// Waiting for the request head.
    Handshake(Box<(HandshakeReader, Peer)>),
    /// Talking.
    Open(OpenSession),
    /// Nothing more will be said.
    Over,
}

impl WebSocket {
    /// A client that was accepted `now` and has sent nothing yet.
    pub fn new(config: Arc<Config>, peer: Peer, now: Instant) -> WebSocket {
        let stage = Stage::Handshake(Box::new((HandshakeReader::default(), peer)));
        WebSocket {
            config,
            stage,
            last_activity: now,
            pinged_at: None,
        }
    }

    fn shake_hands(&mut self, input: &[u8], out: &mut Vec<u8>, now: Instant) -> Status {
        let Stage::Handshake(handshake) = &mut self.stage else {
            return Status::Open;
        };
        let (handshake, peer) = &mut **handshake;
        let config = &self.config;
        let upgrade = match handshake.receive(input, &config.limits, &config.origins) {
            Ok(Some(upgrade)) => upgrade,
            Ok(None) => return Status::Open,
            Err(response) => return self.reject(&response, out),
        };
        let Upgrade {
            target,
            response,
            rest,
        } = upgrade;
        peer.target = target;
        match config.service.open(peer, now) {
            Ok(session) => {
                out.extend_from_slice(&response);
                self.stage = Stage::Open(OpenSession::new(session));
                self.last_activity = now;
                self.receive(&rest, out, now)
            }
            Err(sentence) => self.reject(&Response::new(400, sentence), out),
        }
    }

    fn reject(&mut self, response: &Response, out: &mut Vec<u8>) -> Status {
        out.extend_from_slice(&response.to_bytes());
        self.end(CloseReason::HandshakeRejected(response.status))
    }

    /// Ends an open conversation with a close frame.
    fn end_with_close_frame(
        &mut self,
        code: u16,
        words: &str,
        why: CloseReason,
        out: &mut Vec<u8>,
    ) -> Status {
        append_close(code, words, out);
        self.end(why)
    }

    fn record_activity(&mut self, now: Instant) {
        self.last_activity = now;
        self.pinged_at = None;
    }

    fn end(&mut self, why: CloseReason) -> Status {
        self.stage = Stage::Over;
        Status::Over(why)
    }
}

impl Conversation for WebSocket {
    fn receive(&mut self, input: &[u8], out: &mut Vec<u8>, now: Instant) -> Status {
        // Not in the opening: its deadline is one for the whole of it.
        if !input.is_empty() && self.is_open() {
            self.record_activity(now);
        }
        match &mut self.stage {
            Stage::Handshake(_) => self.shake_hands(input, out, now),
            Stage::Over => Status::Over(CloseReason::Finished),
            Stage::Open(open) => match open.receive(input, out, now, &self.config.limits) {
                Ok(true) => Status::More,
                Ok(false) => Status::Open,
                Err(SessionEnd::ByClient) => self.end(CloseReason::Finished),
                Err(SessionEnd::ByServer(code, words)) => {
                    self.end_with_close_frame(code, &words, CloseReason::Violation(code), out)
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
                [Some(idle), message, open.session.timer()]
                    .into_iter()
                    .flatten()
                    .min()
            }
            Stage::Over => None,
        }
    }

    fn expire(&mut self, now: Instant, out: &mut Vec<u8>) -> Status {
        let limits = &self.config.limits;
        let silence = now.saturating_duration_since(self.last_activity);
        match &mut self.stage {
            Stage::Handshake(_) if silence >= limits.handshake_timeout => {
                let seconds = limits.handshake_timeout.as_secs_f64();
                let response = Response::new(408, format!("No whole request within {seconds} s."));
                out.extend_from_slice(&response.to_bytes());
                self.end(CloseReason::TimedOut)
            }
            Stage::Open(open) => {
                if open
                    .message_since()
                    .is_some_and(|since| since + limits.message_timeout <= now)
                {
                    return self.end_with_close_frame(
                        1008,
                        "message took too long",
                        CloseReason::TimedOut,
                        out,
                    );
                }
                match self.pinged_at {
                    // The answer has its time from the ping on, however late that went out.
                    Some(ping) if ping + limits.idle_timeout / 2 <= now => {
                        return self.end_with_close_frame(
                            1008,
                            "no sign of life",
                            CloseReason::TimedOut,
                            out,
                        );
                    }
                    None if silence >= limits.idle_timeout / 2 => {
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
            Stage::Handshake(_) | Stage::Over => Status::Open,
        }
    }

    fn close(&mut self, why: CloseReason, out: &mut Vec<u8>) {
        let (code, words) = match why {
            CloseReason::GoingAway => (1001, "server is going away"),
            CloseReason::ServerFull => (1013, "no room, try again later"),
            CloseReason::Panicked => (1011, "internal error"),
            CloseReason::TooQuiet => (1008, "silent or slow for too long"),
            _ => (1008, "what was sent was not read"),
        };
        match self.stage {
            Stage::Open(_) => append_close(code, words, out),
            Stage::Handshake(_) => out.extend_from_slice(&http::server_full().to_bytes()),
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

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open(_))
    }
}
