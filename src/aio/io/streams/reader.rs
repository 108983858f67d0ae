//! The reading half of a stream.
//!
//! A stream has no messages: what the peer wrote in one piece may arrive in three, and three pieces in
//! one. So each read here says where a piece ends (after some number of bytes, after a separator, at the
//! end of the stream) and waits until that much has arrived.
//!
//! The behaviour, the limit and the texts of the errors are those of asyncio's `StreamReader`.
//!
//! **Where it breaks:** two coroutines that read one stream at once would each get pieces of a whole. The
//! second one gets an error.

use super::buffer::find;
use super::transport::{Kind, Transport};
use crate::aio::core::{Error, EventLoop, Result};
use crate::aio::tasks::AsyncIterator;
use std::fmt;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// Reads from a stream. Clones are handles to the same stream.
#[derive(Clone)]
pub struct StreamReader {
    pub(super) transport: Rc<Transport>,
}

impl StreamReader {
    /// Reads from the end of a pipe, which becomes non-blocking, also for others that share it: asyncio's
    /// `connect_read_pipe`.
    ///
    /// # Errors
    /// When the poller rejects the descriptor: a plain file.
    ///
    /// # Panics
    /// When no loop runs on this thread.
    pub fn from_pipe(source: impl Into<OwnedFd>) -> Result<StreamReader> {
        let transport = Transport::open(&EventLoop::running(), source.into(), Kind::Input)?;
        Ok(StreamReader { transport })
    }

    /// Sets the maximum length of a line; the default is 64 KiB. Twice as much may wait to be read before
    /// nothing more is taken from the peer.
    pub fn set_limit(&self, bytes: usize) {
        self.transport.limit.set(bytes);
    }

    /// Whether the stream has ended and everything before its end was read.
    pub fn at_eof(&self) -> bool {
        self.transport.eof.get() && self.transport.input.borrow().is_empty()
    }

    /// What has arrived, at most `count` bytes. Waits only if nothing has. Empty at the end of the stream.
    ///
    /// # Errors
    /// `Cancelled`; those of the connection.
    pub async fn read(&self, count: usize) -> Result<Vec<u8>> {
        self.check()?;
        if count > 0 && self.transport.input.borrow().is_empty() && !self.transport.eof.get() {
            self.transport.wait_for_input().await?;
            self.check()?;
        }
        Ok(self.take(count))
    }

