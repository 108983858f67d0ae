//! A descriptor with a buffer on either side: what both halves of a stream share.
//!
//! The loop says when the descriptor can go on; the coroutines come when they like. Between them are
//! two buffers, and both are bounded, for whoever is faster would fill the memory. Input: above twice the
//! limit nothing is read any more, so the kernel's buffer fills, and then the peer has to wait.
//! Output: `write` never waits, but above the high-water mark `drain` does, until the low one.
//!
//! A socket, a pipe, a terminal: to read(2) and write(2) a descriptor is a descriptor, so there is one
//! transport for all of them.
//!
//! **Where it breaks:** `write` takes whatever it is given. Who writes in a loop and never awaits
//! `drain` has no bound.

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

/// asyncio's: a line longer than this is an error, and twice that may wait to be read.
const LIMIT: usize = 64 * 1024;
/// asyncio's water marks for what waits to be sent.
const HIGH_WATER: usize = 64 * 1024;
const LOW_WATER: usize = HIGH_WATER / 4;
/// Read at once. As much as a socket's buffer usually holds.
const CHUNK: usize = 64 * 1024;

thread_local! {
    /// Bytes are read here first: a chunk of room for each connection would be memory for nothing.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK]);
}

/// What its descriptor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Both, and each side can end for itself.
    Socket,
    /// The reading end of a pipe.
    Input,
    /// The writing end of a pipe.
    Output,
}

pub(crate) struct Transport {
    event_loop: EventLoop,
    kind: Kind,
    /// Gone when the connection is.
    source: RefCell<Option<Watched<OwnedFd>>>,
    /// Come, and not yet read by the reader.
    pub(super) input: RefCell<Buffer>,
    /// Nothing more will come.
    pub(super) eof: Cell<bool>,
    pub(super) limit: Cell<usize>,
    /// There is too much in `input`.
    reading_paused: Cell<bool>,
    arrival: WaitQueue,
    /// Written by the writer, and not yet sent.
    output: RefCell<Buffer>,
    high_water: Cell<usize>,
    low_water: Cell<usize>,
    /// There is too much in `output`.
    writing_paused: Cell<bool>,
    room: WaitQueue,
    /// Nothing more will be written: once `output` is sent the peer is told.
    ending: Cell<bool>,
    /// Once `output` is sent the connection ends.
    closing: Cell<bool>,
    /// The loop keeps it, at this place, because it is closing and has bytes to send.
    kept: Cell<Option<usize>>,
    /// Why the connection ended, if it did not end well.
    pub(super) error: RefCell<Option<Error>>,
    gone: WaitQueue,
    /// Dropped when the connection ends.
    companion: Cell<Option<Rc<dyn Any>>>,
}

