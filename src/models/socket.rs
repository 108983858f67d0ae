//! The two system calls that everything is about, and how the timeline sees a thread wait in them.
//!
//! Through the C library, as std goes, each is a point of thread cancellation, which nobody here needs
//! and which was 6 % of the CPU time of a thread a client.
//!
//! Whether a socket blocks is its owner's choice; `blocks` tells it to the timeline, and to nobody else.

use crate::tcp;
use crate::trace::{self, State};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use std::io;
use std::net::TcpStream;

pub(super) fn read(stream: &TcpStream, buffer: &mut [u8], blocks: bool) -> io::Result<usize> {
    let recv = || rustix::net::recv(stream, buffer, RecvFlags::empty());
    let (length, _) = if blocks {
        trace::during(State::Waiting("read".into()), recv)?
    } else {
        recv()?
    };
    Ok(length)
}

pub(super) fn write(stream: &TcpStream, bytes: &[u8], blocks: bool) -> io::Result<usize> {
    let send = |bytes: &[u8], flags| rustix::net::send(stream, bytes, tcp::NO_SIGNAL | flags);
    if !blocks || !trace::on() {
        return Ok(send(bytes, SendFlags::empty())?);
    }
    // Whether a write blocks is seen only by one that does not: first what goes at once. So most writes
    // are one system call as ever, and a second one is made only where it has to wait.
    let at_once = match send(bytes, SendFlags::DONTWAIT) {
        Ok(length) if length == bytes.len() => return Ok(length),
        Err(Errno::AGAIN) => 0,
        other => other?,
    };
    let rest = || send(&bytes[at_once..], SendFlags::empty());
    match trace::during(State::BlockedOnWrite, rest) {
        Err(_) if at_once > 0 => Ok(at_once),
        rest => Ok(at_once + rest?),
    }
}
