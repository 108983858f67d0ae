//! Which web pages may connect.
//!
//! Browsers let any page on the internet open a WebSocket to `127.0.0.1`. They name the page in the
//! `Origin` header and enforce nothing, so only the server can reject it. A program that is not a
//! browser sends no `Origin`, or any it likes; this is no protection against programs.

use super::http::Response;
use std::net::IpAddr;
use tungstenite::http::uri::Authority;

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
        if let Some((_, page)) = origin.split_once("://")
            && let Some(page) = host_of(page)
            && (is_loopback(&page) || (!self.on_loopback && host_of(host) == Some(page)))
        {
            return Ok(());
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

/// The host of `example.org:80` or `[::1]:80`, in lower case; `None` for anything else.
///
/// `Authority` alone accepts too much: a user name in front (`localhost@evil.example`) and junk after
/// a bracket or a colon (`[::1].evil.example`, `localhost:80.evil.example`).
fn host_of(authority: &str) -> Option<String> {
    let authority = Authority::try_from(authority).ok()?;
    let host = authority.host();
    let whole = match authority.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    (!host.is_empty() && authority.as_str() == whole).then(|| host.to_ascii_lowercase())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
