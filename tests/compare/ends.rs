//! Ctrl-C in the middle, and baselines: what is left and what the exit code says.

use crate::{SHORT, program, saved, text};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// The processes that `parent` has started and that live.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let file = format!("/proc/{parent}/task/{parent}/children");
    let list = fs::read_to_string(file).unwrap_or_default();
    list.split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

#[cfg(target_os = "linux")]
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

#[test]
fn a_baseline_decides_the_exit_code() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let rounds = ["--rounds", "3", "-d", "60ms", "-w", "10ms"];
    let quick = [&["-s", "echo", "-m", "event-loop", "-c", "2"][..], &rounds].concat();
    saved(&[&quick[..], &["--save-baseline", path]].concat());
    // Nothing can become a thousand times worse by chance.
    let same = [&quick[..], &["--baseline", path, "--threshold", "1000"]].concat();
    let output = program(&same).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let slow = [
        &quick[..],
        &["--work-block", "20ms", "--baseline", path, "--force"],
    ]
    .concat();
    let output = program(&slow).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("regressions"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_baseline_of_another_load_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let quick = [&["-s", "echo", "-m", "event-loop"][..], &SHORT].concat();
    saved(&[&quick[..], &["-c", "1", "--save-baseline", path]].concat());
    let other = [&quick[..], &["-c", "2", "--baseline", path]].concat();
    let output = program(&other).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("parameters"),
        "{}",
        text(&output.stderr)
    );
}
