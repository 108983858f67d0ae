//! The event loop by itself: what runs when, and what no longer runs.
#![allow(clippy::unwrap_used, missing_docs)]

use gearshift::aio::{EventLoop, Interest};
use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

/// A log that callbacks write to.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    fn say(&self, what: &'static str) -> impl Fn() + 'static {
        let log = self.clone();
        move || log.0.borrow_mut().push(what)
    }

    fn taken(&self) -> Vec<&'static str> {
        self.0.take()
    }
}

fn pair() -> (UnixStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (ours, theirs)
}

#[test]
fn callbacks_run_in_the_order_of_scheduling() {
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    for word in ["a", "b", "c"] {
        event_loop.call_soon(log.say(word));
    }
    assert_eq!(log.taken(), [""; 0], "nothing runs before its turn");
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["a", "b", "c"]);
}

#[test]
fn a_callback_scheduled_by_a_callback_runs_in_the_next_turn() {
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    let (inner, later) = (event_loop.clone(), log.say("later"));
    event_loop.call_soon(move || drop(inner.call_soon(later)));
    event_loop.call_soon(log.say("now"));
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["now"]);
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["later"]);
}

#[test]
fn a_callback_that_always_schedules_itself_does_not_starve_a_socket() {
    fn again(event_loop: EventLoop) {
        let next = event_loop.clone();
        event_loop.call_soon(move || again(next));
    }
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    again(event_loop.clone());
    let (ours, mut theirs) = pair();
    let heard = log.say("heard");
    let _watched = event_loop
        .watch(ours, Interest::Read, move |_| heard())
        .unwrap();
    theirs.write_all(b"x").unwrap();
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["heard"]);
    event_loop.close();
}

#[test]
fn timers_fire_when_due_in_order_and_cancelled_ones_do_not() {
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    let start = event_loop.now();
    let at = |ms| start + Duration::from_millis(ms);
    event_loop.call_at(at(20), log.say("second"));
    event_loop.call_at(at(10), log.say("first"));
    event_loop.call_at(at(20), log.say("third"));
    let never = event_loop.call_at(at(5), log.say("never"));
    never.cancel();
    let stop = event_loop.clone();
    event_loop.call_later(Duration::from_millis(30), move || stop.stop());
    event_loop.run_forever().unwrap();
    assert_eq!(log.taken(), ["first", "second", "third"]);
    assert!(event_loop.now() >= at(30), "never early");
}

#[test]
fn a_notifier_used_by_another_thread_wakes_the_loop_and_its_callback_runs_once() {
    let event_loop = EventLoop::new().unwrap();
    let calls = Rc::new(Cell::new(0));
    let count = Rc::clone(&calls);
    let notifier = event_loop.notifier(move || count.set(count.get() + 1));
    thread::scope(|scope| {
        scope.spawn(|| (0..100).for_each(|_| notifier.notify()));
    });
    event_loop.run_once().unwrap(); // would sleep for ever if the notification were lost
    assert_eq!(
        calls.get(),
        1,
        "a hundred notifications before the turn run the callback once"
    );
    thread::scope(|scope| {
        scope.spawn(|| notifier.notify());
        event_loop.run_once().unwrap();
    });
    assert_eq!(calls.get(), 2);
}

#[test]
fn a_notifier_used_on_the_loops_own_thread_runs_its_callback_in_the_next_turn() {
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    let notifier = event_loop.notifier(log.say("notified"));
    event_loop.call_soon(move || notifier.notify());
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), [""; 0]);
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["notified"]);
}

#[test]
fn readiness_is_reported_until_it_is_used_up() {
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    let (ours, mut theirs) = pair();
    let heard = log.say("readable");
    let mut watched = event_loop
        .watch(ours, Interest::Read, move |_| heard())
        .unwrap();
    theirs.write_all(b"two").unwrap();
    event_loop.run_once().unwrap();
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["readable", "readable"], "level-triggered");
    assert_eq!(watched.read(&mut [0; 8]).unwrap(), 3);
    event_loop.call_soon(|| {});
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), [""; 0]);
}

