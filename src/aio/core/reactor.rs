//! Which descriptors can go on? The kernel knows, and this asks it (epoll(7), kqueue(2)).
//!
//! The `polling` crate does registration and wake-up on every system. Everything is level-triggered: a
//! descriptor is reported as long as it can go on, so a reader may stop early and nothing is lost. On
//! Linux the wait itself is one epoll_wait(2) on the poller's descriptor. `Poller::wait` would make five
//! system calls, which cost a tenth of a server's CPU time when each wake-up brings one event.
//!
//! The only unsafe code of the program is the registration below.

use polling::{Event, PollMode, Poller};
use slab::Slab;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;

/// Events fetched by one wait. If more sources are ready, the next wait reports them.
const BATCH: usize = 1024;

/// What a source is watched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Nothing for now.
    Nothing,
    /// Input, or the peer's end of it.
    Read,
    /// Writability: the send buffer has room.
    Write,
    /// Both.
    ReadWrite,
}

/// What a source can do now. A failed one is reported as both: the next call on it returns the error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness {
    /// A read will not block.
    pub readable: bool,
    /// A write will not block.
    pub writable: bool,
}

/// A registered source. A token is never equal to that of an earlier source in the same slot. So an
/// event that was fetched before its source was removed cannot reach the next source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    slot: u32,
    generation: u32,
}

impl Token {
    /// A key is half slot, half generation. The highest bit stays free, so that no key is usize::MAX,
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

/// Descriptors, each with a value of type `T`: its callback.
pub(super) struct Reactor<T> {
    poller: Arc<Poller>,
    sources: Slab<(u32, T)>,
    next_generation: u32,
    batch: batch::Batch,
}

impl<T> Reactor<T> {
    /// # Errors
    /// When the system has no descriptors left; a reactor needs three.
    pub(super) fn new() -> io::Result<Reactor<T>> {
        let poller = Arc::new(Poller::new()?);
        Ok(Reactor {
            poller,
            sources: Slab::new(),
            next_generation: 0,
            batch: batch::Batch::new(),
        })
    }

    /// Ends the wait from any thread: the current one, or else the next.
    pub(super) fn waker(&self) -> Waker {
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
        // SAFETY: the descriptor must be deleted from the poller before it is closed. `Watched`, the only
        // caller, owns the source and calls `remove` in its Drop, before the source is dropped. A caller
        // that replaces the source through its DerefMut breaks that. On epoll and kqueue, where closing
        // a descriptor removes it from the poller too, the worst result is an event that is ignored.
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

    /// Removes a source and gives back its value.
    pub(super) fn remove(&mut self, source: &impl AsFd, token: Token) -> Option<T> {
        if let Err(error) = self.poller.delete(source.as_fd()) {
            log::debug!("a source could not be deleted from the poller: {error}");
        }
        self.get(token)?;
        Some(self.sources.remove(token.slot as usize).1)
    }

    /// The value of a source; `None` if it was removed.
    pub(super) fn get(&self, token: Token) -> Option<&T> {
        let (generation, value) = self.sources.get(token.slot as usize)?;
        (*generation == token.generation).then_some(value)
    }

    /// Whether nothing is watched.
    pub(super) fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Waits until a source can go on. [`Reactor::each`] then says which.
    ///
    /// # Blocks
    /// Until then, until `timeout` is over (for ever without one), or until [`Waker::wake`].
    ///
    /// # Errors
    /// Those of epoll_wait(2), which do not happen to a correct program.
    pub(super) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.batch.fill(&self.poller, timeout)
    }

    /// Calls `found` for every source that the last wait found.
    pub(super) fn each(&self, mut found: impl FnMut(Token, Readiness)) {
        self.batch
            .each(|key, readiness| found(Token::from_key(key), readiness));
    }
}

/// Level-triggered, except for a source with no interest. The kernel reports a hang-up even for those,
/// again and again, and once is enough.
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
pub(super) struct Waker(Arc<Poller>);

impl Waker {
    /// Ends the wait. Several calls before the wait count once.
    pub(super) fn wake(&self) {
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

    /// Events as epoll_wait(2) returns them.
    pub(super) struct Batch {
        events: Vec<epoll::Event>,
        /// To clear a wake-up, which only the poller itself can do.
        cleared: Events,
    }

    impl Batch {
        pub(super) fn new() -> Batch {
            Batch {
                events: Vec::with_capacity(BATCH),
                cleared: Events::new(),
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
                // Events that this returns in addition are reported again by the next wait, because they are
                // level-triggered.
                self.cleared.clear();
                poller.wait(&mut self.cleared, Some(Duration::ZERO))?;
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

    /// Events as `polling` returns them.
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
