//! A descriptor with an input and an output buffer, which both halves of a stream share.
//!
//! The loop reports when the descriptor can go on; coroutines read and write whenever they like. The two
//! buffers between them have to be bounded, or the faster side would fill the memory. Input: above twice
//! the limit nothing more is read, so the kernel's buffer fills up and the peer has to wait. Output:
//! `write` never waits, but above the high-water mark `drain` waits until the low-water mark is reached.
//!
//! To read(2) and write(2) a socket, a pipe and a terminal are all the same, so there is one transport
//! for all of them.
//!
//! **Where it breaks:** `write` accepts everything. A loop that writes and never awaits `drain` fills the
//! memory.

use super::buffer::Buffer;
use crate::aio::core::{Error, EventLoop, Interest, Readiness, Result, Watched};
use crate::aio::sync::WaitQueue;
use crate::aio::tasks::{WaitReason, yield_now};
use rustix::io::Errno;
use rustix::net::Shutdown;
use std::any::Any;
use std::cell::{Cell, Ref, RefCell};
use std::io;
use std::os::fd::OwnedFd;
use std::rc::Rc;

/// As in asyncio: a longer line is an error, and twice this may wait to be read.
const LIMIT: usize = 64 * 1024;
/// Unsent bytes above which `drain` waits, and down to which it waits. As in asyncio.
const HIGH_WATER: usize = 64 * 1024;
const LOW_WATER: usize = HIGH_WATER / 4;
/// Bytes per read. As much as a socket's buffer usually holds.
const CHUNK: usize = 64 * 1024;

thread_local! {
    /// Bytes are read into this first. A buffer of this size per connection would waste memory.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// The kind of descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads and writes, and each direction can end on its own.
    Socket,
    /// The reading end of a pipe.
    Input,
    /// The writing end of a pipe.
    Output,
}

pub(crate) struct Transport {
    event_loop: EventLoop,
    kind: Kind,
    /// `None` once the connection has ended.
    source: RefCell<Option<Watched<OwnedFd>>>,
    /// Received, and not yet read by the reader.
    pub(super) input: RefCell<Buffer>,
    /// Nothing more will be received.
    pub(super) eof: Cell<bool>,
    pub(super) limit: Cell<usize>,
    /// Too much is in `input`.
    reading_paused: Cell<bool>,
    input_waiters: WaitQueue,
    /// Written by the writer, and not yet sent.
    output: RefCell<Buffer>,
    /// Too much is in `output`.
    writing_paused: Cell<bool>,
    drain_waiters: WaitQueue,
    /// Nothing more will be written. The peer is told once `output` is sent.
    eof_requested: Cell<bool>,
    /// The connection ends once `output` is sent.
    closing: Cell<bool>,
    /// Its key in the loop, which keeps it while it is closing and has bytes to send.
    kept: Cell<Option<usize>>,
    /// Why the connection ended, if it failed.
    pub(super) error: RefCell<Option<Error>>,
    close_waiters: WaitQueue,
    /// Dropped when the connection ends.
    attachment: Cell<Option<Rc<dyn Any>>>,
}

impl Transport {
    /// Takes the descriptor over and begins to read.
    ///
    /// # Errors
    /// When the poller rejects it: a plain file, or no memory.
    pub(crate) fn open(
        event_loop: &EventLoop,
        source: OwnedFd,
        kind: Kind,
    ) -> Result<Rc<Transport>> {
        rustix::io::ioctl_fionbio(&source, true)?;
        let transport = Rc::new(Transport {
            event_loop: event_loop.clone(),
            kind,
            source: RefCell::default(),
            input: RefCell::default(),
            eof: Cell::new(kind == Kind::Output),
            limit: Cell::new(LIMIT),
            reading_paused: Cell::new(false),
            input_waiters: WaitQueue::default(),
            output: RefCell::default(),
            writing_paused: Cell::new(false),
            drain_waiters: WaitQueue::default(),
            eof_requested: Cell::new(false),
            closing: Cell::new(false),
            kept: Cell::new(None),
            error: RefCell::default(),
            close_waiters: WaitQueue::default(),
            attachment: Cell::new(None),
        });
        // Weak, because the halves own the transport: dropping both ends the connection.
        let this = Rc::downgrade(&transport);
        let on_ready = move |readiness| {
            if let Some(this) = this.upgrade() {
                this.on_ready(readiness);
            }
        };
        let watched = event_loop.watch(source, transport.interest(), on_ready)?;
        transport.source.replace(Some(watched));
        Ok(transport)
    }

