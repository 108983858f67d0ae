//! A service whose messages cost something: the same replies, after some CPU time or a blocking call.
//!
//! Models differ when handling a message takes time, and it matters *what kind* of time. A blocking call
//! (a database, a disk) occupies a thread and no core: many threads wait at once, but a loop waits for
//! one call after the other. Computing occupies a core: whatever the model, only as many computations
//! run at once as there are cores.
//!
//! **Where it breaks:** real work does both, uses memory and takes locks. This is the pure case.

use super::{Hub, Notice, Peer, Reply, Request, Service, Session};
use crate::clock;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What one message costs before its reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// CPU time of the thread that handles the message.
    pub(crate) cpu: Duration,
    /// Time in a call that blocks the thread.
    pub(crate) block: Duration,
}

impl Cost {
    /// Whether a message costs nothing.
    pub(crate) fn is_free(self) -> bool {
        self == Cost::default()
    }

    /// # Blocks
    /// The thread, for the whole cost.
    fn pay(self) {
        if !self.cpu.is_zero() {
            compute(self.cpu);
        }
        if !self.block.is_zero() {
            thread::sleep(self.block);
        }
    }
}

/// Uses `time` of this thread's own CPU time. Wall-clock time would make the work lighter on a busy
/// machine.
fn compute(time: Duration) {
    let end = clock::thread_cpu() + time;
    let mut number: u64 = 1;
    while clock::thread_cpu() < end {
        for _ in 0..200 {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005) + 1);
        }
    }
}

/// Another service, with a cost for each message.
pub(crate) struct Work {
    service: Arc<dyn Service>,
    cost: Cost,
}

impl Work {
    /// Each message of `service` costs `cost`.
    pub(crate) fn new(service: Arc<dyn Service>, cost: Cost) -> Work {
        Work { service, cost }
    }
}

impl Service for Work {
    fn open(&self, peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(WorkSession {
            session: self.service.open(peer, now)?,
            cost: self.cost,
        }))
    }

    fn hub(&self) -> Option<&Arc<Hub>> {
        self.service.hub()
    }
}

struct WorkSession {
    session: Box<dyn Session>,
    cost: Cost,
}

impl Session for WorkSession {
    fn handle(&mut self, request: Request<'_>, reply: &mut dyn Reply) {
        self.cost.pay();
        self.session.handle(request, reply);
    }

    fn notice(&mut self, notice: &Notice, reply: &mut dyn Reply) {
        self.session.notice(notice, reply);
    }

    fn timer(&self) -> Option<Instant> {
        self.session.timer()
    }

    fn expire(&mut self, now: Instant, reply: &mut dyn Reply) {
        self.session.expire(now, reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computing_takes_the_threads_own_time() {
        let before = clock::thread_cpu();
        compute(Duration::from_millis(5));
        let used = clock::thread_cpu() - before;
        assert!(used >= Duration::from_millis(5), "{used:?}");
        assert!(used < Duration::from_millis(6), "{used:?}");
    }

    #[test]
    fn blocking_takes_time_and_no_cpu_time() {
        let (start, before) = (clock::now(), clock::thread_cpu());
        Cost {
            block: Duration::from_millis(20),
            ..Cost::default()
        }
        .pay();
        assert!(clock::now() - start >= Duration::from_millis(20));
        assert!(clock::thread_cpu() - before < Duration::from_millis(5));
    }
}