    /// Everything up to the end of the stream: asyncio's `read(-1)`.
    ///
    /// # Errors
    /// `Cancelled`, and then what was read so far is lost; those of the connection.
    pub async fn read_to_end(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let block = self.read(self.transport.limit.get()).await?;
            if block.is_empty() {
                return Ok(all);
            }
            all.extend(block);
        }
    }

    /// Exactly `count` bytes.
    ///
    /// # Errors
    /// [`IncompleteRead`] if the stream ends before; `Cancelled`; those of the connection.
    pub async fn read_exactly(&self, count: usize) -> Result<Vec<u8>> {
        self.check()?;
        while self.transport.input.borrow().len() < count {
            if self.transport.eof.get() {
                return Err(self.incomplete(Some(count)));
            }
            self.transport.wait_for_input().await?;
            self.check()?;
        }
        Ok(self.take(count))
    }

    /// Everything up to and including `separator`.
    ///
    /// # Errors
    /// [`IncompleteRead`] if the stream ends before; [`LimitOverrun`] if that would exceed the limit, and
    /// then nothing is taken; `Cancelled`; those of the connection.
    ///
    /// # Panics
    /// If the separator is empty.
    pub async fn read_until(&self, separator: &[u8]) -> Result<Vec<u8>> {
        assert!(!separator.is_empty(), "a separator has at least one byte");
        self.check()?;
        let mut searched = 0;
        loop {
            if let Some(end) = self.search(separator, &mut searched)? {
                return Ok(self.take(end));
            }
            if self.transport.eof.get() {
                return Err(self.incomplete(None));
            }
            self.transport.wait_for_input().await?;
            self.check()?;
        }
    }

    /// Where the first piece ends, including the separator. The first `searched` bytes need no second search:
    /// no separator begins there.
    fn search(&self, separator: &[u8], searched: &mut usize) -> Result<Option<usize>> {
        let limit = self.transport.limit.get();
        let input = self.transport.input.borrow();
        if let Some(found) = find(&input.as_slice()[*searched..], separator) {
            let consumed = *searched + found;
            if consumed > limit {
                return Err(LimitOverrun::found(consumed).into());
            }
            return Ok(Some(consumed + separator.len()));
        }
        *searched = (input.len() + 1).saturating_sub(separator.len());
        if *searched > limit {
            return Err(LimitOverrun::not_found(*searched).into());
        }
        Ok(None)
    }

    /// A line with its `\n`. The last line may have none. At the end of the stream the line is empty.
    ///
    /// # Errors
    /// [`LimitOverrun`] if the line is longer than the limit, and then what has arrived of it is discarded;
    /// `Cancelled`; those of the connection.
    pub async fn read_line(&self) -> Result<Vec<u8>> {
        let result = self.read_until(b"\n").await;
        let Err(error) = &result else { return result };
        if let Some(end) = error.downcast_ref::<IncompleteRead>() {
            return Ok(end.partial.clone());
        }
        if let Some(overrun) = error.downcast_ref::<LimitOverrun>() {
            let mut input = self.transport.input.borrow_mut();
            if overrun.found {
                input.skip(overrun.consumed + 1);
            } else {
                input.clear();
            }
            drop(input);
            self.transport.on_input_taken();
        }
        result
    }

    /// After a failure of the connection nothing more can be read, not even what arrived before. asyncio
    /// does the same.
    fn check(&self) -> Result<()> {
        self.transport.error.borrow().clone().map_or(Ok(()), Err)
    }

    fn take(&self, count: usize) -> Vec<u8> {
        let bytes = self.transport.input.borrow_mut().take(count);
        self.transport.on_input_taken();
        bytes
    }

    fn incomplete(&self, expected: Option<usize>) -> Error {
        let partial = self.take(usize::MAX);
        Error::from(IncompleteRead { partial, expected })
    }
}

/// The lines up to the end of the stream.
impl AsyncIterator for StreamReader {
    type Item = Vec<u8>;

    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let line = self.read_line().await?;
        Ok((!line.is_empty()).then_some(line))
    }
}

/// The stream ended before a read was complete: asyncio's `IncompleteReadError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncompleteRead {
    /// What arrived before the end.
    pub partial: Vec<u8>,
    /// The number of bytes asked for, if there was one.
    pub expected: Option<usize>,
}

impl fmt::Display for IncompleteRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.partial.len();
        match self.expected {
            Some(count) => write!(f, "{read} bytes read on a total of {count} expected bytes"),
            None => write!(
                f,
                "{read} bytes read on a total of undefined expected bytes"
            ),
        }
    }
}

impl std::error::Error for IncompleteRead {}

/// No separator within the limit: asyncio's `LimitOverrunError`. The bytes can still be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitOverrun {
    /// At least this many bytes belong to the piece that is too long.
    pub consumed: usize,
    /// The separator was found after them.
    found: bool,
}

impl LimitOverrun {
    fn found(consumed: usize) -> LimitOverrun {
        let found = true;
        LimitOverrun { consumed, found }
    }

    fn not_found(consumed: usize) -> LimitOverrun {
        let found = false;
        LimitOverrun { consumed, found }
    }
}

impl fmt::Display for LimitOverrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.found {
            "Separator is found, but chunk is longer than limit"
        } else {
            "Separator is not found, and chunk exceed the limit"
        })
    }
}

impl std::error::Error for LimitOverrun {}
