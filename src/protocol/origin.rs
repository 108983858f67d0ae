//! Which web pages may connect.
//!
//! Browsers let any page on the internet open a WebSocket to `127.0.0.1`. They name the page in the
//! `Origin` header and enforce nothing, so only the server can reject it. A program that is not a
//! browser sends no `Origin`, or any it likes; this is no protection against programs.

use super::http::Response;
use std::net::IpAddr;

/// Which web pages may connect. Pages of this machine always may.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy {
    /// Other origins that may connect, as browsers send them (`https://example.org`); `*` is all.
    pub allowed_origins: Vec<String>,
    /// The endpoint is bound to a loopback address. Then a page "of the same host" is not trusted:
    /// any site can make that claim with a name that points to 127.0.0.1 (DNS rebinding). On other
    /// addresses the claim has to be believed, or no page of this server could connect by name.
    pub on_loopback: bool,
}

impl OriginPolicy {
    /// # Errors
    /// The response to a page that may not connect.
    pub(super) fn check(&self, origin: &str, host: &str) -> Result<(), Response> {
        let is_origin = |allowed: &String| allowed == "*" || allowed.eq_ignore_ascii_case(origin);
        if self.allowed_origins.iter().any(is_origin) {
            return Ok(());
        }
        let page = origin.split_once("://").and_then(|(_, page)| host_of(page));
        if let Some(page) = page {
            let is_same = host_of(host).is_some_and(|host| host.eq_ignore_ascii_case(page));
            if is_loopback(page) || (is_same && !self.on_loopback) {
                return Ok(());
            }
        }
        Err(Response::new(
            403,
            format!(
                "Pages of this origin may not connect; start the server with \
                 --allow-origin {origin} to let them."
            ),
        ))
    }
}

/// The host in `example.org:80` or `[::1]:80`; `None` for what only begins like one
/// (`localhost:80@evil.example`, `[::1].evil.example`).
///
/// By hand, because `http::uri::Authority` accepts such things: the checks around it would be longer.
fn host_of(authority: &str) -> Option<&str> {
    let in_brackets = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'));
    let host_end = authority.find(':').unwrap_or(authority.len());
    let (host, rest) = in_brackets.unwrap_or_else(|| authority.split_at(host_end));
    let is_port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    (is_whole && !host.is_empty()).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
