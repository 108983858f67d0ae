//! Which descriptors can go on? The kernel knows; this asks it (epoll(7), kqueue(2)).
//!
//! `polling` does registration and wake-up on every system. Level-triggered: a descriptor is reported
//! as long as it can go on, so a reader may stop early and nothing is lost. On Linux the wait itself
//! is one epoll_wait(2) on the poller's descriptor: `Poller::wait` makes five system calls of it,
//! which at one event a wake-up are a tenth of a server's CPU time.
//!
//! The only unsafe code of the program is the registration below.

use polling::{Event, PollMode, Poller};
use slab::Slab;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;

/// Events fetched by one wait. More clients than this ready at once take more waits, no harm.
const BATCH: usize = 1024;

/// What a source is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Nothing for now.
    Nothing,
    /// Input, or the peer's end of it.
    Read,
    /// Room for output.
    Write,
    /// Both.
    ReadWrite,
}

/// What a source can do now. A failed one can do everything: the next call on it says how it failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness {
    /// A read will not block.
    pub readable: bool,
    /// A write will not block.
    pub writable: bool,
}

/// A registered source. Never equal to that of an earlier one that had the same place, so an event
/// that was fetched before its source went cannot reach the source that came after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    slot: u32,
    generation: u32,
}

impl Token {
    /// A key is half place, half generation; the highest bit stays free, so that no key is usize::MAX,
    /// which is the poller's own.
    const HALF: u32 = usize::BITS / 2;
    const GENERATIONS: u32 = (1 << (Token::HALF - 1)) - 1;

    fn key(self) -> usize {
        (self.generation as usize) << Token::HALF | self.slot as usize
    }

    fn from_key(key: usize) -> Token {
        let slot = key & ((1 << Token::HALF) - 1);
        Token {
            slot: slot as u32,
            generation: (key >> Token::HALF) as u32,
        }
    }
}

/// Descriptors and what each of them is for (`T`: a callback).
pub struct Reactor<T> {
    poller: Arc<Poller>,
    sources: Slab<(u32, T)>,
    next_generation: u32,
    batch: batch::Batch,
}

impl<T> Reactor<T> {
    /// # Errors
    /// When the system has no more descriptors; a reactor needs three.
    pub fn new() -> io::Result<Reactor<T>> {
        let poller = Arc::new(Poller::new()?);
        Ok(Reactor {
            poller,
            sources: Slab::new(),
            next_generation: 0,
            batch: batch::Batch::new(),
        })
    }

    /// Ends the wait from any thread: the current one, or else the next.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.poller))
    }

    /// Registers `source`. The caller keeps it open until [`Reactor::remove`].
    pub(super) fn add(
        &mut self,
        source: &impl AsFd,
        interest: Interest,
        value: T,
    ) -> io::Result<Token> {
        let generation = self.next_generation;
        self.next_generation = (generation + 1) % Token::GENERATIONS;
        let entry = self.sources.vacant_entry();
        let token = Token {
            slot: entry.key() as u32,
            generation,
        };
        let (event, mode) = as_event(token, interest);
        #[expect(
            unsafe_code,
            reason = "polling's registration is unsafe for the contract above"
        )]
        // SAFETY: the descriptor must be deleted from the poller before it is closed. `Watched`, the
        // only caller, owns the source and calls `remove` in its Drop, before the source is dropped. Who
        // swaps the source through its DerefMut breaks that; on epoll and kqueue, where closing a
        // descriptor takes it out of the poller too, the price is an event for nobody.
        unsafe {
            self.poller
                .add_with_mode(source.as_fd().as_raw_fd(), event, mode)?;
        }
        entry.insert((generation, value));
        Ok(token)
    }

    /// Changes what a source is watched for. One system call.
    pub(super) fn set_interest(
        &self,
        source: &impl AsFd,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        let (event, mode) = as_event(token, interest);
        self.poller.modify_with_mode(source.as_fd(), event, mode)
    }

    /// Forgets a source and gives back what it was for.
    pub(super) fn remove(&mut self, source: &impl AsFd, token: Token) -> Option<T> {
        if let Err(error) = self.poller.delete(source.as_fd()) {
            log::debug!("a source could not be deleted from the poller: {error}");
        }
        self.get(token)?;
        Some(self.sources.remove(token.slot as usize).1)
    }

    /// What a source is for; `None` if it is gone.
    pub fn get(&self, token: Token) -> Option<&T> {
        let (generation, value) = self.sources.get(token.slot as usize)?;
        (*generation == token.generation).then_some(value)
    }

    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Waits until a source can go on; [`Reactor::each`] says which.
    ///
    /// # Blocks
    /// Until there is one, at most for `timeout` (for ever without), or until woken.
    ///
    /// # Errors
    /// Those of epoll_wait(2), none of which a correct program meets.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.batch.fill(&self.poller, timeout)
    }

    /// Calls `found` for every source that the last wait found.
    pub fn each(&self, mut found: impl FnMut(Token, Readiness)) {
        self.batch
            .each(|key, readiness| found(Token::from_key(key), readiness));
    }
}

