//! Connecting without blocking the loop.
//!
//! connect(2) blocks until the TCP handshake is done, which takes minutes if the peer is silent. On a
//! non-blocking socket it only begins the handshake. The socket becomes writable when the outcome is
//! known. Name look-up is different: the resolver can only block, so it runs on a thread.
//!
//! **Where it breaks:** the addresses of a name are tried one after the other. The second has to wait
//! until the first has failed, whereas browsers race them ("happy eyeballs", RFC 8305).

use super::reader::StreamReader;
use super::transport::{Kind, Transport};
use super::writer::StreamWriter;
use crate::aio::core::{Error, EventLoop, Result};
use crate::aio::io::executor::to_thread;
use crate::tcp;
use rustix::net::{SocketAddrAny, sockopt};
use std::fmt::Display;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::OwnedFd;

/// Connects to `addr`: `HOST:PORT`, or a [`SocketAddr`].
///
/// # Errors
/// The name cannot be resolved; the system's error for the last address tried; `Cancelled`.
///
/// # Panics
/// When no loop runs on this thread.
pub async fn open_connection(addr: impl Display) -> Result<(StreamReader, StreamWriter)> {
    let mut failed = Error::message("the name has no address");
    for addr in resolve(addr).await? {
        match connect(addr).await {
            Ok(socket) => return connect_stream(socket),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// The two halves of a socket that is already connected. The socket becomes non-blocking, also for other
/// handles to it. Same as asyncio's `open_connection(sock=…)`.
///
/// # Errors
/// When the poller rejects the descriptor.
///
/// # Panics
/// When no loop runs on this thread.
pub fn connect_stream(socket: impl Into<OwnedFd>) -> Result<(StreamReader, StreamWriter)> {
    let socket = socket.into();
    let (local, peer) = (local_addr(&socket), peer_addr(&socket));
    // As asyncio does: a small reply must not wait until the peer has acknowledged the previous one
    // (Nagle's algorithm). This fails, harmlessly, for sockets other than TCP's.
    let _ = sockopt::set_tcp_nodelay(&socket, true);
    let transport = Transport::open(&EventLoop::running(), socket, Kind::Socket)?;
    let reader = StreamReader {
        transport: transport.clone(),
    };
    let writer = StreamWriter {
        transport,
        local,
        peer,
    };
    Ok((reader, writer))
}

fn local_addr(socket: &OwnedFd) -> Option<SocketAddr> {
    rustix::net::getsockname(socket).ok()?.try_into().ok()
}

fn peer_addr(socket: &OwnedFd) -> Option<SocketAddr> {
    let addr: Option<SocketAddrAny> = rustix::net::getpeername(socket).ok()?;
    addr?.try_into().ok()
}

/// The addresses of a name. A numeric address needs no look-up.
pub(super) async fn resolve(addr: impl Display) -> Result<Vec<SocketAddr>> {
    let addr = addr.to_string();
    if let Ok(addr) = addr.parse() {
        return Ok(vec![addr]);
    }
    let found = to_thread(move || addr.to_socket_addrs().map(Vec::from_iter)).await?;
    Ok(found?)
}

async fn connect(addr: SocketAddr) -> Result<OwnedFd> {
    let socket = tcp::new_socket(&addr)?;
    if tcp::begin_connect(&socket, &addr)? {
        return Ok(socket);
    }
    let event_loop = EventLoop::running();
    let decided = event_loop.create_future_for("connect");
    let to_set = decided.clone();
    let watched = event_loop.add_writer(socket, move || to_set.release())?;
    decided.await?;
    let socket = watched.into_inner();
    tcp::connect_result(&socket)?;
    Ok(socket)
}
