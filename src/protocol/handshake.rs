//! The opening handshake (RFC 6455, section 4.2): a request head in, an answer out.
//!
//! The head is read here and not by the WebSocket library, because the library closes without a word
//! where HTTP has an answer, and because whether a *web page* may connect has to be decided here:
//! browsers let any page on the internet open a WebSocket to `127.0.0.1` and only the server can
//! refuse, by the `Origin` header.

use super::http::Response;
use super::limits::Limits;
use std::net::IpAddr;
use tungstenite::handshake::derive_accept_key;

/// Which web pages may connect.
#[derive(Debug, Clone, Default)]
pub struct OriginPolicy {
    /// Origins let in besides those of this machine, as browsers send them (`https://example.org`);
    /// `*` for all.
    pub allowed_origins: Vec<String>,
    /// The endpoint is bound to a loopback address. Then a page of "the same host" is no friend: with
    /// a name that its owner points to 127.0.0.1 (DNS rebinding) any site can claim that. On other
    /// addresses the claim has to be believed, or no page of this server by name could connect.
    pub on_loopback: bool,
}

/// A request head on its way in.
#[derive(Debug, Default)]
pub struct HandshakeReader {
    head: Vec<u8>,
}

/// A good request.
#[derive(Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// The request target: path and query.
    pub target: String,
    /// The answer that opens the conversation.
    pub response: Vec<u8>,
    /// What came behind the head: the client's first frames.
    pub rest: Vec<u8>,
}

impl HandshakeReader {
    /// Takes more of the head. `None`: not complete yet.
    ///
    /// # Errors
    /// The HTTP answer for a head that is no good handshake; nothing is read after it.
    pub fn receive(
        &mut self,
        input: &[u8],
        limits: &Limits,
        origins: &OriginPolicy,
    ) -> Result<Option<Upgrade>, Response> {
        // A head ends with a line end and junk is told by its first bytes, so only these are worth
        // parsing: a client that sends byte by byte must not cost a parse a byte.
        let worth_parsing = self.head.is_empty() || input.contains(&b'\n');
        self.head.extend_from_slice(input);
        let mut upgrade = None;
        if worth_parsing {
            upgrade = read_head(&self.head, limits, origins)?;
        }
        if upgrade.is_none() && self.head.len() > limits.max_head_bytes {
            return Err(Response::new(431, "The request head is too large."));
        }
        Ok(upgrade)
    }
}

fn read_head(
    head: &[u8],
    limits: &Limits,
    origins: &OriginPolicy,
) -> Result<Option<Upgrade>, Response> {
    let mut lines = vec![httparse::EMPTY_HEADER; limits.max_headers];
    let mut request = httparse::Request::new(&mut lines);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => Ok(None),
        Ok(httparse::Status::Complete(length)) if length > limits.max_head_bytes => {
            Err(Response::new(431, "The request head is too large."))
        }
        Ok(httparse::Status::Complete(length)) => {
            let response = check(&request, origins)?;
            let target = request.path.unwrap_or_default().to_owned();
            Ok(Some(Upgrade {
                target,
                response,
                rest: head[length..].to_vec(),
            }))
        }
        Err(httparse::Error::TooManyHeaders) => {
            Err(Response::new(431, "The request has too many header lines."))
        }
        Err(httparse::Error::Version) => Err(wrong_version()),
        Err(error) => Err(Response::new(
            400,
            format!("This is not an HTTP request: {error}."),
        )),
    }
}

fn wrong_version() -> Response {
    Response::new(505, "A WebSocket begins with an HTTP/1.1 request.")
}

/// The steps of RFC 6455, 4.2.1, in the order in which their failures help most.
fn check(request: &httparse::Request<'_, '_>, origins: &OriginPolicy) -> Result<Vec<u8>, Response> {
    let headers = Headers(request.headers);
    if request.method != Some("GET") {
        return Err(Response::new(405, "A WebSocket begins with GET.").header("Allow: GET"));
    }
    if request.version != Some(1) {
        return Err(wrong_version());
    }
    let host = headers
        .only("Host")?
        .ok_or_else(|| bad("Host is missing"))?;
    if headers.only("Transfer-Encoding")?.is_some()
        || headers
            .only("Content-Length")?
            .is_some_and(|length| length != "0")
    {
        return Err(bad("a handshake has no body"));
    }
    if !headers.lists("Upgrade", "websocket") || !headers.lists("Connection", "Upgrade") {
        return Err(upgrade_required(host));
    }
    if headers.only("Sec-WebSocket-Version")? != Some("13") {
        return Err(Response::new(
            426,
            "Only version 13 of WebSocket (RFC 6455) is spoken here.",
        )
        .header("Upgrade: websocket")
        .header("Connection: Upgrade")
        .header("Sec-WebSocket-Version: 13"));
    }
    if let Some(origin) = headers.only("Origin")? {
        origins.check(origin, host)?;
    }
    let key = headers
        .only("Sec-WebSocket-Key")?
        .ok_or_else(|| bad("Sec-WebSocket-Key is missing"))?;
    if !is_sixteen_bytes_in_base64(key) {
        return Err(bad("Sec-WebSocket-Key must be 16 bytes in base64"));
    }
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    )
    .into_bytes())
}

/// What somebody with curl or a browser sees, who cannot know that this is a WebSocket.
fn upgrade_required(host: &str) -> Response {
    Response::new(
        426,
        format!(
            "This port speaks WebSocket, not plain HTTP.\n\
             Try:  gearshift client ws://{host}/\n\
             or, in the console of this page:  \
             new WebSocket('ws://{host}/').onmessage = message => console.log(message.data)"
        ),
    )
    .header("Upgrade: websocket")
    .header("Sec-WebSocket-Version: 13")
}

fn bad(what: &str) -> Response {
    Response::new(400, format!("Bad handshake: {what}."))
}

/// 22 characters that carry 6 bits each, then `==`.
fn is_sixteen_bytes_in_base64(key: &str) -> bool {
    key.len() == 24
        && key.ends_with("==")
        && key[..22]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

struct Headers<'h>(&'h [httparse::Header<'h>]);

impl<'h> Headers<'h> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0
            .iter()
            .filter(move |line| line.name.eq_ignore_ascii_case(name))
            .map(|line| line.value)
    }

    /// The value of a header that must not be repeated. Two keys, two hosts or two origins are how
    /// one part of a chain of servers is made to see another request than the next.
    fn only(&self, name: &str) -> Result<Option<&'h str>, Response> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(bad(&format!("{name} stands there twice")));
        }
        let text =
            |value| std::str::from_utf8(value).map_err(|_| bad(&format!("{name} is not text")));
        first.map(text).transpose()
    }

    /// Whether a list header (`Connection: keep-alive, Upgrade`) names `token`.
    fn lists(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }
}

impl OriginPolicy {
    fn check(&self, origin: &str, host: &str) -> Result<(), Response> {
        let listed = |allowed: &String| allowed == "*" || allowed.eq_ignore_ascii_case(origin);
        if self.allowed_origins.iter().any(listed) {
            return Ok(());
        }
        let page = origin
            .split_once("://")
            .map_or("", |(_, authority)| host_name(authority));
        let same_host = !page.is_empty() && page.eq_ignore_ascii_case(host_name(host));
        if is_loopback(page) || (same_host && !self.on_loopback) {
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

/// `example.org:80` without the port, `[::1]:80` without port and brackets; nothing of what only
/// begins like one (`localhost:80@evil.example`, `[::1].evil.example`).
fn host_name(authority: &str) -> &str {
    let (name, rest) = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some(in_brackets) => in_brackets,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let whole = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    if whole { name } else { "" }
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