/// Level-triggered, except for a source of no interest: the kernel reports a hang-up even for those,
/// again and again; once is enough.
fn as_event(token: Token, interest: Interest) -> (Event, PollMode) {
    match interest {
        Interest::Read => (Event::readable(token.key()), PollMode::Level),
        Interest::Write => (Event::writable(token.key()), PollMode::Level),
        Interest::ReadWrite => (Event::all(token.key()), PollMode::Level),
        Interest::Nothing => (Event::none(token.key()), PollMode::Oneshot),
    }
}

/// Ends a reactor's wait from another thread.
#[derive(Clone)]
pub struct Waker(Arc<Poller>);

impl Waker {
    /// Wakes. Several calls before the wait count once.
    pub fn wake(&self) {
        if let Err(error) = self.0.notify() {
            log::warn!("the event loop could not be woken: {error}");
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod batch {
    use super::{BATCH, Duration, Poller, Readiness, io};
    use polling::Events;
    use rustix::buffer::spare_capacity;
    use rustix::event::epoll::{self, EventFlags};
    use rustix::time::Timespec;

    /// The key under which the poller registers its own wake-up.
    const WAKE_UP: u64 = u64::MAX;

    /// Events as epoll_wait(2) gives them.
    pub(super) struct Batch {
        events: Vec<epoll::Event>,
        /// For taking back a wake-up, which only the poller itself can do.
        taken_back: Events,
    }

    impl Batch {
        pub(super) fn new() -> Batch {
            Batch {
                events: Vec::with_capacity(BATCH),
                taken_back: Events::new(),
            }
        }

        pub(super) fn fill(
            &mut self,
            poller: &Poller,
            timeout: Option<Duration>,
        ) -> io::Result<()> {
            self.events.clear();
            let timeout = timeout.map(|timeout| Timespec {
                tv_sec: timeout.as_secs().min(i32::MAX as u64) as i64,
                tv_nsec: timeout.subsec_nanos().into(),
            });
            match epoll::wait(poller, spare_capacity(&mut self.events), timeout.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            if self.events.iter().any(|event| event.data.u64() == WAKE_UP) {
                // Events that this returns beside are reported again by the next wait: they are
                // level-triggered.
                self.taken_back.clear();
                poller.wait(&mut self.taken_back, Some(Duration::ZERO))?;
            }
            Ok(())
        }

        pub(super) fn each(&self, mut found: impl FnMut(usize, Readiness)) {
            let failed = EventFlags::HUP | EventFlags::ERR;
            let input = EventFlags::IN | EventFlags::RDHUP | EventFlags::PRI | failed;
            let output = EventFlags::OUT | failed;
            for event in &self.events {
                let (flags, key) = (event.flags, event.data.u64());
                if key != WAKE_UP {
                    let readable = flags.intersects(input);
                    let writable = flags.intersects(output);
                    found(key as usize, Readiness { readable, writable });
                }
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod batch {
    use super::{BATCH, Duration, Poller, Readiness, io};
    use polling::Events;
    use std::num::NonZeroUsize;

    /// Events as `polling` gives them.
    pub(super) struct Batch(Events);

    impl Batch {
        pub(super) fn new() -> Batch {
            Batch(Events::with_capacity(
                NonZeroUsize::new(BATCH).expect("not zero"),
            ))
        }

        pub(super) fn fill(
            &mut self,
            poller: &Poller,
            timeout: Option<Duration>,
        ) -> io::Result<()> {
            self.0.clear();
            poller.wait(&mut self.0, timeout).map(|_| ())
        }

        pub(super) fn each(&self, mut found: impl FnMut(usize, Readiness)) {
            for event in self.0.iter() {
                found(
                    event.key,
                    Readiness {
                        readable: event.readable,
                        writable: event.writable,
                    },
                );
            }
        }
    }
}
