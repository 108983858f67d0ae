//! The half of a stream that bytes go into.
//!
//! Writing and waiting are two things here. `write` never waits: what the kernel does not take at once is
//! kept. `drain` is where a fast writer waits for a slow peer; it does nothing as long as little is
//! kept. So a coroutine may write an answer in ten pieces and wait once.
//!
//! **Where it breaks:** errors are told by `drain` and `wait_closed` only. Who only writes never hears
//! that the peer is gone.

use super::transport::{Kind, Transport};
use crate::aio::core::{EventLoop, Result};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// See the module. Clones are handles to the same.
///
/// A stream whose halves are all dropped is closed at once, and what was not sent is lost. One that
/// was closed with [`StreamWriter::close`] sends it first, behind everybody's back.
#[derive(Clone)]
pub struct StreamWriter {
    pub(super) transport: Rc<Transport>,
    pub(super) local: Option<SocketAddr>,
    pub(super) peer: Option<SocketAddr>,
}

impl StreamWriter {
    /// Writes into a pipe's end, which becomes non-blocking for all who share it: asyncio's
    /// `connect_write_pipe`.
    ///
    /// # Errors
    /// When the poller refuses the descriptor: a plain file.
    ///
    /// # Panics
    /// When no loop runs on this thread.
    pub fn from_pipe(source: impl Into<OwnedFd>) -> Result<StreamWriter> {
        let transport = Transport::open(&EventLoop::running(), source.into(), Kind::Output)?;
        Ok(StreamWriter {
            transport,
            local: None,
            peer: None,
        })
    }

    /// Sends `bytes`, now or as soon as the peer takes them. Never waits and never fails; into a stream
    /// that is closed or whose peer is gone, they are thrown away.
    pub fn write(&self, bytes: &[u8]) {
        self.transport.write(bytes);
    }

    /// Waits until it is wise to write more. Not at all below the high-water mark; above it, until no
    /// more than the low-water mark is left to send.
    ///
    /// # Errors
    /// `Cancelled`; the connection's; a reset one's if it was closed.
    pub async fn drain(&self) -> Result<()> {
        self.transport.drain().await
    }

    /// When [`StreamWriter::drain`] waits and until when, in bytes: 64 KiB and 16 KiB if nothing is said.
    pub fn set_write_buffer_limits(&self, high: usize, low: usize) {
        self.transport.set_water_marks(high, low);
    }

    /// How many bytes were written and not yet taken by the kernel: asyncio's
    /// `get_write_buffer_size()`.
    pub fn buffered(&self) -> usize {
        self.transport.buffered()
    }

    /// Tells the peer that this was all, after what was written. It may still answer.
    pub fn write_eof(&self) {
        self.transport.write_eof();
    }

    /// Ends both halves, after what was written is sent.
    pub fn close(&self) {
        self.transport.close();
    }

    /// Ends both halves now; what was not sent is lost.
    pub fn abort(&self) {
        self.transport.abort();
    }

    /// Whether it is closed, or will be when all is sent.
    pub fn is_closing(&self) -> bool {
        self.transport.is_closing()
    }

    /// Waits until it is closed.
    ///
    /// # Errors
    /// `Cancelled`; the one that the connection ended with.
    pub async fn wait_closed(&self) -> Result<()> {
        self.transport.wait_closed().await
    }

    /// Who is at the other end, if that has an address: asyncio's `get_extra_info("peername")`.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The address of this end.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }
}