impl Transport {
    /// Takes the descriptor over and begins to read.
    ///
    /// # Errors
    /// When the poller refuses it: a plain file, no memory.
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
            arrival: WaitQueue::default(),
            output: RefCell::default(),
            high_water: Cell::new(HIGH_WATER),
            low_water: Cell::new(LOW_WATER),
            writing_paused: Cell::new(false),
            room: WaitQueue::default(),
            ending: Cell::new(false),
            closing: Cell::new(false),
            kept: Cell::new(None),
            error: RefCell::default(),
            gone: WaitQueue::default(),
            companion: Cell::new(None),
        });
        // Weak: the halves own the transport. When both are gone, so is the connection.
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

    /// Has `companion` dropped when the connection ends.
    pub(super) fn accompany(&self, companion: Rc<dyn Any>) {
        self.companion.set(Some(companion));
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
        // A pipe that can be "read" at its writing end has lost its reader.
        if self.kind == Kind::Output && interest == Interest::Nothing && readiness.readable {
            self.lose(None);
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
            self.lose(Some(error));
        }
    }

    /// The connection has ended. Whoever waits for anything of it goes on.
    fn lose(&self, error: Option<io::Error>) {
        let Some(source) = self.source.take() else {
            return;
        };
        drop(source);
        self.error.replace(error.map(Error::from));
        self.closing.set(true);
        self.eof.set(true);
        self.output.borrow_mut().clear();
        self.arrival.wake(usize::MAX);
        self.room.wake(usize::MAX);
        self.gone.wake(usize::MAX);
        drop(self.companion.take());
        if let Some(place) = self.kept.take() {
            drop(self.event_loop.extensions().release(place));
        }
    }

    fn is_lost(&self) -> bool {
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
            Err(error) => self.lose(Some(error.into())),
        }
        self.arrival.wake(usize::MAX);
    }

    /// A socket may go on sending, a pipe is done.
    fn end_of_input(&self) {
        self.eof.set(true);
        if self.kind == Kind::Input {
            self.lose(None);
        }
    }

    /// Waits until more input is there, or its end, or an error.
    ///
    /// # Errors
    /// `Cancelled`; `InvalidState` if somebody waits for it already: who would get what?
    pub(super) async fn more_input(&self) -> Result<()> {
        if self.arrival.has_waiters() {
            return Err(Error::InvalidState(
                "another coroutine waits for the input of this stream already",
            ));
        }
        self.resume_reading(); // who waits wants more than there is, however much that is
        self.arrival.wait("read", |_| {}).await
    }

    /// To be called when something was taken from the input.
    pub(super) fn input_was_taken(&self) {
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

    /// Sends what it can at once and keeps the rest.
    pub(super) fn write(&self, bytes: &[u8]) {
        if self.ending.get() || self.closing.get() {
            log::warn!("{} bytes written to a stream that is closed", bytes.len());
            return;
        }
        let mut rest = bytes;
        if self.output.borrow().is_empty() {
            match self.try_send(bytes) {
                Ok(sent) => rest = &bytes[sent..],
                Err(error) => return self.lose(Some(error)),
            }
        }
        if !rest.is_empty() {
            self.output.borrow_mut().push(rest);
            self.watch_for_more();
        }
        if self.buffered() > self.high_water.get() {
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
            Err(error) => return self.lose(Some(error)),
        }
        if self.buffered() <= self.low_water.get() && self.writing_paused.take() {
            self.room.wake(usize::MAX);
        }
        if self.buffered() == 0 {
            self.all_is_sent();
        }
    }

    fn all_is_sent(&self) {
        if self.closing.get() {
            self.lose(None);
        } else if self.ending.get()
            && let Some(source) = self.source()
        {
            // It fails if the peer is gone already; the reader will hear of that.
            let _ = rustix::net::shutdown(&**source, Shutdown::Write);
        }
    }

    /// Written, and not yet taken by the kernel, in bytes.
    pub(super) fn buffered(&self) -> usize {
        self.output.borrow().len()
    }

    pub(super) fn set_water_marks(&self, high: usize, low: usize) {
        self.high_water.set(high);
        self.low_water.set(low.min(high));
        self.writing_paused.set(self.buffered() > high);
    }

    /// See [`StreamWriter::drain`](super::StreamWriter::drain).
    pub(super) async fn drain(&self) -> Result<()> {
        if let Some(error) = self.error.borrow().clone() {
            return Err(error);
        }
        if self.is_closing() {
            yield_now().await?; // a loop of write and drain would keep everybody else from their turn
        }
        if self.is_lost() {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "Connection lost").into());
        }
        if self.writing_paused.get() {
            self.room.wait(WaitReason::Writable, |_| {}).await?;
        }
        self.error.borrow().clone().map_or(Ok(()), Err)
    }

    // -- Ending -------------------------------------------------------------------------------------

    /// Tells the peer that nothing more will come, after what was written.
    pub(super) fn write_eof(self: &Rc<Self>) {
        match self.kind {
            Kind::Socket if !self.closing.get() && !self.ending.replace(true) => {
                if self.buffered() == 0 {
                    self.all_is_sent();
                }
            }
            Kind::Socket => {}
            Kind::Input | Kind::Output => self.close(),
        }
    }

    /// Ends the connection, after what was written is sent.
    pub(crate) fn close(self: &Rc<Self>) {
        if self.closing.replace(true) {
            return;
        }
        if self.buffered() == 0 {
            return self.lose(None);
        }
        let this = Rc::clone(self);
        self.kept.set(Some(self.event_loop.extensions().keep(this)));
        self.watch_for_more();
    }

    /// Ends the connection now; what was not sent is lost.
    pub(super) fn abort(&self) {
        self.lose(None);
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// See [`StreamWriter::wait_closed`](super::StreamWriter::wait_closed).
    pub(super) async fn wait_closed(&self) -> Result<()> {
        if !self.is_lost() {
            self.gone.wait("close", |_| {}).await?;
        }
        self.error.borrow().clone().map_or(Ok(()), Err)
    }
}
