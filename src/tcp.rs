//! TCP sockets where the standard library has no call for it, and where systems differ.
//!
//! std can only connect by waiting. A loop has to begin to connect and be told when it is decided.
//! Everything else here is a difference between Linux and macOS, kept in one place.

use rustix::io::Errno;
use rustix::net::{AddressFamily, SendFlags, SocketType, sockopt};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

/// The flag for send(2) that keeps a write to a closed connection from raising SIGPIPE. Rust's
/// runtime ignores that signal, but a program that uses this crate may have restored it.
#[cfg(not(target_vendor = "apple"))]
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
/// Apple has no such flag. There it is an option of the socket, set by std and by [`new_socket`].
#[cfg(target_vendor = "apple")]
pub(crate) const NO_SIGNAL: SendFlags = SendFlags::empty();

/// A non-blocking socket that child processes do not inherit.
pub(crate) fn new_socket(address: &SocketAddr) -> io::Result<OwnedFd> {
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
    // In two steps. A child process that another thread starts in between inherits the socket.
    #[cfg(not(target_os = "linux"))]
    let socket = {
        let socket = rustix::net::socket(family, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        socket
    };
    #[cfg(target_vendor = "apple")]
    sockopt::set_socket_nosigpipe(&socket, true)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    Ok(socket)
}

/// Begins to connect. Returns whether it is connected already; if not, the socket becomes writable
/// when it is decided, see [`connect_result`].
pub(crate) fn begin_connect(socket: impl AsFd, address: &SocketAddr) -> io::Result<bool> {
    match rustix::net::connect(socket, address) {
        Ok(()) => Ok(true),
        Err(Errno::INPROGRESS | Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a socket that has become writable is connected, or why not.
pub(crate) fn connect_result(socket: impl AsFd) -> io::Result<()> {
    Ok(sockopt::socket_error(socket).and_then(|result| result)?)
}
