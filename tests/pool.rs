//! The thread pool: K clients that stay starve the others, and what the alternatives do about it.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use gearshift::models::ModelKind;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;
use support::{Client, TestServer, handshake, read_to_end, reversed};

const WORKERS: usize = 20;

fn pool(arguments: &[&str]) -> TestServer {
    TestServer::start(ModelKind::ThreadPool, arguments)
}

/// As many clients as there are workers, each served and then silent.
fn occupy(server: &TestServer) -> Vec<Client> {
    let mut clients: Vec<Client> = (0..WORKERS).map(|_| server.connect("reply")).collect();
    for client in &mut clients {
        assert_eq!(client.ask("served"), reversed("served"));
    }
    clients
}

#[test]
fn with_hold_the_21st_client_waits_until_another_disconnects() {
    let server = pool(&[]);
    let mut clients = occupy(&server);
    let mut waiting = server.raw("reply");
    waiting.write_all(&handshake()).unwrap();
    server.wait_for_connections(WORKERS + 1);
    // Nothing signals that nothing happens. Three ticks of every worker are long enough to see it.
    waiting
        .set_read_timeout(Some(Duration::from_millis(750)))
        .unwrap();
    let mut buffer = [0; 16];
    assert_eq!(
        waiting.read(&mut buffer).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    for client in &mut clients {
        assert_eq!(client.ask("held"), reversed("held"));
    }
    clients.pop();
    waiting.set_read_timeout(Some(support::PATIENCE)).unwrap();
    waiting.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"HTTP/1.1 101 Swi");
}

#[test]
fn with_requeue_all_21_are_answered() {
    let server = pool(&["--long-lived", "requeue", "--slice", "10ms"]);
    let mut clients = occupy(&server);
    clients.push(server.connect("reply"));
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            let text = format!("{round}/{number}");
            assert_eq!(client.ask(&text), reversed(&text));
        }
    }
}

#[test]
fn with_requeue_subscribers_in_the_queue_miss_nothing() {
    let server = pool(&[
        "--threads",
        "2",
        "--long-lived",
        "requeue",
        "--slice",
        "5ms",
    ]);
    let mut clients: Vec<Client> = (0..6).map(|_| server.connect("push")).collect();
    for number in 0..50 {
        server.publish(&number.to_string());
    }
    for client in &mut clients {
        for number in 0..50 {
            assert_eq!(client.receive(), number.to_string());
        }
    }
}

#[test]
fn with_drop_a_silent_client_is_closed_and_the_21st_served() {
    let server = pool(&["--long-lived", "drop", "--slice", "300ms"]);
    let clients = occupy(&server);
    let mut late = server.connect("reply"); // the handshake completes once a worker is free
    assert_eq!(late.ask("served at last"), reversed("served at last"));
    for mut client in clients {
        assert_eq!(client.close_code(), Some(1008));
    }
}

#[test]
fn with_drop_a_client_that_sends_enough_stays_and_a_slow_one_is_closed() {
    let server = pool(&[
        "--long-lived",
        "drop",
        "--slice",
        "400ms",
        "--min-rate",
        "100",
    ]);
    let mut busy = server.connect("reply");
    let mut slow = server.connect("reply");
    let text = "x".repeat(100);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| {
            slow.send("a few bytes");
            slow.close_code()
        });
        while !slow.is_finished() {
            assert_eq!(busy.ask(&text), reversed(&text));
        }
        assert_eq!(slow.join().unwrap(), Some(1008));
    });
    assert_eq!(busy.ask("still here"), reversed("still here"));
}

#[test]
fn when_full_a_thread_serves_the_21st_at_once() {
    let server = pool(&["--when-full", "thread"]);
    let mut clients = occupy(&server);
    for _ in 0..3 {
        let mut more = server.connect("reply");
        assert_eq!(more.ask("at once"), reversed("at once"));
        clients.push(more);
    }
}

#[test]
fn when_full_the_21st_is_rejected_with_503() {
    let server = pool(&["--when-full", "reject"]);
    let mut clients = occupy(&server);
    let mut rejected = server.raw("reply");
    rejected.write_all(&handshake()).unwrap();
    let answer = read_to_end(&mut rejected);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    clients.pop();
    server.wait_for_connections(WORKERS - 1);
    assert_eq!(
        server.connect("reply").ask("room again"),
        reversed("room again")
    );
}

#[test]
fn a_client_that_waits_for_a_worker_survives_a_shift() {
    let server = pool(&["--threads", "1", "--queue", "0"]);
    let mut holder = server.connect("reply");
    assert_eq!(holder.ask("mine"), reversed("mine"));
    let mut waiting = server.raw("reply");
    waiting.write_all(&handshake()).unwrap();
    server.wait_for_connections(2);
    server.handle.shift(ModelKind::EventLoop);
    let mut buffer = [0; 12];
    waiting.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"HTTP/1.1 101");
    assert_eq!(holder.ask("still mine"), reversed("still mine"));
}
