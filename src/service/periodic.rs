//! `periodic`: sends a message every five seconds, counted for each client from its own start.
//!
//! It needs a timer and nothing else, so it shows how each model keeps time. The loops sleep until the
//! earliest deadline; a blocked thread has to cut its `read` short.

use super::{Peer, Reply, Request, Service, Session};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_secs(5);

/// Sends one message every 5 seconds and ignores what clients send.
#[derive(Debug)]
pub struct Periodic;

impl Service for Periodic {
    fn open(&self, _peer: &Peer, now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(Sender { next: now + PERIOD }))
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
        // From the planned time and not from now, so that delays do not add up. Messages that are
        // overdue by a whole period or more are left out, because they would come all at once.
        while self.next <= now {
            self.next += PERIOD;
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
        fn prepared(&mut self, _message: &crate::service::Prepared) {}
    }

    #[test]
    fn delays_do_not_add_up_and_overdue_messages_are_left_out() {
        let start = clock::now();
        let mut sender = Sender {
            next: start + PERIOD,
        };
        let mut sent = Count(0);
        sender.expire(start + Duration::from_millis(5_400), &mut sent);
        assert_eq!(sender.timer(), Some(start + Duration::from_secs(10)));
        sender.expire(start + Duration::from_secs(31), &mut sent);
        assert_eq!(sender.timer(), Some(start + Duration::from_secs(35)));
        assert_eq!(sent.0, 2);
    }
}