    /// Has `value` dropped when the connection ends.
    pub(super) fn attach(&self, value: Rc<dyn Any>) {
        self.attachment.set(Some(value));
    }

    // -- Readiness ----------------------------------------------------------------------------------

    fn interest(&self) -> Interest {
        let input = !self.eof.get() && !self.reading_paused.get() && !self.closing.get();
        match (input, !self.output.borrow().is_empty()) {
            (true, true) => Interest::ReadWrite,
            (true, false) => Interest::Read,
            (false, true) => Interest::Write,
            (false, false) => Interest::Nothing,
        }
    }

    fn on_ready(self: Rc<Self>, readiness: Readiness) {
        let interest = self.interest();
        if readiness.readable && matches!(interest, Interest::Read | Interest::ReadWrite) {
            self.receive();
        }
        if readiness.writable && matches!(interest, Interest::Write | Interest::ReadWrite) {
            self.send();
        }
        // The writing end of a pipe becomes "readable" when the reading end is closed.
        if self.kind == Kind::Output && interest == Interest::Nothing && readiness.readable {
            self.disconnect(None);
        }
        self.watch_for_more();
    }

    fn watch_for_more(&self) {
        let interest = self.interest();
        let mut source = self.source.borrow_mut();
        let changed = source
            .as_mut()
            .map_or(Ok(()), |source| source.set_interest(interest));
        drop(source);
        if let Err(error) = changed {
            self.disconnect(Some(error));
        }
    }

    /// Ends the connection and wakes everything that waits for it.
    fn disconnect(&self, error: Option<io::Error>) {
        let Some(source) = self.source.take() else {
            return;
        };
        drop(source);
        self.error.replace(error.map(Error::from));
        self.closing.set(true);
        self.eof.set(true);
        self.output.borrow_mut().clear();
        self.input_waiters.wake_all();
        self.drain_waiters.wake_all();
        self.close_waiters.wake_all();
        drop(self.attachment.take());
        if let Some(place) = self.kept.take() {
            drop(self.event_loop.extensions().release(place));
        }
    }

    fn is_disconnected(&self) -> bool {
        self.source.borrow().is_none()
    }

