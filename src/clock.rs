//! The one place that asks what time it is.
//!
//! Everything else is handed an [`Instant`]: a deadline can then be tested by handing over a later
//! one, without sleeping. `tests/architecture.rs` holds every other file to it.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The monotonic clock. Costs about 25 ns (no system call on Linux: vdso(7)), so loops ask once a
/// turn and not once a message.
pub fn now() -> Instant {
    Instant::now()
}

/// The calendar's time, only for comparing with times that others wrote down (a file's mtime). It can
/// jump, so nothing is measured by it.
pub fn system_time() -> SystemTime {
    SystemTime::now()
}

/// The processor time that this thread has used since it began. A system call (clock_gettime(2)), some
/// 200 ns.
pub fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The time that a loop lives by.
///
/// A lesson of a day of sleeps need not take a day: under the virtual clock time stands still while
/// code runs, and jumps to the next deadline when nobody has anything left to do. What happens then
/// depends on the program alone and not on the machine, so that a run can be repeated exactly.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// [`now`].
    #[default]
    Real,
    /// Moves only when it is told to.
    Virtual {
        /// When it began to stand still.
        start: Instant,
        /// The time; the same on all clones.
        shown: Rc<Cell<Instant>>,
    },
}

impl Clock {
    /// A clock that stands at the present moment until it is told to move.
    pub fn stopped() -> Clock {
        let start = now();
        let shown = Rc::new(Cell::new(start));
        Clock::Virtual { start, shown }
    }

    /// The time on this clock.
    pub fn now(&self) -> Instant {
        match self {
            Clock::Real => now(),
            Clock::Virtual { shown, .. } => shown.get(),
        }
    }

    /// Whether this is a clock that is told to move.
    pub fn is_virtual(&self) -> bool {
        matches!(self, Clock::Virtual { .. })
    }

    /// How much time has gone by on a virtual clock; nothing for the real one.
    pub fn elapsed(&self) -> Option<Duration> {
        match self {
            Clock::Real => None,
            Clock::Virtual { start, shown } => Some(shown.get() - *start),
        }
    }

    /// Moves a virtual clock to `time`, never back; the real one goes by itself.
    pub fn advance_to(&self, time: Instant) {
        if let Clock::Virtual { shown, .. } = self {
            shown.set(shown.get().max(time));
        }
    }

    /// Lets `pause` go by as a blocking call does.
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
