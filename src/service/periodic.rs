//! `periodic`: speaks every five seconds, counted from each client's own connecting.
//!
//! Needs a timer and nothing else, so it shows how each model keeps time: the loops sleep until the
//! earliest deadline, a blocked thread has to cut its `read` short.

use super::{Peer, Reply, Request, Service, Session};
use std::time::{Duration, Instant};

/// One message every [`Periodic::EVERY`]; what clients say is ignored.
#[derive(Debug)]
pub struct Periodic;

impl Periodic {
    /// The period.
    pub const EVERY: Duration = Duration::from_secs(5);
}

impl Service for Periodic {
    fn open(&self, _peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Sender {
            next: now + Periodic::EVERY,
        }))
    }
}

struct Sender {
    next: Instant,
}

impl Session for Sender {
    fn handle(&mut self, _request: Request<'_>, _reply: &mut dyn Reply) {}

    fn timer(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn expire(&mut self, now: Instant, reply: &mut dyn Reply) {
        reply.text(&["Server message every 5 seconds"]);
        // From the planned time and not from now: lateness must not add up. Times that were slept
        // through altogether are left out; nobody wants them all at once.
        while self.next <= now {
            self.next += Periodic::EVERY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    struct Count(usize);
    impl Reply for Count {
        fn text(&mut self, _parts: &[&str]) {
            self.0 += 1;
        }
        fn binary(&mut self, _bytes: &[u8]) {}
        fn prepared(&mut self, _message: &super::super::Prepared) {}
    }

    #[test]
    fn lateness_does_not_add_up_and_lost_time_is_not_made_up() {
        let start = clock::now();
        let mut sender = Sender {
            next: start + Periodic::EVERY,
        };
        let mut said = Count(0);
        sender.expire(start + Duration::from_millis(5_400), &mut said);
        assert_eq!(sender.timer(), Some(start + Duration::from_secs(10)));
        sender.expire(start + Duration::from_secs(31), &mut said);
        assert_eq!(sender.timer(), Some(start + Duration::from_secs(35)));
        assert_eq!(said.0, 2);
    }
}
