//! The writing half of a stream.
//!
//! Writing and waiting are separate. `write` never waits: what the kernel does not take at once is kept.
//! `drain` is where a fast writer waits for a slow peer; it does nothing as long as little is kept. So a
//! coroutine may write a reply in ten pieces and wait once.
//!
//! **Where it breaks:** only `drain` and `wait_closed` report errors. Code that only writes never learns
//! that the peer is gone.

use super::transport::{Kind, Transport};
use crate::aio::core::{EventLoop, Result};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// Writes to a stream. Clones are handles to the same stream.
///
/// Dropping all halves of a stream closes it at once, and what was not sent is lost. After
/// [`StreamWriter::close`] it is sent first, in the background.
#[derive(Clone)]
pub struct StreamWriter {
    pub(super) transport: Rc<Transport>,
    pub(super) local: Option<SocketAddr>,
    pub(super) peer: Option<SocketAddr>,
}

impl StreamWriter {
    /// Writes to the end of a pipe, which becomes non-blocking, also for others that share it: asyncio's
    /// `connect_write_pipe`.
    ///
    /// # Errors
    /// When the poller rejects the descriptor: a plain file.
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

    /// Sends `bytes`, now or as soon as the peer takes them. Never waits and never fails. If the stream is
    /// closed or the peer is gone, the bytes are dropped.
    pub fn write(&self, bytes: &[u8]) {
        self.transport.write(bytes);
    }

    /// Waits until more may be written. Below 64 KiB of unsent bytes it does not wait; above, it waits until
    /// no more than 16 KiB are left.
    ///
    /// # Errors
    /// `Cancelled`; those of the connection; `ConnectionReset` if it was closed.
    pub async fn drain(&self) -> Result<()> {
        self.transport.drain().await
    }

    /// The number of bytes that were written and not yet taken by the kernel: asyncio's
    /// `get_write_buffer_size()`.
    pub fn buffered(&self) -> usize {
        self.transport.buffered()
    }

    /// Tells the peer, after what was written, that this was all. The peer may still send.
    pub fn write_eof(&self) {
        self.transport.write_eof();
    }

    /// Ends both halves after what was written is sent.
    pub fn close(&self) {
        self.transport.close();
    }

    /// Ends both halves now. What was not sent is lost.
    pub fn abort(&self) {
        self.transport.abort();
    }

    /// Whether it is closed, or will be once everything is sent.
    pub fn is_closing(&self) -> bool {
        self.transport.is_closing()
    }

    /// Waits until it is closed.
    ///
    /// # Errors
    /// `Cancelled`; the error that the connection ended with.
    pub async fn wait_closed(&self) -> Result<()> {
        self.transport.wait_closed().await
    }

    /// The peer's address, if it has one: asyncio's `get_extra_info("peername")`.
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The address of this end.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local
    }
}
