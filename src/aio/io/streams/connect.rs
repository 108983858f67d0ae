//! Calling somebody without waiting for the answer.
//!
//! connect(2) blocks for as long as the peer's handshake takes, minutes if it is silent. On a
//! non-blocking socket it only begins: the socket becomes writable when it is decided, and then says
//! how. Names are another matter: the system's resolver knows only how to block, so it gets a thread.
//!
//! **Where it breaks:** a name with several addresses is tried one after the other. The second has to
//! wait until the first has failed, where browsers try both ("happy eyeballs", RFC 8305).

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
/// The system's, of the last address tried; `Cancelled`.
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

/// The two halves of a socket that is connected already; it becomes non-blocking for all who share
/// it. asyncio's `open_connection(sock=…)`.
///
/// # Errors
/// When the poller refuses the descriptor.
///
/// # Panics
/// When no loop runs on this thread.
pub fn connect_stream(socket: impl Into<OwnedFd>) -> Result<(StreamReader, StreamWriter)> {
    let socket = socket.into();
    let (local, peer) = (local_addr(&socket), peer_addr(&socket));
    // As asyncio does: a small answer must not wait for the peer to acknowledge the one before
    // (Nagle's algorithm). It fails for sockets that are not TCP's, which have nothing of the kind.
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

/// The addresses of a name; of a number, that one, without asking anybody.
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
    let tell = decided.clone();
    let watched = event_loop.add_writer(socket, move || tell.release())?;
    decided.await?;
    let socket = watched.into_inner();
    tcp::connect_result(&socket)?;
    Ok(socket)
}
