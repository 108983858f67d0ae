//! A server that stalls on a known schedule: which loop shows it?

use crate::scripted::{next, raw, replying};
use crate::{count, load, no_errors, time};
use std::thread;
use std::time::{Duration, Instant};

/// Stalls for the first 100 ms of every 500 ms, for all clients.
fn stalling() -> String {
    const EVERY: u128 = 500;
    const STALL: u128 = 100;
    let began = Instant::now();
    replying(move |socket, message, _| {
        let at = began.elapsed().as_millis() % EVERY;
        if at < STALL {
            thread::sleep(Duration::from_millis((STALL - at) as u64));
        }
        let _ = socket.send(message);
    })
}

#[test]
fn an_open_loop_shows_a_stall_that_a_closed_loop_hides() {
    let url = stalling();
    let mut plan = time(&url, Duration::from_secs(3));
    let closed = load(&plan);
    plan.parameters.rate_per_second = Some(300.0);
    let open = load(&plan);
    no_errors(&closed);
    no_errors(&open);

    // Each of 3 clients meets each of 6 stalls once, in several thousand messages.
    let stall_us = 50_000.0;
    assert!(closed.sample.messages > 3000, "{closed:?}");
    assert!(closed.sample.latency.max_us > stall_us);
    assert!(closed.sample.latency.p99_us < stall_us, "{closed:?}");
    assert!(
        closed
            .notes
            .iter()
            .any(|it| it.contains("coordinated omission")),
        "{:?}",
        closed.notes
    );

    // A fifth of all messages is due during a stall, and half of those wait for more than 50 ms.
    assert!(open.sample.latency.p99_us > stall_us, "{open:?}");
    assert!(!open.notes.iter().any(|it| it.contains("Closed loop")));
}

#[test]
fn latency_is_measured_from_when_a_message_was_due_and_from_when_it_was_sent() {
    // Every message but the first needs a new connection, and that takes 60 ms.
    let address = raw(|stream, _| {
        thread::sleep(Duration::from_millis(60));
        let mut socket = tungstenite::accept(stream).unwrap();
        while let Some(message) = next(&mut socket) {
            let _ = socket.send(message);
        }
    });
    for rate in [Some(50.0), None] {
        let mut plan = count(&format!("ws://{address}"), 20);
        plan.parameters.connections = 1;
        plan.parameters.messages_per_connection = Some(1);
        plan.parameters.rate_per_second = rate;
        let outcome = load(&plan);
        no_errors(&outcome);
        let (due, sent) = (&outcome.sample.latency, &outcome.sample.latency_from_send);
        assert_eq!((due.count, sent.count), (20, 20));
        assert!(due.p50_us > 55_000.0, "{outcome:?}");
        assert!(sent.p50_us < due.p50_us - 30_000.0, "{outcome:?}");
    }
}
