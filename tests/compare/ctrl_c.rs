//! Ctrl-C in the middle of a comparison: what it leaves behind, and what it prints.

use crate::program;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// The processes that `parent` has started and that live.
fn children(parent: u32) -> Vec<u32> {
    let file = format!("/proc/{parent}/task/{parent}/children");
    let list = fs::read_to_string(file).unwrap_or_default();
    list.split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

#[test]
fn ctrl_c_leaves_no_child_and_prints_what_there_was() {
    let arguments = [
        "-s",
        "echo",
        "-m",
        "event-loop",
        "--rounds",
        "500",
        "-d",
        "60ms",
        "-w",
        "1ms",
    ];
    let mut running = program(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut started = Vec::new();
    let end = Instant::now() + Duration::from_secs(20);
    // The third server: two samples are there.
    while started.len() < 3 {
        assert!(Instant::now() < end, "{started:?}");
        started.extend(children(running.id()));
        started.sort_unstable();
        started.dedup();
        thread::sleep(Duration::from_millis(2));
    }
    let pid = Pid::from_raw(running.id() as i32).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let mut shown = String::new();
    running
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut shown)
        .unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert!(shown.contains("event-loop"), "{shown}");
    for child in started {
        let child = Pid::from_raw(child as i32).unwrap();
        assert!(test_kill_process(child).is_err(), "{child:?} lives on");
    }
}
