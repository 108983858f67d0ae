//! The response to an opening handshake (RFC 6455, section 4.1).
//!
//! **Where it breaks:** the headers Upgrade and Connection are not checked. A server that sends status 101
//! and the right accept value has understood the request.

use super::tally::LoadError;

/// No real server sends a larger head.
const HEAD_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;

/// The length of the head of the response, or `None` if part of it is still to come.
pub(super) fn length(head: &[u8], accept: &str) -> Result<Option<usize>, LoadError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(head) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if head.len() < HEAD_MAX => return Ok(None),
        _ => return Err(LoadError::NotWebSocket("the response is not HTTP")),
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
        Err(LoadError::NotWebSocket("wrong Sec-WebSocket-Accept"))
    }
}
