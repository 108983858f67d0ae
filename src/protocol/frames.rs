//! Where frames and messages begin and end in the byte stream, and nothing else about them.
//!
//! The WebSocket library keeps its position to itself. Three things need it all the same: a client
//! with **nothing half done** needs no library state at all (a few hundred bytes an idle client
//! instead of five thousand), the **time** of a message counts from its first byte, and the **number
//! of fragments** of a message has to be bounded. The price is reading each header twice, about
//! 10 ns.
//!
//! Nothing is checked here. A header that cannot be one stops the count ([`FrameTracker::at_message_boundary`]
//! stays false) and the library, which sees the same bytes, finds the right words for it.

use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// The longest header: 2 bytes, 8 of length, 4 of mask (RFC 6455, 5.2).
const MAX_HEADER: usize = 14;

/// Follows one client's frames.
#[derive(Debug, Default)]
pub struct FrameTracker {
    /// The beginning of a header whose end has not come yet.
    header: [u8; MAX_HEADER],
    /// How much of `header` is there.
    header_len: u8,
    /// No header can begin like this one: nothing is followed any more.
    malformed: bool,
    /// The last data frame was not the final one of its message.
    inside_message: bool,
    /// Frames of the message that is coming in.
    fragments: u32,
    /// A message came in too many of them: nothing is followed any more.
    too_many_fragments: bool,
    /// Bytes of payload still to come in the frame that is coming in.
    payload_left: u64,
}

/// What [`FrameTracker::follow`] saw.
#[derive(Debug, PartialEq, Eq)]
pub struct Followed {
    /// So many bytes come before the fragment that is one too many; all of them, if none is.
    pub allowed: usize,
    /// What is half done now, if anything is, began in this input.
    pub began: bool,
}

impl FrameTracker {
    /// Whether the last byte followed was the last one of a whole message.
    pub fn at_message_boundary(&self) -> bool {
        !self.malformed
            && !self.too_many_fragments
            && self.header_len == 0
            && self.payload_left == 0
            && !self.inside_message
    }

    /// Whether a message came in too many fragments.
    pub fn too_many_fragments(&self) -> bool {
        self.too_many_fragments
    }

    /// Moves on by `input`, up to a message of more than `max_fragments`.
    pub fn follow(&mut self, input: &[u8], max_fragments: u32) -> Followed {
        let mut began = false;
        let mut rest = input;
        while !rest.is_empty() && !self.malformed && !self.too_many_fragments {
            if self.payload_left > 0 {
                let here = self.payload_left.min(rest.len() as u64);
                rest = &rest[here as usize..];
                self.payload_left -= here;
                continue;
            }
            began |= self.header_len == 0 && !self.inside_message;
            let Some(payload) = self.read_header(rest) else {
                break;
            };
            self.too_many_fragments = self.fragments > max_fragments;
            if !self.too_many_fragments {
                rest = payload;
            }
        }
        let refused = if self.too_many_fragments {
            rest.len()
        } else {
            0
        };
        Followed {
            allowed: input.len() - refused,
            began,
        }
    }

    /// Reads a header, possibly begun by earlier input; what follows it, if it is whole.
    fn read_header<'i>(&mut self, input: &'i [u8]) -> Option<&'i [u8]> {
        if self.header_len == 0 {
            return match parse(input) {
                Ok(Some((header, payload, length))) => {
                    self.begin_frame(&header, payload);
                    Some(&input[length..])
                }
                Ok(None) => {
                    self.header[..input.len()].copy_from_slice(input);
                    self.header_len = input.len() as u8;
                    None
                }
                Err(Malformed) => {
                    self.malformed = true;
                    None
                }
            };
        }
        // The rest of a header cut in two: seldom, so it may go byte by byte.
        for (at, &byte) in input.iter().enumerate() {
            self.header[self.header_len as usize] = byte;
            self.header_len += 1;
            match parse(&self.header[..self.header_len as usize]) {
                Ok(Some((header, payload, _))) => {
                    self.header_len = 0;
                    self.begin_frame(&header, payload);
                    return Some(&input[at + 1..]);
                }
                Ok(None) => {}
                Err(Malformed) => {
                    self.malformed = true;
                    return None;
                }
            }
        }
        None
    }

    fn begin_frame(&mut self, header: &FrameHeader, payload: u64) {
        self.payload_left = payload;
        if let OpCode::Data(kind) = header.opcode {
            self.fragments = if kind == Data::Continue {
                self.fragments + 1
            } else {
                1
            };
            self.inside_message = !header.is_final;
        }
    }
}

