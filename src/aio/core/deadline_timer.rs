//! A timer for a deadline that mostly moves away.
//!
//! The deadline of a client moves with every message. Cancelling and arming a timer each time would cost
//! more than many a message. So the armed timer is left as it is when the deadline moves away, fires too
//! early, and is armed again then: a message costs no timer.
//!
//! **Where it breaks:** its callback may run before the deadline. The callback has to check whether the
//! time has really come, and to call [`DeadlineTimer::arm`] again if not.

use super::event_loop::EventLoop;
use super::handle::CancelOnDrop;
use std::time::Instant;

/// A timer that fires no later than a deadline, and perhaps earlier. Dropping it cancels it.
#[derive(Default)]
pub struct DeadlineTimer {
    /// When it fires, and what cancels it.
    armed: Option<(Instant, CancelOnDrop)>,
}

impl DeadlineTimer {
    /// Makes sure that a callback runs no later than `deadline`. Does nothing if one will. Otherwise the
    /// callback that `make_callback` returns is scheduled, in place of the previous one.
    pub fn arm<F: FnOnce() + 'static>(
        &mut self,
        event_loop: &EventLoop,
        deadline: Instant,
        make_callback: impl FnOnce() -> F,
    ) {
        let now = event_loop.now();
        let will_fire = |at: Instant| now < at && at <= deadline;
        if !self.armed.as_ref().is_some_and(|(at, _)| will_fire(*at)) {
            let timer = event_loop.call_at(deadline, make_callback());
            self.armed = Some((deadline, CancelOnDrop(timer)));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::cell::{Cell, RefCell};
    use std::rc::Rc;
    use std::time::Duration;

    /// A client with a deadline, as a model has it, and the seconds at which its timer fired.
    struct Client {
        start: Instant,
        event_loop: EventLoop,
        deadline: Cell<Instant>,
        timer: RefCell<DeadlineTimer>,
        fired: RefCell<Vec<u64>>,
    }

    impl Client {
        fn new() -> Rc<Client> {
            let event_loop = EventLoop::with_clock(Clock::stopped()).unwrap();
            Rc::new(Client {
                start: event_loop.now(),
                deadline: Cell::new(event_loop.now()),
                event_loop,
                timer: RefCell::default(),
                fired: RefCell::default(),
            })
        }

        fn set_deadline(self: &Rc<Self>, seconds: u64) {
            self.deadline.set(self.start + Duration::from_secs(seconds));
            self.arm();
        }

        fn arm(self: &Rc<Self>) {
            let client = Rc::clone(self);
            let callback = || move || client.on_time();
            let mut timer = self.timer.borrow_mut();
            timer.arm(&self.event_loop, self.deadline.get(), callback);
        }

        fn on_time(self: &Rc<Self>) {
            let now = self.event_loop.now();
            self.fired.borrow_mut().push((now - self.start).as_secs());
            if now < self.deadline.get() {
                self.arm();
            } else {
                self.event_loop.stop();
            }
        }

        fn fired(&self) -> Vec<u64> {
            self.event_loop.run_forever().unwrap();
            let fired = self.fired.take();
            self.event_loop.close();
            fired
        }
    }

    #[test]
    fn a_deadline_that_moves_away_costs_no_new_timer_until_the_first_one_fires() {
        let client = Client::new();
        for seconds in [10, 20, 30] {
            client.set_deadline(seconds);
        }
        assert_eq!(client.fired(), [10, 30]);
    }

    #[test]
    fn a_deadline_that_comes_closer_is_met() {
        let client = Client::new();
        client.set_deadline(30);
        client.set_deadline(10);
        assert_eq!(client.fired(), [10]);
    }

    #[test]
    fn a_dropped_timer_does_not_fire() {
        let client = Client::new();
        client.set_deadline(10);
        client.timer.take();
        let stop = client.event_loop.clone();
        let _end = client
            .event_loop
            .call_later(Duration::from_secs(20), move || stop.stop());
        assert_eq!(client.fired(), [0; 0]);
    }
}
