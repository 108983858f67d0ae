//! Other servers, good and faulty: a fault is reported, and the comparison goes on.

use crate::{SHORT, saved, subject, text};
use std::net::TcpListener;

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Compares the event loop with this peer, and returns the failure of the peer.
fn failure_of(command: &str, scheme: &str) -> String {
    let peer = format!("bad={command}@{scheme}://127.0.0.1:{}", free_port());
    let arguments = ["-s", "echo", "-m", "event-loop", "-c", "2", "--peer", &peer];
    let (run, output) = saved(&[&arguments[..], &SHORT].concat());
    let ours = subject(&run, "event-loop");
    assert_eq!(ours.samples.len(), 1, "{:?}", ours.failure);
    let failure = subject(&run, "bad").failure.clone().unwrap();
    let words: Vec<&str> = failure.split_whitespace().take(3).collect();
    let shown = text(&output.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(shown.contains(&words.join(" ")), "{failure}: {shown}");
    failure
}

#[test]
fn a_peer_that_crashes_is_reported_with_its_last_line_on_stderr() {
    let failure = failure_of("sh -c 'echo out of luck >&2; exit 3'", "ws");
    assert!(failure.contains("ended by itself"), "{failure}");
    assert!(failure.contains("out of luck"), "{failure}");
}

#[test]
fn a_peer_that_does_not_exist_is_reported() {
    let failure = failure_of("no-such-program-anywhere", "ws");
    assert!(failure.contains("ended by itself"), "{failure}");
}

#[test]
fn a_peer_with_another_protocol_is_reported() {
    // Our raw TCP echo, addressed as a WebSocket server: it replies to the handshake with the handshake.
    let port = free_port();
    let gearshift = env!("CARGO_BIN_EXE_gearshift");
    let peer = format!("raw={gearshift} serve -q --service tcp-echo={port}@ws://127.0.0.1:{port}");
    let arguments = ["-s", "echo", "-m", "event-loop", "-c", "2", "--peer", &peer];
    let (run, _) = saved(&[&arguments[..], &SHORT].concat());
    assert!(subject(&run, "raw").failure.is_some());
    assert_eq!(subject(&run, "event-loop").samples.len(), 1);
}

#[test]
fn a_good_peer_is_measured_in_the_same_table() {
    let port = free_port();
    let gearshift = env!("CARGO_BIN_EXE_gearshift");
    let peer = format!("mine={gearshift} serve -q --service mirror={port}@ws://127.0.0.1:{port}/");
    let arguments = ["-s", "echo", "-m", "event-loop", "--peer", &peer];
    let (run, output) = saved(&[&arguments[..], &SHORT].concat());
    let mine = subject(&run, "mine");
    assert!(mine.samples[0].messages > 0, "{:?}", mine.failure);
    assert!(text(&output.stdout).contains("mine"));
}

#[test]
fn a_program_that_already_listens_is_not_measured_as_the_peer() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let peer = format!("late=sleep 5@ws://127.0.0.1:{port}");
    let arguments = ["-s", "echo", "-m", "event-loop", "-c", "1", "--peer", &peer];
    let (run, _) = saved(&[&arguments[..], &SHORT].concat());
    let failure = subject(&run, "late").failure.clone().unwrap();
    assert!(failure.contains("listens at"), "{failure}");
}
