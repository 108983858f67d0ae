//! Encoding: replies, notices and close frames as the bytes of RFC 6455, section 5.
//!
//! They go straight into the output, past the library's own write buffer. So a reply is copied once,
//! and the replies to everything that came in one read leave in one write.

use crate::service::{Message, Prepared, Reply};
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};

/// Appends each message as one frame, unmasked, as a server's frames are.
pub(super) struct Frames<'o>(pub(super) &'o mut Vec<u8>);

impl Reply for Frames<'_> {
    fn text(&mut self, parts: &[&str]) {
        let length = parts.iter().map(|part| part.len()).sum();
        append_header(Data::Text, length, self.0);
        for part in parts {
            self.0.extend_from_slice(part.as_bytes());
        }
    }

    fn binary(&mut self, bytes: &[u8]) {
        append_header(Data::Binary, bytes.len(), self.0);
        self.0.extend_from_slice(bytes);
    }

    fn prepared(&mut self, message: &Prepared) {
        self.0.extend_from_slice(message.bytes(|message| {
            let mut bytes = Vec::new();
            match message {
                Message::Text(text) => Frames(&mut bytes).text(&[text]),
                Message::Binary(payload) => Frames(&mut bytes).binary(payload),
            }
            bytes
        }));
    }
}

fn append_header(kind: Data, payload: usize, out: &mut Vec<u8>) {
    let header = FrameHeader {
        opcode: OpCode::Data(kind),
        ..FrameHeader::default()
    };
    out.reserve(header.len(payload as u64) + payload);
    header
        .format(payload as u64, out)
        .expect("a Vec takes every write");
}

/// A close frame with `code` and as much of `reason` as fits.
pub(super) fn append_close(code: u16, reason: &str, out: &mut Vec<u8>) {
    // A control frame holds 125 bytes: 2 of code, 123 of text (RFC 6455, 5.5).
    let end = reason.floor_char_boundary(123);
    let close = CloseFrame {
        code: CloseCode::from(code),
        reason: reason[..end].into(),
    };
    append(Frame::close(Some(close)), out);
}

/// A ping, which every living client answers with a pong.
pub(super) fn append_ping(out: &mut Vec<u8>) {
    append(Frame::ping(Vec::new()), out);
}

fn append(frame: Frame, out: &mut Vec<u8>) {
    frame.format(out).expect("a Vec takes every write");
}
