//! The messages to send, and the replies to expect.
//!
//! All messages of a run are the same except for a number, which identifies the client and the message. So
//! the frame is encoded and masked once, and a message is a copy of it with sixteen digits changed. If a
//! reply is lost or swapped with another, the digits are wrong.
//!
//! All frames of a run have the same mask. A browser must not do that (RFC 6455, section 10.3), because
//! masks protect against web pages that choose what is sent.
//!
//! **Where it breaks:** messages shorter than sixteen bytes have only the last digits, and messages that
//! were given as text have none.

use super::plan::{Check, Plan};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

/// Which message of which client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) client: u64,
    pub(super) number: u64,
}

impl Tag {
    const DIGITS: usize = 16;

    /// 6 digits for the client, 10 for the number.
    fn digits(self) -> [u8; Tag::DIGITS] {
        let value = self.client << 40 | (self.number & ((1 << 40) - 1));
        let mut digits = [0; Tag::DIGITS];
        for (index, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(value >> (60 - 4 * index)) as usize & 15];
        }
        digits
    }
}

/// The message to send.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// The payload, with any digits.
    payload: Vec<u8>,
    /// Header and masked payload.
    frame: Vec<u8>,
    head: usize,
    mask: [u8; 4],
    /// Where the digits are in the payload.
    tag: Range<usize>,
}

impl Message {
    pub(super) fn new(plan: &Plan) -> Message {
        let random = RandomState::new().hash_one(0);
        let size = plan.parameters.message_bytes;
        let prefix: &[u8] = if plan.parameters.fan_out {
            b"pub "
        } else {
            b""
        };
        let (payload, tag) = match &plan.message {
            Some(verbatim) => (verbatim.clone(), 0..0),
            None => {
                let mut payload = prefix.to_vec();
                payload.extend(letters(random).take(size.saturating_sub(prefix.len())));
                let end = payload.len().min(prefix.len() + Tag::DIGITS);
                (payload, prefix.len()..end)
            }
        };
        let (mut frame, mask) = if plan.target.is_raw() {
            (Vec::new(), [0; 4])
        } else {
            let mask = (random as u32 | 0x0101_0101).to_be_bytes();
            let opcode = if plan.parameters.text { 1 } else { 2 };
            (head(opcode, payload.len(), mask), mask)
        };
        let head = frame.len();
        frame.extend_from_slice(&payload);
        apply_mask(&mut frame[head..], mask, 0);
        Message {
            payload,
            frame,
            head,
            mask,
            tag,
        }
    }

    /// The bytes to send, with the digits of `tag`.
    #[inline]
    pub(super) fn frame(&mut self, tag: Tag) -> &[u8] {
        let digits = tag.digits();
        let (at, length) = (self.tag.start, self.tag.len());
        let digits_in_frame = &mut self.frame[self.head + at..self.head + at + length];
        digits_in_frame.copy_from_slice(&digits[Tag::DIGITS - length..]);
        apply_mask(digits_in_frame, self.mask, at);
        &self.frame
    }

    pub(super) fn frame_length(&self) -> usize {
        self.frame.len()
    }

    /// A control frame, masked.
    pub(super) fn control(&self, opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
        out.extend(head(opcode, payload.len(), self.mask));
        let start = out.len();
        out.extend_from_slice(payload);
        apply_mask(&mut out[start..], self.mask, 0);
    }
}

/// The header of a masked, unfragmented frame (RFC 6455, section 5.2).
fn head(opcode: u8, length: usize, mask: [u8; 4]) -> Vec<u8> {
    let mut head = vec![0x80 | opcode];
    match length {
        0..=125 => head.push(0x80 | length as u8),
        126..=0xffff => {
            head.push(0x80 | 126);
            head.extend((length as u16).to_be_bytes());
        }
        _ => {
            head.push(0x80 | 127);
            head.extend((length as u64).to_be_bytes());
        }
    }
    head.extend(mask);
    head
}

/// Masks `bytes`, which are at `offset` of their payload.
fn apply_mask(bytes: &mut [u8], mask: [u8; 4], offset: usize) {
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte ^= mask[(offset + index) & 3];
    }
}

/// Endless random letters: text that cannot be compressed away, and is UTF-8 in both directions.
fn letters(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        // xorshift64, G. Marsaglia, "Xorshift RNGs", 2003
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b'a' + (state % 26) as u8
    })
}

/// The replies to expect.
#[derive(Debug, Clone)]
pub(super) struct Replies {
    check: Check,
    /// A reply with any digits; `None` until the first one has arrived.
    expected: Option<Vec<u8>>,
    /// Where the digits are in it.
    tag: Range<usize>,
    reversed: bool,
    sent: Vec<u8>,
    sent_tag: Range<usize>,
}

impl Replies {
    pub(super) fn new(plan: &Plan, message: &Message) -> Replies {
        let is_format_known = plan.target.is_raw() || plan.parameters.fan_out;
        let mut replies = Replies {
            check: plan.check,
            expected: None,
            tag: 0..0,
            reversed: false,
            sent: message.payload.clone(),
            sent_tag: message.tag.clone(),
        };
        match plan.check {
            Check::Auto if !is_format_known => {}
            Check::Length => {}
            _ => replies.set_format(0, false),
        }
        replies
    }

    /// Whether the next reply is needed as a whole, to learn the format from it.
    pub(super) fn needs_whole(&self) -> bool {
        self.expected.is_none()
    }

