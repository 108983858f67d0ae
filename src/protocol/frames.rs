//! Where frames and messages begin and end in the byte stream, and nothing else about them.
//!
//! The WebSocket library does not say where in the stream it is, but three things depend on it:
//!
//! - **memory**: a client that is between two messages needs no library state at all, which makes an
//!   idle client a few hundred bytes instead of five thousand;
//! - **time**: the time limit of a message counts from its first byte;
//! - **fragments**: their number per message has to be bounded.
//!
//! The price is that each header is read twice, about 10 ns.
//!
//! Nothing is validated here. A malformed header stops the tracker for good, and the library, which
//! sees the same bytes, reports the error.

use std::io::Cursor;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

/// The longest header: 2 bytes, 8 of length, 4 of mask (RFC 6455, 5.2).
const MAX_HEADER: usize = 14;

/// Tracks the frames of one client.
#[derive(Debug, Default)]
pub(super) struct FrameTracker {
    /// The beginning of a header whose end has not come yet.
    header: [u8; MAX_HEADER],
    /// How many bytes of `header` are filled.
    header_len: u8,
    /// A header was malformed. The tracker has stopped.
    malformed: bool,
    /// The last data frame was not the final one of its message.
    inside_message: bool,
    /// Frames of the message that is coming in.
    fragments: u32,
    /// A message had too many fragments. The tracker has stopped.
    too_many_fragments: bool,
    /// Bytes of payload still to come in the frame that is coming in.
    payload_left: u64,
}

/// What [`FrameTracker::advance`] found in the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Advanced {
    /// Number of bytes before the first fragment beyond the limit; all bytes if there is none.
    pub(super) allowed: usize,
    /// The message that is incomplete now, if one is, began in this input.
    pub(super) began: bool,
}

impl FrameTracker {
    /// Whether the last byte was the last one of a whole message.
    pub(super) fn at_message_boundary(&self) -> bool {
        !self.malformed
            && !self.too_many_fragments
            && self.header_len == 0
            && self.payload_left == 0
            && !self.inside_message
    }

    /// Whether a message had too many fragments.
    pub(super) fn too_many_fragments(&self) -> bool {
        self.too_many_fragments
    }

    /// Moves on by `input`, up to a message of more than `max_fragments`.
    pub(super) fn advance(&mut self, input: &[u8], max_fragments: u32) -> Advanced {
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
        let rejected = if self.too_many_fragments {
            rest.len()
        } else {
            0
        };
        Advanced {
            allowed: input.len() - rejected,
            began,
        }
    }

    /// Reads a header, which earlier input may have begun. Returns what follows it, if it is whole.
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
        // The rest of a header that was cut in two. This is rare, so it may go byte by byte.
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

/// A header, the length of its payload and its own length; `None` if it is cut off.
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
    fn the_boundary_is_exactly_between_messages_wherever_the_input_is_cut() {
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
                    tracker.advance(piece, 100);
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
    fn fragments_are_counted_per_message_and_those_beyond_the_limit_are_cut_off() {
        let mut tracker = FrameTracker::default();
        let (bytes, _) = stream();
        assert_eq!(tracker.advance(&bytes, 2).allowed, bytes.len());
        let fragments = [[0x01, 0x80, 0, 0, 0, 0], [0x00, 0x80, 0, 0, 0, 0]].concat();
        assert_eq!(tracker.advance(&fragments, 2).allowed, 12);
        let third = [0x80, 0x80, 0, 0, 0, 0];
        assert_eq!(tracker.advance(&third[..3], 2).allowed, 3);
        assert_eq!(tracker.advance(&third[3..], 2).allowed, 0);
        assert!(tracker.too_many_fragments() && !tracker.at_message_boundary());
        assert_eq!(tracker.advance(&bytes, 2).allowed, 0);
    }

    #[test]
    fn the_beginning_of_a_message_is_noticed_and_that_of_a_frame_inside_one_is_not() {
        let (bytes, whole_at) = stream();
        let mut tracker = FrameTracker::default();
        let (last_byte, end) = (whole_at[1] - 1, bytes.len());
        for (from, to, began) in [(0, 5, true), (5, last_byte, false), (last_byte, end, true)] {
            assert_eq!(
                tracker.advance(&bytes[from..to], 100).began,
                began,
                "{from}"
            );
        }
    }

    #[test]
    fn after_a_malformed_frame_there_is_no_boundary_again() {
        let mut tracker = FrameTracker::default();
        tracker.advance(&[0x83, 0x80], 100);
        assert!(!tracker.at_message_boundary());
        tracker.advance(&[0x89, 0x80, 1, 2, 3, 4], 100);
        assert!(!tracker.at_message_boundary());
    }
}
