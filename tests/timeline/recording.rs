//! Recording through the public functions. There is one recording per process, so these tests take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use gearshift::trace::{self, About, Kind, Lane, State};

use crate::rules::{File, check};

static TURN: Mutex<()> = Mutex::new(());

fn begin(title: &str) -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    trace::start(About {
        title: title.to_owned(),
        ..About::default()
    });
    turn
}

fn end() -> (String, File) {
    let mut bytes = Vec::new();
    let trace = trace::finish().unwrap();
    trace.to_chrome_json(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let file = check(&text);
    (text, file)
}

/// Two tasks: one sleeps and wakes the other, which is then cancelled.
fn record_two_tasks() -> String {
    let turn = begin("two tasks, \"quoted\" </script> \u{1F980}\n");
    // Everything recorded before the virtual clock is set gets its time.
    let parent = trace::open(Kind::Thread, "loop", Lane::NONE);
    trace::set_virtual_time(0);
    let on_loop = trace::enter(parent);
    let [a, b] = ["a", "b"].map(|name| trace::open(Kind::Task, name, parent));
    let running = trace::enter(a);
    trace::note("a says: \u{0}\t");
    trace::mark(a, State::Waiting("sleep 0.5 s".into()));
    drop(running);
    let running = trace::enter(b);
    trace::mark(b, State::Waiting("a notice".into()));
    drop(running);
    trace::mark(parent, State::Waiting("events".into()));
    trace::set_virtual_time(500_000_001);
    trace::mark(parent, State::Running);
    trace::wake(a);
    let running = trace::enter(a);
    trace::cancel(b);
    trace::mark(b, State::Ready);
    drop(running);
    trace::close(a);
    drop(on_loop);
    trace::cancel(b);
    let (text, file) = end();
    drop(turn);
    assert_eq!(file.wall(), 500_000_001);
    assert_eq!(
        file.arrows,
        [("wake".to_owned(), 1, 2), ("cancel".to_owned(), 2, 3)]
    );
    assert_eq!(file.lane("a").time_in("waiting: sleep 0.5 s"), 500_000_001);
    assert_eq!(file.lane("b").parent, Some(1));
    text
}

#[test]
fn a_virtual_clock_makes_the_same_bytes_each_time() {
    assert_eq!(record_two_tasks(), record_two_tasks());
}

#[test]
fn nothing_is_recorded_while_it_is_off() {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(!trace::on() && trace::finish().is_none());
    let lane = trace::open(Kind::Task, "a", Lane::NONE);
    assert_eq!(lane, Lane::NONE);
    let running = trace::enter(lane);
    assert_eq!(trace::current(), Lane::NONE);
    drop(running);
    trace::mark(lane, State::Ready);
    trace::close(lane);
    drop(turn);
}

#[test]
fn the_lane_that_runs_is_current_and_after_it_the_one_before() {
    let turn = begin("nesting");
    let [outer, inner] = ["outer", "inner"].map(|name| trace::open(Kind::Task, name, Lane::NONE));
    let on_outer = trace::enter(outer);
    let on_inner = trace::enter(inner);
    assert_eq!(trace::current(), inner);
    drop(on_inner);
    assert_eq!(trace::current(), outer);
    let elsewhere = thread::scope(|scope| scope.spawn(trace::current).join().unwrap());
    assert_eq!(elsewhere, Lane::NONE, "a thread has its own");
    drop(on_outer);
    assert_eq!(trace::current(), Lane::NONE);
    end();
    drop(turn);
}

#[test]
fn a_lane_of_an_earlier_recording_is_ignored_in_a_later_one() {
    let turn = begin("first");
    let old = trace::open(Kind::Task, "old", Lane::NONE);
    end();
    trace::start(About::default());
    trace::open(Kind::Task, "new", old);
    trace::mark(old, State::Running);
    trace::close(old);
    let (_, file) = end();
    drop(turn);
    assert_eq!(file.names(), ["new"]);
    assert_eq!(file.lane("new").parent, None);
    assert_eq!(file.lane("new").states.len(), 1);
}

#[test]
fn threads_that_mark_at_the_same_time_keep_their_states_apart() {
    let turn = begin("threads");
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                let lane = trace::open(Kind::Worker, &number.to_string(), Lane::NONE);
                let running = trace::enter(lane);
                for _ in 0..200 {
                    trace::mark(lane, State::Waiting("a moment".into()));
                    thread::sleep(Duration::from_micros(20));
                    trace::mark(lane, State::Running);
                }
                drop(running);
                trace::close(lane);
            });
        }
    });
    let (_, file) = end();
    drop(turn);
    assert_eq!(file.lanes.len(), 8);
    for lane in file.lanes.values() {
        let waits = lane
            .states
            .iter()
            .filter(|(name, ..)| name.starts_with("waiting"));
        assert_eq!(waits.count(), 200);
    }
}

#[test]
fn an_arrow_from_no_lane_is_kept() {
    let turn = begin("from outside");
    let lane = trace::open(Kind::Task, "a", Lane::NONE);
    trace::cancel(lane);
    let (text, _) = end();
    drop(turn);
    let last = text.lines().rfind(|line| line.contains("\"ph\":\"i\""));
    let last = last.unwrap();
    assert!(
        last.contains("\"cat\":\"cancel\"") && last.contains("\"tid\":1"),
        "{text}"
    );
}

#[test]
fn an_item_in_a_queue_is_an_arrow_once_it_is_taken() {
    let turn = begin("queue");
    trace::set_virtual_time(0);
    let [producer, consumer] =
        ["producer", "consumer"].map(|name| trace::open(Kind::Task, name, Lane::NONE));
    let running = trace::enter(producer);
    let [first, _never_ended] = [trace::flow_begin(), trace::flow_begin()];
    drop(running);
    trace::set_virtual_time(7_000);
    let running = trace::enter(consumer);
    trace::flow_end(first);
    drop(running);
    let (text, file) = end();
    drop(turn);
    assert_eq!(file.arrows, [("hand over".to_owned(), 1, 2)]);
    let end = text.lines().find(|line| line.contains("\"ph\":\"f\""));
    assert!(end.unwrap().contains("\"ts\":7.0"), "{text}");
}