#[test]
fn interest_decides_what_is_reported() {
    let event_loop = EventLoop::new().unwrap();
    let (ours, mut theirs) = pair();
    let seen = Rc::new(Cell::new(None));
    let see = Rc::clone(&seen);
    let mut watched = event_loop
        .watch(ours, Interest::Write, move |it| see.set(Some(it)))
        .unwrap();
    theirs.write_all(b"x").unwrap();
    event_loop.run_once().unwrap();
    let readiness = seen.take().unwrap();
    assert!(readiness.writable && !readiness.readable);
    watched.set_interest(Interest::Read).unwrap();
    event_loop.run_once().unwrap();
    let readiness = seen.take().unwrap();
    assert!(readiness.readable && !readiness.writable);
    watched.set_interest(Interest::Nothing).unwrap();
    event_loop.call_soon(|| {});
    event_loop.run_once().unwrap();
    assert_eq!(seen.take(), None);
}

#[test]
fn a_hang_up_that_is_not_watched_for_does_not_keep_the_loop_awake() {
    let event_loop = EventLoop::new().unwrap();
    let (ours, theirs) = pair();
    let calls = Rc::new(Cell::new(0));
    let count = Rc::clone(&calls);
    let _watched = event_loop
        .watch(ours, Interest::Nothing, move |_| count.set(count.get() + 1))
        .unwrap();
    drop(theirs);
    let stop = event_loop.clone();
    event_loop.call_later(Duration::from_millis(20), move || stop.stop());
    event_loop.run_forever().unwrap();
    assert!(calls.get() <= 1, "called {} times", calls.get());
}

#[test]
fn a_dropped_source_is_not_reported_even_by_an_event_already_fetched() {
    let (event_loop, log) = (EventLoop::new().unwrap(), Log::default());
    // Each drops the other, so that the order in which the kernel reports them does not matter.
    let places: [Rc<RefCell<Option<_>>>; 2] = Default::default();
    let mut peers = Vec::new();
    for (me, other) in [(0, 1), (1, 0)] {
        let (ours, mut theirs) = pair();
        let (other, heard) = (Rc::clone(&places[other]), log.say("heard"));
        let on_ready = move |_| {
            heard();
            other.take();
        };
        let watched = event_loop.watch(ours, Interest::Read, on_ready).unwrap();
        *places[me].borrow_mut() = Some(watched);
        theirs.write_all(b"x").unwrap();
        peers.push(theirs);
    }
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["heard"], "one of the two");
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["heard"], "the same, still readable");
    places.iter().for_each(|place| drop(place.take()));
}

#[test]
fn a_source_can_be_taken_back_and_watched_by_another_loop() {
    let (ours, mut theirs) = pair();
    let event_loop = EventLoop::new().unwrap();
    let (other, log) = (EventLoop::new().unwrap(), Log::default());
    let not_mine = log.say("not mine");
    let watched = event_loop
        .watch(ours, Interest::Read, move |_| not_mine())
        .unwrap();
    let ours = watched.into_inner();
    let heard = log.say("heard");
    let _watched = other.watch(ours, Interest::Read, move |_| heard()).unwrap();
    theirs.write_all(b"x").unwrap();
    other.run_once().unwrap();
    event_loop.call_soon(|| {});
    event_loop.run_once().unwrap();
    assert_eq!(log.taken(), ["heard"]);
}

#[test]
fn closing_the_loop_frees_callbacks_that_hold_it() {
    let held = Rc::new(());
    let event_loop = EventLoop::new().unwrap();
    for way in 0..3 {
        let (keeps_loop, keeps_held) = (event_loop.clone(), Rc::clone(&held));
        let callback = move || drop((keeps_loop.clone(), keeps_held.clone()));
        match way {
            0 => drop(event_loop.call_soon(callback)),
            1 => drop(event_loop.call_later(Duration::from_secs(3600), callback)),
            _ => drop(event_loop.notifier(callback)),
        }
    }
    assert_eq!(Rc::strong_count(&held), 4);
    event_loop.close();
    assert_eq!(Rc::strong_count(&held), 1);
}
