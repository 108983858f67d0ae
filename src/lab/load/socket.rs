//! The system calls of a connection: begin to connect, receive, send.
//!
//! Nothing here waits. Through rustix and not the standard library, as in the server's models: through
//! the C library each call is a point of thread cancellation, which nobody needs.

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, sockopt};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

/// What a client that never reads has room for, so that it is full soon: the system doubles it, and
/// would give it 128 KiB.
const SMALL_BUFFER: usize = 4096;

/// A socket that begins to connect; it can be written when that is decided, see [`connect_result`].
pub(super) fn connect(address: &SocketAddr, reads: bool) -> io::Result<OwnedFd> {
    let socket = new_socket(address)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    if !reads {
        sockopt::set_socket_recv_buffer_size(&socket, SMALL_BUFFER)?;
    }
    match rustix::net::connect(&socket, address) {
        Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(socket),
        Err(error) => Err(error.into()),
    }
}

/// Whether a socket that can be written is connected, or why not.
pub(super) fn connect_result(socket: impl AsFd) -> io::Result<()> {
    Ok(sockopt::socket_error(socket).and_then(|result| result)?)
}

/// Non-blocking, and not inherited by child processes.
fn new_socket(address: &SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    #[cfg(target_os = "linux")]
    let socket = {
        use rustix::net::SocketFlags;
        rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?
    };
    // In two steps, and a child that another thread starts in between inherits it.
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        socket
    };
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}

/// `None`: there is nothing now. `Some(0)`: the peer's end.
pub(super) fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    match rustix::net::recv(socket, buffer, RecvFlags::empty()) {
        Ok((length, _)) => Ok(Some(length)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// How much of `bytes` the system took, perhaps nothing.
pub(super) fn send(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    match rustix::net::send(socket, bytes, SendFlags::NOSIGNAL) {
        Ok(length) => Ok(length),
        Err(Errno::AGAIN | Errno::INTR) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
