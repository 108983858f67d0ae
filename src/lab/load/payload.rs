//! A message as it is sent, and as its answer has to be.
//!
//! Every message of a run is the same but for a number: whose it is and the how-manieth. So the frame is
//! spelt and masked once, and a message is a copy of it with sixteen digits changed. An answer that was
//! lost, or swapped with another, has the wrong digits.
//!
//! The mask is the same for all frames of a run. A client that serves web pages must not do that (RFC
//! 6455, section 10.3); what it guards against is a page that chooses what is sent.
//!
//! **Where it breaks:** messages shorter than sixteen bytes have only the last digits, and messages given
//! word for word none.

use super::plan::{Check, Plan};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

/// Whose message, and which one of theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) client: u64,
    pub(super) number: u64,
}

impl Tag {
    const DIGITS: usize = 16;

    /// 6 digits of the talker, 10 of the number.
    fn digits(self) -> [u8; Tag::DIGITS] {
        let value = self.client << 40 | (self.number & ((1 << 40) - 1));
        let mut digits = [0; Tag::DIGITS];
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(value >> (60 - 4 * place)) as usize & 15];
        }
        digits
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// The payload, with digits of no meaning.
    payload: Vec<u8>,
    /// Head and masked payload.
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
            Some(words) => (words.clone(), 0..0),
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
        apply(&mut frame[head..], mask, 0);
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
        let place = &mut self.frame[self.head + at..self.head + at + length];
        place.copy_from_slice(&digits[Tag::DIGITS - length..]);
        apply(place, self.mask, at);
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
        apply(&mut out[start..], self.mask, 0);
    }
}

/// The head of a masked frame that is whole (RFC 6455, section 5.2).
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

/// Masks `bytes` that stand at `offset` of their payload.
fn apply(bytes: &mut [u8], mask: [u8; 4], offset: usize) {
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte ^= mask[(offset + place) & 3];
    }
}

/// Letters without end: text that no server can compress away, and that is UTF-8 also backwards.
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

/// What comes back.
#[derive(Debug, Clone)]
pub(super) struct Replies {
    check: Check,
    /// An answer with digits of no meaning; `None`: the first one is still to come.
    expected: Option<Vec<u8>>,
    /// Where the digits are in it.
    tag: Range<usize>,
    reversed: bool,
    sent: Vec<u8>,
    sent_tag: Range<usize>,
}

impl Replies {
    pub(super) fn new(plan: &Plan, message: &Message) -> Replies {
        let is_known = plan.target.is_raw() || plan.parameters.fan_out;
        let mut replies = Replies {
            check: plan.check,
            expected: None,
            tag: 0..0,
            reversed: false,
            sent: message.payload.clone(),
            sent_tag: message.tag.clone(),
        };
        match plan.check {
            Check::Auto if !is_known => {}
            Check::Length => {}
            _ => replies.set_shape(0, false),
        }
        replies
    }

    /// Whether the next answer has to be had whole, to learn from it.
    pub(super) fn needs_whole(&self) -> bool {
        self.expected.is_none()
    }

    /// The length of an answer, where that is known.
    pub(super) fn length(&self) -> usize {
        self.expected.as_ref().map_or(self.sent.len(), Vec::len)
    }

    /// Whether `length` bytes are a whole answer.
    pub(super) fn is_length(&self, length: usize) -> bool {
        self.check == Check::None || self.length() == length
    }

    /// Whether `bytes`, at `offset` of an answer to `tag`, are right.
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

    /// Looks at a whole answer to `tag`, the first one, to know what the others have to be. Words
    /// before it may be the server's own, at most as many as a line has.
    pub(super) fn learn(&mut self, tag: Tag, answer: &[u8]) -> bool {
        const WORDS: usize = 200;
        if self.check == Check::Length {
            self.sent.resize(answer.len(), 0);
            self.expected = Some(self.sent.clone());
            return true;
        }
        let Some(words) = answer.len().checked_sub(self.sent.len()) else {
            return false;
        };
        for reversed in [false, true] {
            if words <= WORDS {
                self.set_shape(words, reversed);
                if let Some(expected) = &mut self.expected {
                    expected[..words].copy_from_slice(&answer[..words]);
                }
                if self.fits(tag, 0, answer) {
                    return true;
                }
            }
        }
        self.expected = None;
        false
    }

    /// `words` bytes, then the message, perhaps backwards.
    fn set_shape(&mut self, words: usize, reversed: bool) {
        let mut expected = vec![0; words];
        expected.extend_from_slice(&self.sent);
        let length = self.sent.len();
        let tag = self.sent_tag.clone();
        if reversed {
            expected[words..].reverse();
            self.tag = words + length - tag.end..words + length - tag.start;
        } else {
            self.tag = words + tag.start..words + tag.end;
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
        apply(&mut payload, mask, 0);
        payload
    }

    fn tag(number: u64) -> Tag {
        Tag { client: 3, number }
    }

    #[test]
    fn the_first_answer_tells_what_the_others_have_to_be() {
        for size in [1, 2, 15, 16, 17, 32, 200, 70_000] {
            for prefix in ["", "Echo: "] {
                for reversed in [false, true] {
                    let plan = plan(size, Check::Auto);
                    let mut message = Message::new(&plan);
                    let mut replies = Replies::new(&plan, &message);
                    let mut answer = |number| {
                        let mut bytes = payload(&mut message, tag(number));
                        if reversed {
                            bytes.reverse();
                        }
                        [prefix.as_bytes(), &bytes].concat()
                    };
                    assert!(replies.learn(tag(7), &answer(7)), "{size} {prefix}");
                    assert!(replies.fits(tag(8), 0, &answer(8)));
                    if size > 1 {
                        assert!(!replies.fits(tag(8), 0, &answer(9)), "swapped: {size}");
                    }
                    let whole = answer(0x1234);
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
    fn an_answer_that_has_nothing_of_the_message_is_wrong() {
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
