//! The answer to an opening handshake (RFC 6455, section 4.1).
//!
//! **Where it breaks:** the headers Upgrade and Connection are not looked at: a server that knows the
//! accept value and says 101 has understood.

use super::tally::LoadError;

/// No honest server's head is larger.
const HEAD_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;

/// The length of the answer's head, or `None` if part of it is still to come.
///
/// # Errors
/// A refusal, or what is no answer.
pub(super) fn length(head: &[u8], accept: &str) -> Result<Option<usize>, LoadError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(head) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if head.len() < HEAD_MAX => return Ok(None),
        _ => return Err(LoadError::NotWebSocket("the answer is not HTTP")),
    };
    match response.code {
        Some(101) => {}
        status => return Err(LoadError::HandshakeRefused(status.unwrap_or_default())),
    }
    let is_right = |header: &httparse::Header<'_>| {
        let named = header.name.eq_ignore_ascii_case("sec-websocket-accept");
        named && header.value.trim_ascii() == accept.as_bytes()
    };
    if response.headers.iter().any(is_right) {
        Ok(Some(length))
    } else {
        Err(LoadError::NotWebSocket("a wrong Sec-WebSocket-Accept"))
    }
}
