//! The opening handshake (RFC 6455, section 4.2): checks a request and makes the response.
//!
//! The WebSocket library could do this, but it closes without a response where HTTP has one.

use super::OriginPolicy;
use super::http::Response;
use httparse::Request;
use tungstenite::handshake::derive_accept_key;

/// Checks a request by the steps of RFC 6455, 4.2.1, in the order in which their errors help most.
/// Returns the response that opens the conversation.
///
/// # Errors
/// The response to a request that is not a valid handshake.
pub(super) fn upgrade(
    request: &Request<'_, '_>,
    origins: &OriginPolicy,
) -> Result<String, Response> {
    let headers = Headers(request.headers);
    if request.method != Some("GET") {
        return Err(Response::new(405, "A WebSocket begins with GET.").header("Allow: GET"));
    }
    if request.version != Some(1) {
        return Err(Response::new(
            505,
            "A WebSocket begins with an HTTP/1.1 request.",
        ));
    }
    let host = headers.required("Host")?;
    let has_length = headers
        .single("Content-Length")?
        .is_some_and(|length| length != "0");
    if has_length || headers.single("Transfer-Encoding")?.is_some() {
        return Err(bad_handshake("a handshake has no body"));
    }
    if !headers.lists("Upgrade", "websocket") || !headers.lists("Connection", "Upgrade") {
        return Err(upgrade_required(host));
    }
    if headers.single("Sec-WebSocket-Version")? != Some("13") {
        return Err(Response::new(
            426,
            "This server speaks version 13 of WebSocket (RFC 6455) only.",
        )
        .header("Upgrade: websocket")
        .header("Connection: Upgrade")
        .header("Sec-WebSocket-Version: 13"));
    }
    if let Some(origin) = headers.single("Origin")? {
        origins.check(origin, host)?;
    }
    let key = headers.required("Sec-WebSocket-Key")?;
    if !is_sixteen_bytes_in_base64(key) {
        return Err(bad_handshake(
            "Sec-WebSocket-Key must be 16 bytes in base64",
        ));
    }
    Ok(format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    ))
}

/// What a person sees who opens this port with curl or a browser.
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

fn bad_handshake(problem: &str) -> Response {
    Response::new(400, format!("Bad handshake: {problem}."))
}

/// 22 characters that carry 6 bits each, then `==`.
fn is_sixteen_bytes_in_base64(key: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    let digits = key.strip_suffix("==").unwrap_or_default();
    digits.len() == 22 && digits.bytes().all(is_digit)
}

struct Headers<'h>(&'h [httparse::Header<'h>]);

impl<'h> Headers<'h> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'h [u8]> {
        self.0
            .iter()
            .filter(move |line| line.name.eq_ignore_ascii_case(name))
            .map(|line| line.value)
    }

    /// The value of a header that must not be repeated. With two keys, two hosts or two origins, one
    /// server in a chain can be made to see another request than the next.
    fn single(&self, name: &str) -> Result<Option<&'h str>, Response> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(bad_handshake(&format!("{name} appears twice")));
        }
        let not_text = |_| bad_handshake(&format!("{name} is not text"));
        first
            .map(|value| std::str::from_utf8(value).map_err(not_text))
            .transpose()
    }

    fn required(&self, name: &str) -> Result<&'h str, Response> {
        self.single(name)?
            .ok_or_else(|| bad_handshake(&format!("{name} is missing")))
    }

    /// Whether a list header (`Connection: keep-alive, Upgrade`) names `token`.
    fn lists(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }
}
