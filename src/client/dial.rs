//! From a URL to an open WebSocket: check, resolve, connect, handshake.
//!
//! An invalid URL is reported before the first packet. Every later failure is one line that names the
//! address and what to do. Where it breaks: names are resolved by `getaddrinfo`, which has its own
//! time-out and takes none from us.

use std::io::{self, ErrorKind, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use tungstenite::client::IntoClientRequest;
use tungstenite::error::{Error as Cause, ProtocolError};
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::{Request, Response};
use tungstenite::http::{HeaderValue, Uri};
use tungstenite::{WebSocket, protocol::WebSocketConfig};

use super::Options;
use super::print::one_line;
use super::read_half::{ReadHalf, after};
use crate::error::Error;

const SHAPE: &str = "write ws://HOST[:PORT][/PATH][?QUERY], as in ws://127.0.0.1:8766/";

/// The largest message and frame accepted from the server. Memory for a frame is reserved on the word of
/// its header, which may claim any length. So there must be a limit, and no honest server reaches this
/// one.
const MESSAGE_MAX_BYTES: usize = 1 << 30;

/// How much of the body of a refusal is read, and for how long. Only its first line is printed.
const REFUSAL_BYTES: usize = 1024;
const REFUSAL_WAIT: Duration = Duration::from_millis(500);

/// Connects with `options`. The second value is the same socket, for writing and for shutting it down.
///
/// # Blocks
/// For at most [`connect_timeout`](Options::connect_timeout) per address, and again for the handshake.
///
/// # Errors
/// Usage for an invalid URL or origin, failure for a server that cannot be reached or refuses us.
pub(super) fn dial(options: &Options) -> Result<(WebSocket<ReadHalf>, TcpStream), Error> {
    let uri = parse(&options.url)?;
    let request = request(&uri, options.origin.as_deref())?;
    let socket = connect(&uri, options)?;
    let broken =
        |error: io::Error| Error::failure(format!("cannot set up the socket: {}", reason(&error)));
    // Nagle's algorithm would hold back the second of two short lines for a round trip.
    socket.set_nodelay(true).map_err(broken)?;
    let stream = ReadHalf::new(
        socket.try_clone().map_err(broken)?,
        after(options.connect_timeout),
    );
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_MAX_BYTES))
        .max_frame_size(Some(MESSAGE_MAX_BYTES));
    match tungstenite::client::client_with_config(request, stream, Some(config)) {
        Ok((mut websocket, _response)) => {
            websocket.get_mut().end_handshake().map_err(broken)?;
            Ok((websocket, socket))
        }
        Err(HandshakeError::Interrupted(_)) => Err(Error::failure(format!(
            "{} accepted the connection, but did not respond to the handshake within {:?}",
            options.url, options.connect_timeout
        ))),
        Err(HandshakeError::Failure(cause)) => Err(refused(cause, &options.url, &socket)),
    }
}

/// RFC 6455, section 3, without TLS.
pub(crate) fn parse(url: &str) -> Result<Uri, Error> {
    let Some((scheme, rest)) = url.split_once("://") else {
        let host = url.trim_start_matches("ws:").trim_start_matches('/');
        return Err(Error::usage(if host.is_empty() {
            format!("no host in {url:?}; {SHAPE}")
        } else {
            format!("no ws:// in {url:?}; write ws://{host}")
        }));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "ws" => {}
        "wss" | "https" => {
            return Err(Error::usage(format!(
                "{scheme}:// is not supported: there is no TLS here; put a proxy in front and write ws://"
            )));
        }
        _ => {
            return Err(Error::usage(format!(
                "{scheme}:// is not supported; write ws://{rest}"
            )));
        }
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(Error::usage(format!(
            "user and password in {url:?} would not be sent"
        )));
    }
    if path.contains('#') {
        return Err(Error::usage(format!(
            "a WebSocket URL has no #fragment: {url:?}"
        )));
    }
    let port = authority
        .rsplit_once(':')
        .map(|(_, port)| port)
        .filter(|port| !port.ends_with(']'));
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(Error::usage(format!(
            "the port in {url:?} is not a number up to 65535; {SHAPE}"
        )));
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    let uri = format!("ws://{authority}{slash}{path}").parse::<Uri>();
    uri.ok()
        .filter(|uri| uri.host().is_some_and(|host| !host.is_empty()))
        .ok_or_else(|| Error::usage(format!("{url:?} is not a valid URL; {SHAPE}")))
}

fn request(uri: &Uri, origin: Option<&str>) -> Result<Request, Error> {
    let request = uri.into_client_request();
    let mut request = request.map_err(|error| Error::usage(format!("{uri}: {error}; {SHAPE}")))?;
    if let Some(origin) = origin {
        let value = HeaderValue::from_str(origin).map_err(|_| {
            Error::usage(format!(
                "{origin:?} is not a valid origin; write it as http://HOST[:PORT]"
            ))
        })?;
        request.headers_mut().insert("Origin", value);
    }
    Ok(request)
}

fn connect(uri: &Uri, options: &Options) -> Result<TcpStream, Error> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let addresses = (host, uri.port_u16().unwrap_or(80)).to_socket_addrs();
    let addresses = addresses
        .map_err(|error| Error::failure(format!("cannot find the address of {host}: {error}")))?;
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&address, options.connect_timeout) {
            Ok(socket) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    let advice = match last.kind() {
        ErrorKind::ConnectionRefused => "; is the server running? (gearshift serve)",
        _ => "",
    };
    Err(Error::failure(format!(
        "cannot connect to {}: {}{advice}",
        options.url,
        reason(&last)
    )))
}

fn refused(cause: Cause, url: &str, socket: &TcpStream) -> Error {
    Error::failure(match cause {
        Cause::Http(response) => {
            let status = response.status();
            let body = first_line(*response, socket);
            let separator = if body.is_empty() { "" } else { ": " };
            format!("{url} refused the handshake: {status}{separator}{body}")
        }
        Cause::Io(error) => {
            format!(
                "connection to {url} lost during the handshake: {}",
                reason(&error)
            )
        }
        Cause::Protocol(ProtocolError::HandshakeIncomplete) => {
            format!("{url} closed the connection without a response to the handshake")
        }
        cause => format!("{url} is not a WebSocket server: {cause}"),
    })
}

/// The first line of the body of a refusal. The rest of the body may not have arrived yet. Its length is in
/// the head, or it ends when the server closes the connection (RFC 9112, section 6.3).
fn first_line(response: Response, mut socket: &TcpStream) -> String {
    let length = response.headers().get("content-length");
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
    let wanted = length.unwrap_or(REFUSAL_BYTES).min(REFUSAL_BYTES);
    let chunked = response.headers().contains_key("transfer-encoding");
    let mut body = response.into_body().unwrap_or_default();
    let _ = socket.set_read_timeout(Some(REFUSAL_WAIT));
    let mut more = [0; REFUSAL_BYTES];
    while !chunked && body.len() < wanted && !body.contains(&b'\n') {
        match socket.read(&mut more) {
            Ok(count @ 1..) => body.extend_from_slice(&more[..count]),
            _ => break,
        }
    }
    // A chunked body (RFC 9112, section 7.1) is not decoded, and its chunk sizes are not text to print.
    if chunked {
        body.clear();
    }
    one_line(&String::from_utf8_lossy(&body))
}

/// "connection refused" rather than "Connection refused (os error 111)", for kinds that the standard library
/// can name.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        kind @ (ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::TimedOut) => kind.to_string(),
        _ => error.to_string(),
    }
}
