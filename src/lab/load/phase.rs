//! The phase of a run, which all threads of the generator share, and the events they report.
//!
//! The caller's thread begins a phase, and the others check for it once per turn of their loop. A phase does
//! not begin at a time agreed on before, so the caller can read the counters of the server right before it.
//!
//! **Where it breaks:** a few microseconds pass until the last thread notices.

use super::tally::Tally;
use crate::aio::Notifier;
use crate::clock;
use crate::error::Error;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Clients connect; no messages are sent.
    Connecting,
    /// Messages are sent.
    WarmingUp,
    /// Messages are sent and measured.
    Measuring,
    /// No more messages are sent; replies still arrive.
    Draining,
    /// Connections are closed.
    Closing,
}

/// The state that the caller's thread shares with the others.
#[derive(Debug)]
pub(super) struct Shared {
    phase: AtomicU8,
    /// The times below are nanoseconds since then.
    epoch: Instant,
    /// When sending began, where the schedule of an open loop starts.
    traffic: AtomicU64,
    /// When measuring began.
    measuring: AtomicU64,
    /// The counts of each thread so far.
    pub(super) counts: Vec<Counts>,
}

/// For the progress. Each thread stores its own once per turn.
#[derive(Debug, Default)]
#[repr(align(64))] // one cache line for each
pub(super) struct Counts {
    pub(super) opened: AtomicU64,
    pub(super) replies: AtomicU64,
    pub(super) errors: AtomicU64,
}

impl Shared {
    pub(super) fn new(threads: usize) -> Shared {
        Shared {
            phase: AtomicU8::new(0),
            epoch: clock::now(),
            traffic: AtomicU64::new(0),
            measuring: AtomicU64::new(0),
            counts: (0..threads).map(|_| Counts::default()).collect(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Connecting,
            1 => Phase::WarmingUp,
            2 => Phase::Measuring,
            3 => Phase::Draining,
            _ => Phase::Closing,
        }
    }

    /// Begins `phase`, now.
    pub(super) fn begin(&self, phase: Phase) -> Instant {
        let now = clock::now();
        let nanoseconds = now.duration_since(self.epoch).as_nanos() as u64;
        if phase <= Phase::Measuring {
            // Set by the first of the two phases only.
            let _ =
                self.traffic
                    .compare_exchange(0, nanoseconds, Ordering::Relaxed, Ordering::Relaxed);
            self.measuring.store(nanoseconds, Ordering::Relaxed);
        }
        self.phase.store(phase as u8, Ordering::Release);
        now
    }

    pub(super) fn traffic_start(&self) -> Instant {
        self.epoch + Duration::from_nanos(self.traffic.load(Ordering::Relaxed))
    }

    pub(super) fn measuring_start(&self) -> Instant {
        self.epoch + Duration::from_nanos(self.measuring.load(Ordering::Relaxed))
    }

    /// The sum of a count over all threads.
    pub(super) fn sum(&self, of: impl Fn(&Counts) -> &AtomicU64) -> u64 {
        let counts = self.counts.iter();
        counts.map(|one| of(one).load(Ordering::Relaxed)).sum()
    }
}

/// An event that a thread reports.
pub(super) enum WorkerEvent {
    /// It runs, and can be notified to check the phase.
    Started(Notifier),
    /// Each of its connections is open or has failed.
    Settled,
    /// It has nothing more to send or receive, since then.
    Finished(Instant),
    /// Each of its messages has a reply or has timed out.
    Drained,
    /// It has ended, with these counts.
    Ended(Box<Tally>),
    /// It could not begin or go on.
    Broken(Error),
}
