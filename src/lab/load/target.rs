//! The server to load: its address, and the opening handshake if it is a WebSocket server.
//!
//! tungstenite encodes the request once, and all connections send the same, including the nonce. The nonce
//! protects against responses from a cache, and their accept value would still be wrong.
//!
//! **Where it breaks:** if a name has several addresses, all connections use the first that accepts. There is
//! no TLS.

use crate::client::dial;
use crate::error::Error;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::generate_request;
use tungstenite::handshake::derive_accept_key;

/// For each address of a name with several.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// A server.
#[derive(Debug, Clone)]
pub struct Target {
    /// As it was given.
    pub url: String,
    pub(super) address: SocketAddr,
    /// `None`: raw TCP.
    pub(super) handshake: Option<Handshake>,
}

/// The request of a client, and the accept value that the response must have.
#[derive(Debug, Clone)]
pub(super) struct Handshake {
    pub(super) request: Vec<u8>,
    pub(super) accept: String,
}

impl Target {
    /// `ws://HOST[:PORT][/PATH][?QUERY]` or `tcp://HOST:PORT`.
    ///
    /// # Blocks
    /// While the name is resolved.
    ///
    /// # Errors
    /// Usage for a malformed URL; failure for a name without an address.
    pub fn parse(url: &str) -> Result<Target, Error> {
        if let Some(address) = url.strip_prefix("tcp://") {
            let address = address.trim_end_matches('/');
            let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
            let port = port.parse().map_err(|_| {
                Error::usage(format!("{url:?} is not an address; write tcp://HOST:PORT"))
            })?;
            return Ok(Target {
                url: url.to_owned(),
                address: resolve(host, port)?,
                handshake: None,
            });
        }
        let uri = dial::parse(url)?;
        let host = uri.host().unwrap_or_default();
        let address = resolve(host, uri.port_u16().unwrap_or(80))?;
        let wrong = |error| Error::usage(format!("{url}: {error}"));
        let request = uri.clone().into_client_request().map_err(wrong)?;
        let (request, key) = generate_request(request).map_err(wrong)?;
        Ok(Target {
            url: url.to_owned(),
            address,
            handshake: Some(Handshake {
                request,
                accept: derive_accept_key(key.as_bytes()),
            }),
        })
    }

    /// Whether it is raw TCP.
    pub(crate) fn is_raw(&self) -> bool {
        self.handshake.is_none()
    }
}

fn resolve(host: &str, port: u16) -> Result<SocketAddr, Error> {
    let host = host.trim_matches(['[', ']']);
    let addresses: Vec<SocketAddr> = (host, port)
        .to_socket_addrs()
        .map_err(|error| Error::failure(format!("cannot find the address of {host}: {error}")))?
        .collect();
    let accepts = |at: &&SocketAddr| TcpStream::connect_timeout(at, PROBE_TIMEOUT).is_ok();
    let found = match &addresses[..] {
        [only] => Some(only),
        several => several.iter().find(accepts).or(several.first()),
    };
    found
        .copied()
        .ok_or_else(|| Error::failure(format!("{host} has no address")))
}