    /// The descriptor, for one system call.
    fn source(&self) -> Option<Ref<'_, Watched<OwnedFd>>> {
        Ref::filter_map(self.source.borrow(), Option::as_ref).ok()
    }

    // -- Input --------------------------------------------------------------------------------------

    fn receive(&self) {
        let received = SCRATCH.with_borrow_mut(|scratch| {
            let source = self.source().ok_or(Errno::BADF)?;
            let count = rustix::io::read(&**source, &mut scratch[..])?;
            self.input.borrow_mut().push(&scratch[..count]);
            Ok(count)
        });
        match received {
            Ok(0) => self.end_of_input(),
            Ok(_) if self.input.borrow().len() > 2 * self.limit.get() => {
                self.reading_paused.set(true);
            }
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => self.disconnect(Some(error.into())),
        }
        self.input_waiters.wake_all();
    }

    /// A socket can still send; a pipe is done.
    fn end_of_input(&self) {
        self.eof.set(true);
        if self.kind == Kind::Input {
            self.disconnect(None);
        }
    }

    /// Waits for more input, its end or an error.
    ///
    /// # Errors
    /// `Cancelled`; `InvalidState` if another coroutine waits already: it would be undefined which one gets
    /// which bytes.
    pub(super) async fn wait_for_input(&self) -> Result<()> {
        if self.input_waiters.has_waiters() {
            return Err(Error::InvalidState(
                "another coroutine waits for the input of this stream already",
            ));
        }
        self.resume_reading(); // the waiter needs more, however much there is
        self.input_waiters.wait("read").await
    }

    /// To be called when something was taken from the input.
    pub(super) fn on_input_taken(&self) {
        if self.input.borrow().len() <= self.limit.get() {
            self.resume_reading();
        }
    }

    fn resume_reading(&self) {
        if self.reading_paused.take() {
            self.watch_for_more();
        }
    }

    // -- Output -------------------------------------------------------------------------------------

    /// Sends what the kernel takes at once and keeps the rest.
    pub(super) fn write(&self, bytes: &[u8]) {
        if self.eof_requested.get() || self.closing.get() {
            log::warn!(
                "{} bytes were written to a closed stream and dropped",
                bytes.len()
            );
            return;
        }
        let mut rest = bytes;
        if self.output.borrow().is_empty() {
            match self.try_send(bytes) {
                Ok(sent) => rest = &bytes[sent..],
                Err(error) => return self.disconnect(Some(error)),
            }
        }
        if !rest.is_empty() {
            self.output.borrow_mut().push(rest);
            self.watch_for_more();
        }
        if self.buffered() > HIGH_WATER {
            self.writing_paused.set(true);
        }
    }

    fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        let source = self.source().ok_or(Errno::BADF)?;
        match rustix::io::write(&**source, bytes) {
            Err(Errno::AGAIN | Errno::INTR) => Ok(0),
            sent => Ok(sent?),
        }
    }

    fn send(&self) {
        let sent = self.try_send(self.output.borrow().as_slice());
        match sent {
            Ok(sent) => self.output.borrow_mut().skip(sent),
            Err(error) => return self.disconnect(Some(error)),
        }
        if self.buffered() <= LOW_WATER && self.writing_paused.take() {
            self.drain_waiters.wake_all();
        }
        if self.buffered() == 0 {
            self.on_all_sent();
        }
    }

    fn on_all_sent(&self) {
        if self.closing.get() {
            self.disconnect(None);
        } else if self.eof_requested.get()
            && let Some(source) = self.source()
        {
            // It fails if the peer is gone already. Then the reader gets the error.
            let _ = rustix::net::shutdown(&**source, Shutdown::Write);
        }
    }

    /// The number of bytes that were written and not yet taken by the kernel.
    pub(super) fn buffered(&self) -> usize {
        self.output.borrow().len()
    }

    /// See [`StreamWriter::drain`](super::StreamWriter::drain).
    pub(super) async fn drain(&self) -> Result<()> {
        if let Some(error) = self.error.borrow().clone() {
            return Err(error);
        }
        if self.is_closing() {
            yield_now().await?; // a loop of write and drain would otherwise never let others run
        }
        if self.is_disconnected() {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "Connection lost").into());
        }
        if self.writing_paused.get() {
            self.drain_waiters.wait(WaitReason::Writable).await?;
        }
        self.error.borrow().clone().map_or(Ok(()), Err)
    }

    // -- Ending -------------------------------------------------------------------------------------

    /// Tells the peer, after what was written, that nothing more will come.
    pub(super) fn write_eof(self: &Rc<Self>) {
        match self.kind {
            Kind::Socket if !self.closing.get() && !self.eof_requested.replace(true) => {
                if self.buffered() == 0 {
                    self.on_all_sent();
                }
            }
            Kind::Socket => {}
            Kind::Input | Kind::Output => self.close(),
        }
    }

    /// Ends the connection after what was written is sent.
    pub(crate) fn close(self: &Rc<Self>) {
        if self.closing.replace(true) {
            return;
        }
        if self.buffered() == 0 {
            return self.disconnect(None);
        }
        let this = Rc::clone(self);
        self.kept.set(Some(self.event_loop.extensions().keep(this)));
        self.watch_for_more();
    }

    /// Ends the connection now. What was not sent is lost.
    pub(super) fn abort(&self) {
        self.disconnect(None);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// See [`StreamWriter::wait_closed`](super::StreamWriter::wait_closed).
    pub(super) async fn wait_closed(&self) -> Result<()> {
        if !self.is_disconnected() {
            self.close_waiters.wait("close").await?;
        }
        self.error.borrow().clone().map_or(Ok(()), Err)
    }
}
