//! Decodes the frames of a server (RFC 6455, section 5.2), piece by piece and without a copy.
//!
//! tungstenite would assemble each message in memory of its own. A load generator only compares, so it reads
//! the bytes where the system put them, and never holds a message of a megabyte as a whole.
//!
//! **Where it breaks:** UTF-8 is not checked, except that text has to be what was sent. Extensions are not
//! decoded; the handshake offers none.

/// The largest payload of a control frame (section 5.5).
const CONTROL_MAX: u64 = 125;

/// The next part of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FramePart<'a> {
    /// Bytes of a message; none at the end of an empty one.
    Data {
        bytes: &'a [u8],
        text: bool,
        last: bool,
    },
    /// See [`FrameReader::control`].
    Ping,
    Pong,
    /// With its code, or 1005 without one.
    Close(u16),
}

/// The state of the input of one connection.
#[derive(Debug, Default)]
pub(super) struct FrameReader {
    head: [u8; 10],
    have: usize,
    /// Inside a frame: how much of its payload is still to come.
    left: Option<u64>,
    /// Of the current frame.
    opcode: u8,
    fin: bool,
    /// Inside a message: whether it is text.
    message: Option<bool>,
    control: Vec<u8>,
}

impl FrameReader {
    /// The payload of the last control frame.
    pub(super) fn control(&self) -> &[u8] {
        &self.control
    }

    /// Takes the next part from `input`; `None` when all of it is read. The error is what a server must not
    /// send.
    pub(super) fn next<'a>(
        &mut self,
        input: &mut &'a [u8],
    ) -> Result<Option<FramePart<'a>>, &'static str> {
        if self.left.is_none() && !self.header(input)? {
            return Ok(None);
        }
        let left = self.left.unwrap_or_default();
        if input.is_empty() && left > 0 {
            return Ok(None);
        }
        let (bytes, rest) = input.split_at((input.len() as u64).min(left) as usize);
        *input = rest;
        let left = left - bytes.len() as u64;
        self.left = (left > 0).then_some(left);
        let ends = left == 0;
        if self.opcode >= 8 {
            self.control.extend_from_slice(bytes);
            return Ok(ends.then(|| self.control_frame()));
        }
        let (text, last) = (self.message == Some(true), ends && self.fin);
        if last {
            self.message = None;
        }
        Ok(Some(FramePart::Data { bytes, text, last }))
    }

    fn control_frame(&self) -> FramePart<'static> {
        match (self.opcode, &self.control[..]) {
            (9, _) => FramePart::Ping,
            (8, [high, low, ..]) => FramePart::Close(u16::from_be_bytes([*high, *low])),
            (8, _) => FramePart::Close(1005),
            _ => FramePart::Pong,
        }
    }

    /// Reads the header of a frame; `false` if part of it is still to come.
    fn header(&mut self, input: &mut &[u8]) -> Result<bool, &'static str> {
        let need = loop {
            let need = match (self.have, self.head[1] & 0x7f) {
                (2.., 126) => 4,
                (2.., 127) => 10,
                _ => 2,
            };
            if self.have == need {
                break need;
            }
            if input.is_empty() {
                return Ok(false);
            }
            let (bytes, rest) = input.split_at(input.len().min(need - self.have));
            self.head[self.have..self.have + bytes.len()].copy_from_slice(bytes);
            self.have += bytes.len();
            *input = rest;
        };
        let head = std::mem::take(&mut self.head);
        self.have = 0;
        let length = match need {
            2 => u64::from(head[1] & 0x7f),
            4 => u64::from(u16::from_be_bytes([head[2], head[3]])),
            _ => head[2..10]
                .iter()
                .fold(0, |all, byte| all << 8 | u64::from(*byte)),
        };
        self.begin(head, length)?;
        self.left = Some(length);
        Ok(true)
    }

    fn begin(&mut self, head: [u8; 10], length: u64) -> Result<(), &'static str> {
        (self.fin, self.opcode) = (head[0] & 0x80 != 0, head[0] & 0x0f);
        if head[0] & 0x70 != 0 {
            return Err("reserved bits set without an extension");
        }
        if head[1] & 0x80 != 0 {
            return Err("a masked frame from a server");
        }
        match (self.opcode, self.message) {
            (0, None) => Err("a continuation without a message"),
            (1 | 2, Some(_)) => Err("a message inside a message"),
            (0, Some(_)) => Ok(()),
            (1 | 2, None) => {
                self.message = Some(self.opcode == 1);
                Ok(())
            }
            (8..=10, _) if !self.fin || length > CONTROL_MAX => {
                Err("a control frame that is too long or fragmented")
            }
            (8..=10, _) => {
                self.control.clear();
                Ok(())
            }
            _ => Err("an unknown opcode"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All messages, each as `text` or `data` and its bytes, and all other parts.
    fn read(
        frames: &mut FrameReader,
        mut input: &[u8],
        parts: &mut Vec<String>,
        message: &mut Vec<u8>,
    ) {
        while let Some(piece) = frames.next(&mut input).unwrap_or_else(|error| {
            parts.push(error.to_owned());
            None
        }) {
            match piece {
                FramePart::Data { bytes, text, last } => {
                    message.extend_from_slice(bytes);
                    if last {
                        let kind = if text { "text" } else { "data" };
                        parts.push(format!("{kind} {}", String::from_utf8_lossy(message)));
                        message.clear();
                    }
                }
                FramePart::Ping => parts.push(format!("ping {:?}", frames.control())),
                other => parts.push(format!("{other:?}")),
            }
        }
    }

    fn read_all(input: &[u8], step: usize) -> Vec<String> {
        let (mut frames, mut parts, mut message) = (FrameReader::default(), Vec::new(), Vec::new());
        for part in input.chunks(step) {
            read(&mut frames, part, &mut parts, &mut message);
        }
        parts
    }

    #[test]
    fn messages_are_the_same_however_the_bytes_are_cut() {
        let mut input = vec![
            0x81, 2, b'h', b'i', 0x02, 1, b'a', 0x89, 1, 7, 0x80, 2, b'b', b'c',
        ];
        input.extend([0x82, 0]); // empty
        input.extend([0x82, 126, 0, 200]);
        input.extend([b'x'; 200]);
        input.extend([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        input.extend([b'y'; 65536]);
        input.extend([0x8a, 0, 0x88, 2, 3, 0xe8, 0x88, 0]);
        let whole = read_all(&input, input.len());
        let begins: Vec<&str> = whole.iter().map(|it| &it[..it.len().min(9)]).collect();
        let expected = [
            "text hi",
            "ping [7]",
            "data abc",
            "data ",
            "data xxxx",
            "data yyyy",
            "Pong",
            "Close(100",
            "Close(100",
        ];
        assert_eq!(begins, expected);
        assert_eq!(whole[5].len(), 5 + 65536);
        for step in [1, 2, 3, 5, 7, 100, 1000] {
            assert_eq!(read_all(&input, step), whole, "in steps of {step}");
        }
    }

    #[test]
    fn what_a_server_must_not_send_is_named() {
        for (input, named) in [
            (&[0xc1, 0][..], "reserved bits"),
            (&[0x81, 0x80], "masked"),
            (&[0x80, 0], "continuation without"),
            (&[0x01, 0, 0x81, 0], "inside a message"),
            (&[0x09, 0], "control frame"),
            (&[0x89, 126, 0, 126], "control frame"),
            (&[0x83, 0], "unknown opcode"),
        ] {
            let parts = read_all(input, input.len());
            assert!(
                parts.iter().any(|it| it.contains(named)),
                "{input:?}: {parts:?}"
            );
        }
    }
}
