//! The polling thread: it reports, rechecks in time, and ends when it is stopped.

use std::time::Duration;

use gearshift::watch::{DEBOUNCE, Watcher};

use crate::test_dir::*;

#[test]
fn the_thread_reports_what_a_scan_finds() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let (sender, changes) = crossbeam_channel::unbounded();
    let watch = dir.watch(&[""]);
    let report = move |change| sender.send(change).unwrap();
    let watcher = Watcher::spawn(watch, Duration::from_millis(1), report).unwrap();
    dir.write("b.txt", "one", 0);
    assert_eq!(
        dir.lines(&[changes.recv_timeout(LONG).unwrap()]),
        ["created b.txt"]
    );
    dir.remove("a.txt");
    assert_eq!(
        dir.lines(&[changes.recv_timeout(LONG).unwrap()]),
        ["removed a.txt"]
    );
    drop(watcher);
    assert!(
        changes.recv_timeout(LONG).is_err(),
        "the thread has dropped its report"
    );
}

#[test]
fn the_thread_rechecks_after_the_debounce_time_and_not_after_the_interval() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let watch = dir.watch(&["a.txt"]);
    dir.remove("a.txt");
    let (sender, changes) = crossbeam_channel::unbounded();
    let report = move |change| sender.send(change).unwrap();
    let start = std::time::Instant::now();
    let _watcher = Watcher::spawn(watch, LONG * 1000, report).unwrap();
    assert_eq!(
        dir.lines(&[changes.recv_timeout(LONG).unwrap()]),
        ["removed a.txt"]
    );
    assert!(start.elapsed() >= DEBOUNCE);
}

#[test]
fn the_thread_stops_without_waiting_for_its_interval() {
    let dir = TestDir::new();
    let start = std::time::Instant::now();
    for interval in [LONG * 1000, Duration::MAX] {
        drop(Watcher::spawn(dir.watch(&["a.txt"]), interval, |_| {}).unwrap());
    }
    assert!(start.elapsed() < LONG);
}

#[test]
fn an_interval_of_zero_is_a_usage_error() {
    let dir = TestDir::new();
    let error = Watcher::spawn(dir.watch(&["a.txt"]), Duration::ZERO, |_| {}).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}
