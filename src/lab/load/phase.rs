//! In which part of a run all threads of the generator are, and what they tell meanwhile.
//!
//! The caller's thread says when, the others look once a turn. A part begins when they are told and not
//! at a time agreed on before, so that the caller can look at the server's counters right beside it.
//!
//! **Where it breaks:** between the telling and the last thread's next turn pass some microseconds.

use super::tally::Tally;
use crate::aio::Notifier;
use crate::clock;
use crate::error::Error;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Everybody connects, and nobody talks.
    Connecting,
    /// Everybody talks.
    WarmingUp,
    /// And it counts.
    Measuring,
    /// Nobody asks any more; what was asked is still answered.
    Draining,
    /// Everybody hangs up.
    Closing,
}

/// What the caller's thread and the others share.
#[derive(Debug)]
pub(super) struct Shared {
    phase: AtomicU8,
    /// Times below are counted from here, in nanoseconds.
    epoch: Instant,
    /// When talking began: where the schedule of an open loop starts.
    traffic: AtomicU64,
    /// When measuring began.
    measuring: AtomicU64,
    /// What each thread counted so far.
    pub(super) counts: Vec<Counts>,
}

/// For the progress; each thread stores its own, once a turn.
#[derive(Debug, Default)]
#[repr(align(64))] // a cache line each
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
            // Whichever comes first.
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

    /// A count of all threads.
    pub(super) fn sum(&self, of: impl Fn(&Counts) -> &AtomicU64) -> u64 {
        let counts = self.counts.iter();
        counts.map(|one| of(one).load(Ordering::Relaxed)).sum()
    }
}

/// What a thread tells.
pub(super) enum WorkerEvent {
    /// It runs, and can be rung to look at the phase.
    Started(Notifier),
    /// Each of its connections is open or has failed.
    Settled,
    /// It has nothing more to ask, since.
    Finished(Instant),
    /// Whatever was asked is answered or given up.
    Drained,
    /// It has ended, and this is what it counted.
    Ended(Box<Tally>),
    /// It could not begin, or not go on.
    Broken(Error),
}