struct Malformed;

/// A header, its payload's length and its own; `None` if it is cut off.
fn parse(input: &[u8]) -> Result<Option<(FrameHeader, u64, usize)>, Malformed> {
    let mut cursor = Cursor::new(input);
    match FrameHeader::parse(&mut cursor) {
        Ok(Some((header, payload))) => Ok(Some((header, payload, cursor.position() as usize))),
        Ok(None) if input.len() < MAX_HEADER => Ok(None),
        Ok(None) | Err(_) => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two fragments with a ping between them, then a text with a 16-bit length.
    fn stream() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = Vec::new();
        let mut whole_at = vec![0];
        bytes.extend([0x01, 0x81, 1, 2, 3, 4, b'a']);
        bytes.extend([0x89, 0x80, 1, 2, 3, 4]);
        bytes.extend([0x80, 0x81, 1, 2, 3, 4, b'b']);
        whole_at.push(bytes.len());
        bytes.extend([0x81, 0xfe, 0, 200, 1, 2, 3, 4]);
        bytes.extend([b'x'; 200]);
        whole_at.push(bytes.len());
        (bytes, whole_at)
    }

    #[test]
    fn at_rest_exactly_between_messages_wherever_the_input_is_cut() {
        let (bytes, whole_at) = stream();
        for first in 0..bytes.len() {
            for second in [first, first + 1, (first + bytes.len()) / 2] {
                let mut tracker = FrameTracker::default();
                let second = second.min(bytes.len());
                for (piece, end) in [
                    (&bytes[..first], first),
                    (&bytes[first..second], second),
                    (&bytes[second..], bytes.len()),
                ] {
                    tracker.follow(piece, 100);
                    assert_eq!(
                        tracker.at_message_boundary(),
                        whole_at.contains(&end),
                        "{first} {second} {end}"
                    );
                }
            }
        }
    }

    #[test]
    fn fragments_are_counted_a_message_and_what_is_one_too_many_is_cut_off() {
        let mut tracker = FrameTracker::default();
        let (bytes, _) = stream();
        assert_eq!(tracker.follow(&bytes, 2).allowed, bytes.len());
        let fragments = [[0x01, 0x80, 0, 0, 0, 0], [0x00, 0x80, 0, 0, 0, 0]].concat();
        assert_eq!(tracker.follow(&fragments, 2).allowed, 12);
        let third = [0x80, 0x80, 0, 0, 0, 0];
        assert_eq!(tracker.follow(&third[..3], 2).allowed, 3);
        assert_eq!(tracker.follow(&third[3..], 2).allowed, 0);
        assert!(tracker.too_many_fragments() && !tracker.at_message_boundary());
        assert_eq!(tracker.follow(&bytes, 2).allowed, 0);
    }

    #[test]
    fn a_beginning_is_noticed_unless_it_is_inside_a_message() {
        let (bytes, whole_at) = stream();
        let mut tracker = FrameTracker::default();
        let (last_byte, end) = (whole_at[1] - 1, bytes.len());
        for (from, to, began) in [(0, 5, true), (5, last_byte, false), (last_byte, end, true)] {
            assert_eq!(tracker.follow(&bytes[from..to], 100).began, began, "{from}");
        }
    }

    #[test]
    fn what_cannot_be_a_frame_is_never_at_rest_again() {
        let mut tracker = FrameTracker::default();
        tracker.follow(&[0x83, 0x80], 100);
        assert!(!tracker.at_message_boundary());
        tracker.follow(&[0x89, 0x80, 1, 2, 3, 4], 100);
        assert!(!tracker.at_message_boundary());
    }
}
