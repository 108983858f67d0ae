//! The half of a stream that bytes come out of.
//!
//! A stream has no messages: what the peer wrote in one piece may come in three, and three pieces in one.
//! So each way of reading here says where a piece ends: after so many bytes, after a separator, at the
//! end of the stream; and waits until that much is there.
//!
//! The behaviour, the limit and the words of the errors are those of asyncio's `StreamReader`.
//!
//! **Where it breaks:** two coroutines that read one stream at once would each get pieces of a whole;
//! the second is refused.

use super::buffer::find;
use super::transport::{Kind, Transport};
use crate::aio::core::{Error, EventLoop, Result};
use crate::aio::tasks::AsyncIterator;
use std::fmt;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// See the module. Clones are handles to the same.
#[derive(Clone)]
pub struct StreamReader {
    pub(super) transport: Rc<Transport>,
}

impl StreamReader {
    /// Reads from a pipe's end, which becomes non-blocking for all who share it: asyncio's
    /// `connect_read_pipe`.
    ///
    /// # Errors
    /// When the poller refuses the descriptor: a plain file.
    ///
    /// # Panics
    /// When no loop runs on this thread.
    pub fn from_pipe(source: impl Into<OwnedFd>) -> Result<StreamReader> {
        let transport = Transport::open(&EventLoop::running(), source.into(), Kind::Input)?;
        Ok(StreamReader { transport })
    }

    /// How long a line may be, 64 KiB if nothing is said. Twice as much may wait to be read before
    /// nothing more is taken from the peer.
    pub fn set_limit(&self, bytes: usize) {
        self.transport.limit.set(bytes);
    }

    /// Whether the end has come and all before it was read.
    pub fn at_eof(&self) -> bool {
        self.transport.eof.get() && self.transport.input.borrow().is_empty()
    }

    /// What is there, at most `count` bytes; waits only if nothing is. Empty at the end of the stream.
    ///
    /// # Errors
    /// `Cancelled`; the connection's.
    pub async fn read(&self, count: usize) -> Result<Vec<u8>> {
        self.check()?;
        if count > 0 && self.transport.input.borrow().is_empty() && !self.transport.eof.get() {
            self.transport.more_input().await?;
            self.check()?;
        }
        Ok(self.take(count))
    }

    /// Everything up to the end of the stream: asyncio's `read(-1)`.
    ///
    /// # Errors
    /// `Cancelled`, and what was read so far is lost then; the connection's.
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
    /// [`IncompleteRead`] if the stream ends before; `Cancelled`; the connection's.
    pub async fn read_exactly(&self, count: usize) -> Result<Vec<u8>> {
        self.check()?;
        while self.transport.input.borrow().len() < count {
            if self.transport.eof.get() {
                return Err(self.incomplete(Some(count)));
            }
            self.transport.more_input().await?;
            self.check()?;
        }
        Ok(self.take(count))
    }

    /// Everything up to `separator`, and the separator.
    ///
    /// # Errors
    /// [`IncompleteRead`] if the stream ends before; [`LimitOverrun`] if that would be more than the
    /// limit, and then nothing was taken; `Cancelled`; the connection's.
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
            self.transport.more_input().await?;
            self.check()?;
        }
    }

    /// Where the first piece ends, separator included. `searched` bytes need not be looked at again: they
    /// are not the beginning of a separator.
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

    /// A line with its `\n`. The last may have none, and behind it comes an empty one.
    ///
    /// # Errors
    /// [`LimitOverrun`] if it is longer than the limit, and then it is thrown away, as far as it has
    /// come; `Cancelled`; the connection's.
    pub async fn read_line(&self) -> Result<Vec<u8>> {
        let result = self.read_until(b"\n").await;
        let Err(error) = &result else { return result };
        if let Some(end) = error.downcast_ref::<IncompleteRead>() {
            return Ok(end.partial.clone());
        }
        if let Some(overrun) = error.downcast_ref::<LimitOverrun>() {
            let mut input = self.transport.input.borrow_mut();
            match overrun.found {
                true => input.skip(overrun.consumed + 1),
                false => input.clear(),
            }
            drop(input);
            self.transport.input_was_taken();
        }
        result
    }

    /// A connection that failed is over for the reader at once, as in asyncio: what came before is not
    /// given out any more.
    fn check(&self) -> Result<()> {
        self.transport.error.borrow().clone().map_or(Ok(()), Err)
    }

    fn take(&self, count: usize) -> Vec<u8> {
        let bytes = self.transport.input.borrow_mut().take(count);
        self.transport.input_was_taken();
        bytes
    }

    fn incomplete(&self, expected: Option<usize>) -> Error {
        let partial = self.take(usize::MAX);
        Error::from(IncompleteRead { partial, expected })
    }
}

/// Lines, up to the end of the stream.
impl AsyncIterator for StreamReader {
    type Item = Vec<u8>;

    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let line = self.read_line().await?;
        Ok((!line.is_empty()).then_some(line))
    }
}

/// The stream ended in the middle of what was asked for: asyncio's `IncompleteReadError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncompleteRead {
    /// What came before the end.
    pub partial: Vec<u8>,
    /// How many bytes were asked for, if that was said.
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

/// No separator within the limit: asyncio's `LimitOverrunError`. The bytes are still there to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitOverrun {
    /// So many bytes belong to the piece that is too long, as far as is known.
    pub consumed: usize,
    /// The separator is there, behind them.
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
        f.write_str(match self.found {
            true => "Separator is found, but chunk is longer than limit",
            false => "Separator is not found, and chunk exceed the limit",
        })
    }
}

impl std::error::Error for LimitOverrun {}
