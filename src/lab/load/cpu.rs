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
pub(super) struct Spent {
    pub(super) cpu: Duration,
    /// Ready, without a core; `None` where the system does not tell.
    without_core: Option<Duration>,
}

impl Spent {
    /// The time without a core since `before`.
    pub(super) fn since(self, before: Spent) -> Option<Duration> {
        self.without_core?.checked_sub(before.without_core?)
    }
}

/// The calling thread's.
pub(super) fn spent() -> Spent {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Spent {
        cpu: Duration::new(time.tv_sec as u64, time.tv_nsec as u32),
        without_core: without_core(),
    }
}

/// The second number of schedstat, in nanoseconds (the kernel's Documentation/scheduler/sched-stats).
fn without_core() -> Option<Duration> {
    let numbers = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let waited = numbers.split_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(waited))
}
