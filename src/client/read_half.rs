//! The reading half of the socket.
//!
//! A WebSocket of tungstenite answers pings and close frames by itself, on the stream from which it reads.
//! Here only the writer sends. So after the handshake this stream discards what is written to it, and the
//! reader sends commands to the writer instead. Where it breaks: a message sent on the reading WebSocket is
//! lost.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;

/// The longest time-out: adding [`Duration::MAX`] to an [`Instant`] panics.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The deadline after `timeout`, from now.
pub(super) fn after(timeout: Duration) -> Instant {
    clock::now() + timeout.min(FOREVER)
}

/// Since when the reader has been waiting for the server; `None` while it does something else. Written by
/// the reader, read by the writer.
#[derive(Debug, Clone, Default)]
pub(super) struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// Zero while the reader is not waiting, because then it is not the server that is slow.
    pub(super) fn length(&self) -> Duration {
        let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.map_or(Duration::ZERO, |since| {
            clock::now().saturating_duration_since(since)
        })
    }
}

/// A stream to read from, whose writes are discarded after the handshake.
pub(super) struct ReadHalf {
    socket: TcpStream,
    /// The deadline of the whole handshake, while it runs. With a time-out per read, a server that sends
    /// one byte at a time could hold us as long as it likes.
    handshake_until: Option<Instant>,
    silence: Silence,
}

impl ReadHalf {
    /// A stream whose reads fail with a time-out after `handshake_until`, until
    /// [`end_handshake`](ReadHalf::end_handshake).
    pub(super) fn new(socket: TcpStream, handshake_until: Instant) -> ReadHalf {
        ReadHalf {
            socket,
            handshake_until: Some(handshake_until),
            silence: Silence::default(),
        }
    }

    /// From now on reads have no time-out and writes are discarded.
    pub(super) fn end_handshake(&mut self) -> io::Result<()> {
        self.handshake_until = None;
        self.socket.set_read_timeout(None)
    }

    /// A handle that knows how long the current read has been waiting.
    pub(super) fn silence(&self) -> Silence {
        self.silence.clone()
    }
}

impl Read for ReadHalf {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(deadline) = self.handshake_until {
            let left = deadline.saturating_duration_since(clock::now());
            // The standard library rejects zero.
            self.socket
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        }
        self.silence.set(Some(clock::now()));
        let result = loop {
            match self.socket.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.silence.set(None);
        result
    }
}

impl Write for ReadHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.handshake_until {
            Some(_) => self.socket.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
