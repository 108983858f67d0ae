//! The two system calls at the heart of everything, and how the timeline sees a thread wait in them.
//!
//! Through the C library, as std makes them, each call is a point of thread cancellation. No one needs that
//! here, and it took 6 % of the CPU time of the model with one thread per client.
//!
//! Whether a socket blocks is its owner's choice; `blocks` only tells the timeline.

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
    // Only a non-blocking write shows whether a write would block. So the first call takes what goes at
    // once, which is mostly everything, and a second call is made only where it has to wait.
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
