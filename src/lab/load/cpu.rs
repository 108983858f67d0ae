//! How busy a thread of the generator is: whether its figures are the server's or its own.
//!
//! Processor time of the thread, and on Linux also the time in which it was ready and another had the
//! core: a generator beside its server on two cores measures the scheduler, too.
//!
//! **Where it breaks:** a hypervisor that takes a core away is seen by neither.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// What a thread has spent so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ThreadTime {
    pub(super) cpu: Duration,
    /// Ready, without a core; `None` where the system does not tell.
    runqueue_wait: Option<Duration>,
}

impl ThreadTime {
    /// The time without a core since `before`.
    pub(super) fn since(self, before: ThreadTime) -> Option<Duration> {
        self.runqueue_wait?.checked_sub(before.runqueue_wait?)
    }
}

/// The calling thread's.
pub(super) fn spent() -> ThreadTime {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    ThreadTime {
        cpu: Duration::new(time.tv_sec as u64, time.tv_nsec as u32),
        runqueue_wait: runqueue_wait(),
    }
}

/// The second number of schedstat, in nanoseconds (the kernel's Documentation/scheduler/sched-stats).
fn runqueue_wait() -> Option<Duration> {
    let numbers = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let waited = numbers.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(waited))
}
