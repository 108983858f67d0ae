//! The system calls of a connection: begin to connect, receive, send. None of them waits.
//!
//! They go through rustix and not the standard library, as in the models of the server. Through the C
//! library, each call would check for thread cancellation.

use crate::tcp;
use rustix::io::Errno;
use rustix::net::{RecvFlags, sockopt};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

/// The receive buffer of a client that never reads, small so that it is soon full. The system doubles it; its
/// default is 128 KiB.
const SMALL_BUFFER: usize = 4096;

/// A socket that begins to connect; it can be written when that is decided, see [`tcp::connect_result`].
pub(super) fn connect(address: &SocketAddr, reads: bool) -> io::Result<OwnedFd> {
    let socket = tcp::new_socket(address)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    if !reads {
        sockopt::set_socket_recv_buffer_size(&socket, SMALL_BUFFER)?;
    }
    tcp::begin_connect(&socket, address)?;
    Ok(socket)
}

/// `None`: no bytes have arrived. `Some(0)`: the peer has closed.
pub(super) fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match rustix::net::recv(socket, buffer, RecvFlags::empty()) {
        Ok((length, _)) => Ok(Some(length)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How many of `bytes` the system took, possibly none.
pub(super) fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    match rustix::net::send(socket, bytes, tcp::NO_SIGNAL) {
        Ok(length) => Ok(length),
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
