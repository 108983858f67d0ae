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
pub(crate) struct DeadlineTimer {
    /// When it fires, and what cancels it.
    armed: Option<(Instant, CancelOnDrop)>,
}

impl DeadlineTimer {
    /// Makes sure that a callback runs no later than `deadline`. Does nothing if one will. Otherwise the
    /// callback that `make_callback` returns is scheduled, in place of the previous one.
    pub(crate) fn arm<F: FnOnce() + 'static>(
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
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Duration;

    /// A timer on a virtual clock, and the seconds at which it fired.
    struct Timer {
        event_loop: EventLoop,
        start: Instant,
        timer: DeadlineTimer,
        fired: Rc<RefCell<Vec<u64>>>,
    }

    impl Timer {
        fn new() -> Timer {
            let event_loop = EventLoop::with_clock(Clock::stopped()).unwrap();
            Timer {
                start: event_loop.now(),
                event_loop,
                timer: DeadlineTimer::default(),
                fired: Rc::default(),
            }
        }

        fn arm(&mut self, seconds: u64) {
            let (event_loop, start) = (self.event_loop.clone(), self.start);
            let fired = Rc::clone(&self.fired);
            let on_time = move || {
                fired
                    .borrow_mut()
                    .push((event_loop.now() - start).as_secs())
            };
            let deadline = start + Duration::from_secs(seconds);
            self.timer.arm(&self.event_loop, deadline, || on_time);
        }

        /// Turns once, which jumps to the next timer, and gives what has fired so far.
        fn turn(&self) -> Vec<u64> {
            self.event_loop.run_once().unwrap();
            self.fired.borrow().clone()
        }
    }

    #[test]
    fn a_deadline_that_moves_away_costs_no_new_timer_until_the_first_one_fires() {
        let mut timer = Timer::new();
        timer.arm(10);
        timer.arm(20);
        timer.arm(30);
        assert_eq!(timer.turn(), [10]);
        timer.arm(30);
        assert_eq!(timer.turn(), [10, 30]);
    }

    #[test]
    fn a_deadline_that_comes_closer_is_met() {
        let mut timer = Timer::new();
        timer.arm(30);
        timer.arm(10);
        timer.event_loop.call_later(Duration::from_secs(40), || {});
        assert_eq!(timer.turn(), [10]);
        assert_eq!(timer.turn(), [10], "the later timer was cancelled");
    }

    #[test]
    fn a_dropped_timer_does_not_fire() {
        let mut timer = Timer::new();
        timer.arm(10);
        timer.timer = DeadlineTimer::default();
        timer.event_loop.call_later(Duration::from_secs(20), || {});
        assert_eq!(timer.turn(), [0; 0]);
    }
}
