//! The only place that reads the clocks.
//!
//! Everything else is given an [`Instant`], so a deadline can be tested by passing a later one, without
//! sleeping. `tests/architecture` enforces this.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The monotonic clock. It costs about 25 ns (no system call on Linux: vdso(7)), so loops read it once per
/// turn and not once per message.
pub fn now() -> Instant {
    Instant::now()
}

/// The system time, only for comparison with times from elsewhere (the mtime of a file). It can jump, so no
/// duration is measured with it.
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

/// The CPU time that this thread has used. A system call (clock_gettime(2)), about 200 ns.
pub(crate) fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The clock of an event loop.
///
/// Under a virtual clock, time stands still while code runs and jumps to the next deadline when nothing is
/// ready. So sleeps take no time, and a run depends on the program only and not on the machine: it can be
/// repeated exactly.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The monotonic clock, [`now`].
    #[default]
    Real,
    /// A clock that is advanced by calls only.
    Virtual {
        /// Its first time.
        start: Instant,
        /// Its current time, shared by all clones.
        shown: Rc<Cell<Instant>>,
    },
}

impl Clock {
    /// A virtual clock, which stands at the present time until it is advanced.
    pub fn stopped() -> Clock {
        let start = now();
        let shown = Rc::new(Cell::new(start));
        Clock::Virtual { start, shown }
    }

    /// The current time on this clock.
    pub fn now(&self) -> Instant {
        match self {
            Clock::Real => now(),
            Clock::Virtual { shown, .. } => shown.get(),
        }
    }

    /// Whether this is a virtual clock.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Clock::Virtual { .. })
    }

    /// The time since the start of a virtual clock; `None` for the real one.
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        match self {
            Clock::Real => None,
            Clock::Virtual { start, shown } => Some(shown.get() - *start),
        }
    }

    /// Advances a virtual clock to `time`, never backwards. Does nothing to the real one.
    pub(crate) fn advance_to(&self, time: Instant) {
        if let Clock::Virtual { shown, .. } = self {
            shown.set(shown.get().max(time));
        }
    }

    /// Waits for `pause`, as a blocking call does.
    ///
    /// # Blocks
    /// The thread, under the real clock.
    pub fn block(&self, pause: Duration) {
        match self {
            Clock::Real => thread::sleep(pause),
            Clock::Virtual { shown, .. } => shown.set(shown.get() + pause),
        }
    }
}
