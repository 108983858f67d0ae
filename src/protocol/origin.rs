//! Which web pages may connect.
//!
//! Browsers let any page on the internet open a WebSocket to `127.0.0.1`. They name the page in the
//! `Origin` header and enforce nothing, so only the server can reject it. A program that is not a
//! browser sends no `Origin`, or any it likes; this is no protection against programs.

use super::http::Response;
use std::net::IpAddr;

/// Which web pages may connect.
///
/// Pages of this machine always may, and so may pages of the host that the request is for (`Host`), if it is
/// an address or a name that the server knows. A name that it does not know proves nothing: any site can
/// have one that points to this machine (DNS rebinding).
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy {
    /// Other origins that may connect, as browsers send them (`https://example.org`); `*` is all.
    pub allowed_origins: Vec<String>,
    /// The names of this host.
    pub host_names: Vec<String>,
}

impl OriginPolicy {
    /// A page that was loaded from an address came from there, whatever any name points to.
    fn is_known(&self, host: &str) -> bool {
        let is_name = |name: &String| name.eq_ignore_ascii_case(host);
        host.parse::<IpAddr>().is_ok() || self.host_names.iter().any(is_name)
    }

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
            if is_loopback(page) || (is_same && self.is_known(page)) {
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

/// Checks an origin for the list of those that may connect: `*`, `null`, or as browsers send it.
///
/// # Errors
/// Why no page can ever have it, and how to write it.
pub fn parse_origin(text: &str) -> Result<String, String> {
    if matches!(text, "*" | "null") {
        return Ok(text.to_owned());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(format!("an origin has a scheme; write https://{text}"));
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let Some(host) = host_of(authority).filter(|_| !scheme.is_empty()) else {
        return Err("it is not an origin; write one like https://example.org".to_owned());
    };
    if host.contains('*') {
        return Err("patterns are not supported; list every origin, or write * for all".to_owned());
    }
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let without_port = authority.strip_suffix(default_port).unwrap_or(authority);
    if !path.is_empty() || without_port != authority {
        return Err(format!(
            "browsers send neither a path nor a default port; write {scheme}://{without_port}"
        ));
    }
    Ok(text.to_owned())
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
