//! The client's side, by hand: requests, masked frames, and a decoder for the server's bytes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use gearshift::clock;
use gearshift::protocol::OriginPolicy;
use gearshift::protocol::{CloseReason, Conversation, Limits, Protocol, Status, Turn};
use gearshift::service::{ClientId, Notice, Peer, Service};

/// The key of RFC 6455, section 1.3.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The whole response to [`KEY`].
pub(crate) const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A request head, line by line. At first it is valid.
#[derive(Clone)]
pub(crate) struct Head {
    first: String,
    lines: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn new() -> Head {
        Head {
            first: "GET / HTTP/1.1".to_owned(),
            lines: Vec::new(),
        }
        .and("Host", "127.0.0.1:8765")
        .and("Upgrade", "websocket")
        .and("Connection", "keep-alive, Upgrade")
        .and("Sec-WebSocket-Key", KEY)
        .and("Sec-WebSocket-Version", "13")
    }

    pub(crate) fn first(mut self, line: &str) -> Head {
        self.first = line.to_owned();
        self
    }

    pub(crate) fn and(mut self, name: &str, value: &str) -> Head {
        self.lines.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Head {
        self.lines.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn with(self, name: &str, value: &str) -> Head {
        self.without(name).and(name, value)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("{}\r\n", self.first);
        for (name, value) in &self.lines {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// A frame of the client, valid or not.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    pub(crate) reserved: u8,
    pub(crate) opcode: u8,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) payload: Vec<u8>,
    /// Bytes of extended length: 0, 2 or 8. `None` is the fewest that fit.
    pub(crate) length_form: Option<usize>,
    /// The length that the header claims, if it is not that of the payload.
    pub(crate) claims: Option<u64>,
}

pub(crate) fn frame(opcode: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame {
        fin: true,
        reserved: 0,
        opcode,
        mask: Some([0x37, 0xfa, 0x21, 0x3d]),
        payload: payload.as_ref().to_vec(),
        length_form: None,
        claims: None,
    }
}

impl Frame {
    /// Not the last fragment of its message.
    pub(crate) fn open_ended(mut self) -> Frame {
        self.fin = false;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = self.claims.unwrap_or(self.payload.len() as u64);
        let form = self.length_form.unwrap_or(match length {
            0..126 => 0,
            126..0x1_0000 => 2,
            _ => 8,
        });
        let seven_bits = match form {
            0 => length as u8,
            2 => 126,
            _ => 127,
        };
        let first = u8::from(self.fin) << 7 | self.reserved << 4 | self.opcode;
        let second = u8::from(self.mask.is_some()) << 7 | seven_bits;
        let mut bytes = vec![first, second];
        bytes.extend(&length.to_be_bytes()[8 - form..]);
        let mask = self.mask.unwrap_or_default();
        if self.mask.is_some() {
            bytes.extend(mask);
        }
        let masked = self.payload.iter().zip(mask.iter().cycle());
        bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
        bytes
    }
}

/// One frame after the other.
pub(crate) fn stream<'f>(frames: impl IntoIterator<Item = &'f Frame>) -> Vec<u8> {
    frames.into_iter().flat_map(Frame::bytes).collect()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(TEXT, text).bytes()
}

pub(crate) fn binary(bytes: &[u8]) -> Vec<u8> {
    frame(BINARY, bytes).bytes()
}

pub(crate) fn ping(payload: &str) -> Vec<u8> {
    frame(PING, payload).bytes()
}

pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(CLOSE, [&code.to_be_bytes(), reason.as_bytes()].concat()).bytes()
}

/// A frame of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Received {
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong(Vec<u8>),
    Close(u16, String),
    EmptyClose,
}

pub(crate) fn received(text: &str) -> Received {
    Received::Text(text.to_owned())
}

/// Reads frames as a strict client does: whole messages, no reserved bits, no mask, shortest length.
pub(crate) fn read_frames(mut bytes: &[u8]) -> Vec<Received> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        assert_eq!(first & 0xf0, 0x80, "a final frame without reserved bits");
        let (length, rest) = match second {
            0..126 => (u64::from(*second), rest),
            126 => {
                let (length, rest) = rest.split_first_chunk().unwrap();
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk().unwrap();
                (u64::from_be_bytes(*length), rest)
            }
            _ => panic!("a server must not mask"),
        };
        let shortest = match length {
            0..126 => length as u8,
            126..0x1_0000 => 126,
            _ => 127,
        };
        assert_eq!(*second, shortest, "the shortest form of {length}");
        let (payload, rest) = rest.split_at(length as usize);
        bytes = rest;
        let words = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        assert!(first & 0x08 == 0 || length < 126, "a control frame");
        frames.push(match first & 0x0f {
            TEXT => Received::Text(words(payload)),
            BINARY => Received::Binary(payload.to_vec()),
            PING => {
                assert!(payload.is_empty());
                Received::Ping
            }
            PONG => Received::Pong(payload.to_vec()),
            CLOSE if payload.is_empty() => Received::EmptyClose,
            CLOSE => {
                let (code, reason) = payload.split_first_chunk().unwrap();
                Received::Close(u16::from_be_bytes(*code), words(reason))
            }
            opcode => panic!("opcode {opcode}"),
        });
    }
    assert!(bytes.is_empty(), "a cut frame: {bytes:?}");
    frames
}

