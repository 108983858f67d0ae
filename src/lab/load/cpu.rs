//! How busy a thread of the generator is, which tells whether the generator or the server was measured.
//!
//! This is the CPU time of the thread, and on Linux also the time in which it was ready but another thread
//! had the core. A generator on the same two cores as its server measures the scheduler, too.
//!
//! **Where it breaks:** neither shows when a hypervisor takes a core away.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The time of a thread so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ThreadTime {
    pub(super) cpu: Duration,
    /// Ready, but without a core; `None` if the system does not provide it.
    runqueue_wait: Option<Duration>,
}

impl ThreadTime {
    /// That of the calling thread.
    pub(super) fn now() -> ThreadTime {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        ThreadTime {
            cpu: Duration::new(time.tv_sec as u64, time.tv_nsec as u32),
            runqueue_wait: runqueue_wait(),
        }
    }

    pub(super) fn runqueue_wait_since(self, before: ThreadTime) -> Option<Duration> {
        self.runqueue_wait?.checked_sub(before.runqueue_wait?)
    }
}

/// The second number of schedstat, in nanoseconds (the kernel's Documentation/scheduler/sched-stats).
fn runqueue_wait() -> Option<Duration> {
    let numbers = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let waited = numbers.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(waited))
}
