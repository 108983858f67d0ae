//! A message for many clients: made once, encoded once, sent to each of them.

use super::ClientId;
use crate::hub;
use std::sync::OnceLock;

/// The fan-out of notices, see [`hub::Hub`].
pub type Hub = hub::Hub<Notice>;

/// A message that the server sends unasked.
#[derive(Debug)]
pub struct Notice {
    /// The client that caused it, if one did.
    pub from: Option<ClientId>,
    /// The message in every form that its service offers, in an order that only the service knows.
    /// `None` is a form in which there is nothing to send.
    pub forms: Vec<Option<Prepared>>,
}

impl Notice {
    /// The message in form `number`, if there is anything to send in that form.
    pub fn form(&self, number: usize) -> Option<&Prepared> {
        self.forms.get(number)?.as_ref()
    }
}

impl hub::Weight for Notice {
    fn weight_bytes(&self) -> usize {
        // Each message counts twice: as it is, and encoded.
        let forms = self.forms.iter().flatten();
        let bytes: usize = forms.map(|form| 2 * form.message.len()).sum();
        size_of::<Notice>() + self.forms.len() * size_of::<Option<Prepared>>() + bytes
    }
}

/// A message as a value of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Binary.
    Binary(Vec<u8>),
}

impl Message {
    fn len(&self) -> usize {
        match self {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }
}

/// A message for many clients, with room for its encoded bytes.
///
/// The first conversation that needs the bytes fills them in. One place is enough, because all
/// subscribers of a hub speak the same protocol.
#[derive(Debug)]
pub struct Prepared {
    message: Message,
    bytes: OnceLock<Box<[u8]>>,
}

impl Prepared {
    /// Wraps a message; nothing is encoded yet.
    pub fn new(message: Message) -> Prepared {
        Prepared {
            message,
            bytes: OnceLock::new(),
        }
    }

    /// The message as bytes. The first call makes them with `encode`.
    pub fn bytes(&self, encode: impl FnOnce(&Message) -> Vec<u8>) -> &[u8] {
        self.bytes
            .get_or_init(|| encode(&self.message).into_boxed_slice())
    }
}