/// An endpoint on loopback, with default limits.
pub(crate) fn endpoint(service: impl Service + 'static) -> Protocol {
    limited(service, Limits::default())
}

pub(crate) fn limited(service: impl Service + 'static, limits: Limits) -> Protocol {
    let origins = OriginPolicy::default();
    Protocol::websocket(Arc::new(service), origins, Arc::new(limits))
}

/// One client and its conversation.
pub(crate) struct Client {
    pub(crate) conversation: Box<dyn Conversation>,
    pub(crate) now: Instant,
    /// Ends a burst early once it is set.
    pub(crate) interrupt: AtomicBool,
    /// Output for the client that was not taken yet.
    pub(crate) out: Vec<u8>,
    pub(crate) status: Status,
}

impl Client {
    /// A client that was accepted and has sent nothing.
    pub(crate) fn silent(protocol: &Protocol) -> Client {
        Client::numbered(1, protocol)
    }

    pub(crate) fn numbered(id: ClientId, protocol: &Protocol) -> Client {
        let now = clock::now();
        let peer = Peer {
            id,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)),
            target: String::new(),
        };
        Client {
            conversation: protocol.begin(peer, now),
            now,
            interrupt: AtomicBool::new(false),
            out: Vec::new(),
            status: Status::Open,
        }
    }

    /// A client that has completed the handshake.
    pub(crate) fn open(protocol: &Protocol) -> Client {
        Client::silent(protocol).shake_hands(&Head::new())
    }

    pub(crate) fn shake_hands(mut self, head: &Head) -> Client {
        self.send(head.bytes());
        assert_eq!(self.status, Status::Open);
        assert_eq!(String::from_utf8(self.take()).unwrap(), ACCEPTED);
        self
    }

    /// Passes one input and calls again until all of it is handled.
    pub(crate) fn send(&mut self, input: impl AsRef<[u8]>) -> Status {
        self.send_once(input);
        while self.status == Status::More {
            self.send_once([]);
        }
        self.status
    }

    /// Passes one input, of which one burst is handled.
    pub(crate) fn send_once(&mut self, input: impl AsRef<[u8]>) -> Status {
        let input = input.as_ref();
        let turn = Turn {
            now: self.now,
            interrupt: &self.interrupt,
        };
        self.status = self.conversation.receive(input, &mut self.out, turn);
        self.status
    }

    /// Passes one input after the other, while the conversation lasts.
    pub(crate) fn send_all<I: AsRef<[u8]>>(
        &mut self,
        inputs: impl IntoIterator<Item = I>,
    ) -> Status {
        for input in inputs {
            if !matches!(self.status, Status::Over(_)) {
                self.send(input);
            }
        }
        self.status
    }

    pub(crate) fn wait(&mut self, time: Duration) -> &mut Client {
        self.now += time;
        self
    }

    pub(crate) fn expire(&mut self) -> Status {
        self.status = self.conversation.expire(self.now, &mut self.out);
        self.status
    }

    pub(crate) fn deliver(&mut self, notice: &Notice) {
        self.conversation.notice(notice, &mut self.out);
    }

    pub(crate) fn close(&mut self, why: CloseReason) {
        self.conversation.close(why, &mut self.out);
    }

    /// The time left until the deadline.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        Some(self.conversation.deadline()?.duration_since(self.now))
    }

    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub(crate) fn received(&mut self) -> Vec<Received> {
        read_frames(&self.take())
    }

    /// The code of the close frame, which is all that was received.
    #[track_caller]
    pub(crate) fn close_code(&mut self) -> u16 {
        match &self.received()[..] {
            [Received::Close(code, _)] => *code,
            other => panic!("one close frame expected, not {other:?}"),
        }
    }
}

/// A whole HTTP response that closes the connection: status line, headers, a body of the stated length.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) fn read_response(bytes: &[u8]) -> Response {
    let response = std::str::from_utf8(bytes).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").expect("a whole head");
    let head = format!("{head}\r\n");
    let line = head.strip_prefix("HTTP/1.1 ").expect("HTTP/1.1");
    let status = line[..3].parse().unwrap();
    let length = format!("\r\nContent-Length: {}\r\n", body.len());
    assert!(head.contains(&length), "{head}{body}");
    assert!(head.contains("\r\nConnection: close\r\n"), "{head}");
    assert!(!body.is_empty());
    Response {
        status,
        head,
        body: body.to_owned(),
    }
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