    /// The length of a reply, if it is known.
    pub(super) fn length(&self) -> usize {
        self.expected.as_ref().map_or(self.sent.len(), Vec::len)
    }

    /// Whether a reply may have this length.
    pub(super) fn is_length(&self, length: usize) -> bool {
        self.check == Check::None || self.length() == length
    }

    /// Whether `bytes`, at `offset` of the reply to `tag`, are right.
    #[inline]
    pub(super) fn fits(&mut self, tag: Tag, offset: usize, bytes: &[u8]) -> bool {
        if matches!(self.check, Check::None | Check::Length) {
            return true;
        }
        let Some(expected) = &mut self.expected else {
            return false;
        };
        let end = offset + bytes.len();
        if end > expected.len() {
            return false;
        }
        if offset < self.tag.end && end > self.tag.start {
            let mut digits = tag.digits();
            if self.reversed {
                digits.reverse();
            }
            let length = self.tag.len();
            let digits = if self.reversed {
                &digits[..length]
            } else {
                &digits[Tag::DIGITS - length..]
            };
            expected[self.tag.clone()].copy_from_slice(digits);
        }
        expected[offset..end] == *bytes
    }

    /// Infers the format of all replies from the first one, to `tag`. The server may have added a prefix, at
    /// most as long as a line. Returns whether a format fits.
    pub(super) fn learn(&mut self, tag: Tag, reply: &[u8]) -> bool {
        const MAX_PREFIX: usize = 200;
        if self.check == Check::Length {
            self.sent.resize(reply.len(), 0);
            self.expected = Some(self.sent.clone());
            return true;
        }
        let Some(prefix) = reply.len().checked_sub(self.sent.len()) else {
            return false;
        };
        for reversed in [false, true] {
            if prefix <= MAX_PREFIX {
                self.set_format(prefix, reversed);
                if let Some(expected) = &mut self.expected {
                    expected[..prefix].copy_from_slice(&reply[..prefix]);
                }
                if self.fits(tag, 0, reply) {
                    return true;
                }
            }
        }
        self.expected = None;
        false
    }

    /// `prefix` bytes, then the message, perhaps reversed.
    fn set_format(&mut self, prefix: usize, reversed: bool) {
        let mut expected = vec![0; prefix];
        expected.extend_from_slice(&self.sent);
        let length = self.sent.len();
        let tag = self.sent_tag.clone();
        if reversed {
            expected[prefix..].reverse();
            self.tag = prefix + length - tag.end..prefix + length - tag.start;
        } else {
            self.tag = prefix + tag.start..prefix + tag.end;
        }
        self.reversed = reversed;
        self.expected = Some(expected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::load::target::Target;
    use crate::lab::result::Parameters;

    fn plan(size: usize, check: Check) -> Plan {
        let target = Target::parse("ws://127.0.0.1:1").expect("a URL");
        let parameters = Parameters {
            message_bytes: size,
            ..Parameters::default()
        };
        Plan {
            check,
            ..Plan::new(target, parameters)
        }
    }

    /// The payload of a frame, unmasked.
    fn payload(message: &mut Message, tag: Tag) -> Vec<u8> {
        let (head, mask) = (message.head, message.mask);
        let mut payload = message.frame(tag)[head..].to_vec();
        apply_mask(&mut payload, mask, 0);
        payload
    }

    fn tag(number: u64) -> Tag {
        Tag { client: 3, number }
    }

    #[test]
    fn the_format_of_replies_is_inferred_from_the_first_one() {
        for size in [1, 2, 15, 16, 17, 32, 200, 70_000] {
            for prefix in ["", "Echo: "] {
                for reversed in [false, true] {
                    let plan = plan(size, Check::Auto);
                    let mut message = Message::new(&plan);
                    let mut replies = Replies::new(&plan, &message);
                    let mut reply = |number| {
                        let mut bytes = payload(&mut message, tag(number));
                        if reversed {
                            bytes.reverse();
                        }
                        [prefix.as_bytes(), &bytes].concat()
                    };
                    assert!(replies.learn(tag(7), &reply(7)), "{size} {prefix}");
                    assert!(replies.fits(tag(8), 0, &reply(8)));
                    if size > 1 {
                        assert!(!replies.fits(tag(8), 0, &reply(9)), "swapped: {size}");
                    }
                    let whole = reply(0x1234);
                    for cut in (0..whole.len()).step_by(whole.len() / 20 + 1) {
                        let (first, second) = whole.split_at(cut);
                        assert!(replies.fits(tag(0x1234), 0, first));
                        assert!(replies.fits(tag(0x1234), cut, second));
                    }
                }
            }
        }
    }

    #[test]
    fn a_reply_without_the_message_is_wrong() {
        let plan = plan(32, Check::Auto);
        let mut replies = Replies::new(&plan, &Message::new(&plan));
        assert!(!replies.learn(tag(1), b"who are you?"));
        assert!(!replies.learn(tag(1), &[b'x'; 40]));
        assert!(replies.needs_whole(), "nothing was learned from it");
    }

    #[test]
    fn a_frame_is_the_masked_message_with_its_number() {
        let mut message = Message::new(&plan(32, Check::Same));
        let first = payload(&mut message, tag(0xab));
        assert_eq!(&first[..16], b"00000300000000ab");
        assert_eq!(first.len(), 32);
        assert_eq!(message.frame(tag(1))[..2], [0x82, 0x80 | 32]);
        let second = payload(&mut message, tag(0xac));
        assert_eq!(first[16..], second[16..]);
    }
}
