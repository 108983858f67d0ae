//! A service that costs something: the same answers, after some processor time or a blocking call.
//!
//! What a model is worth shows when handling a message takes time, and it makes all the difference
//! *what kind*. A blocking call (a database, a disk) costs a thread and no processor: threads wait side
//! by side, a loop waits for one after the other. Computing costs a core: as many run side by side as
//! there are cores, whatever the model.
//!
//! **Where it breaks:** real work does both, uses memory and takes locks. This is the pure case.

use super::{Hub, Notice, Peer, Reply, Request, Service, Session};
use crate::clock;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What one message costs, before its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Processor time of the thread that handles it.
    pub cpu: Duration,
    /// Time in a call that blocks the thread.
    pub block: Duration,
}

impl Cost {
    /// Whether it costs nothing.
    pub fn is_free(self) -> bool {
        self == Cost::default()
    }

    /// # Blocks
    /// The thread, for all of it.
    fn pay(self) {
        if !self.cpu.is_zero() {
            compute(self.cpu);
        }
        if !self.block.is_zero() {
            thread::sleep(self.block);
        }
    }
}

/// Uses the processor for `time` of this thread's own: what others use meanwhile does not count, or a
/// busy machine would make the work lighter.
fn compute(time: Duration) {
    let end = clock::thread_cpu() + time;
    let mut number: u64 = 1;
    while clock::thread_cpu() < end {
        for _ in 0..200 {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005) + 1);
        }
    }
}

/// Another service, at a price.
pub struct Work {
    service: Arc<dyn Service>,
    cost: Cost,
}

impl Work {
    /// `service`, each message of which costs `cost`.
    pub fn new(service: Arc<dyn Service>, cost: Cost) -> Work {
        Work { service, cost }
    }
}

impl Service for Work {
    fn open(&self, peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Working {
            session: self.service.open(peer, now)?,
            cost: self.cost,
        }))
    }

    fn hub(&self) -> Option<&Arc<Hub>> {
        self.service.hub()
    }
}

struct Working {
    session: Box<dyn Session>,
    cost: Cost,
}

impl Session for Working {
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
    fn blocking_takes_time_and_no_processor() {
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
