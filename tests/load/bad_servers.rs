//! Faulty servers: each fault is named in the results, and none keeps a run from ending.

use crate::process::LONG;
use crate::scripted::{next, raw, refusing, replying, websocket};
use crate::{count, errors, load, no_errors, time};
use gearshift::lab::load::{Plan, Progress, run};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

/// The error when no client could connect.
#[track_caller]
fn failure(plan: &Plan) -> String {
    let began = Instant::now();
    let failed = run(plan, &AtomicBool::new(false), &mut |_: Progress| {});
    let error = failed.expect_err("it should have failed");
    assert_eq!(error.exit_code(), 1);
    assert!(began.elapsed() < LONG);
    error.to_string()
}

/// Time-outs that a test can wait for.
fn impatient(mut plan: Plan) -> Plan {
    plan.reply_timeout = Duration::from_millis(300);
    plan.connect_timeout = Duration::from_millis(300);
    plan
}

#[test]
fn a_port_without_a_listener_is_reported_with_advice() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("none of 3 connections"), "{said}");
    assert!(said.contains("connection refused"), "{said}");
    assert!(said.contains("is the server running?"), "{said}");
}

#[test]
fn a_refused_handshake_is_reported_with_its_status() {
    let address = raw(refusing("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("handshake refused: status 503"), "{said}");
}

#[test]
fn a_server_that_does_not_speak_http_is_reported() {
    let address = raw(refusing("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("not a WebSocket server"), "{said}");
}

#[test]
fn a_handshake_without_the_right_accept_value_is_refused() {
    let address = raw(refusing(
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
    ));
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("Sec-WebSocket-Accept"), "{said}");
}

#[test]
fn a_server_that_never_responds_to_the_handshake_times_out() {
    let address = raw(|mut stream, _| drop(stream.read_to_end(&mut Vec::new())));
    let said = failure(&impatient(count(&format!("ws://{address}"), 1)));
    assert!(said.contains("handshake timed out"), "{said}");
}

#[test]
fn a_server_that_never_replies_times_out() {
    let url = replying(|_, _, _| {});
    let outcome = load(&impatient(count(&url, 10)));
    assert_eq!(outcome.sample.messages, 0);
    // One for each client, and no client is left for the others.
    assert_eq!(errors(&outcome, "reply timed out"), 3, "{outcome:?}");
    assert_eq!(outcome.sample.errors, 3);
}

#[test]
fn a_message_without_a_reply_by_the_end_is_an_error() {
    let url = replying(|_, _, _| {});
    let mut plan = time(&url, Duration::from_millis(100));
    plan.reply_timeout = Duration::from_millis(500);
    plan.parameters.in_flight = 2;
    let outcome = load(&plan);
    let at_end = errors(&outcome, "no reply by the end");
    assert_eq!(
        at_end + errors(&outcome, "reply timed out"),
        6,
        "{outcome:?}"
    );
}

#[test]
fn a_wrong_reply_is_an_error_and_not_counted_as_a_message() {
    let url = replying(|socket, message, number| {
        let reply = match number {
            0..4 => message,
            _ => Message::binary(vec![b'x'; message.len()]),
        };
        let _ = socket.send(reply);
    });
    let mut plan = count(&url, 10);
    plan.parameters.connections = 1;
    let outcome = load(&plan);
    assert_eq!(outcome.sample.messages, 4, "{outcome:?}");
    assert_eq!(outcome.sample.latency.count, 4);
    assert_eq!(errors(&outcome, "wrong reply"), 6);
}

#[test]
fn replies_that_never_contain_the_message_lead_to_a_hint_about_the_check() {
    let url = replying(|socket, _, _| drop(socket.send(Message::text("who are you?"))));
    let outcome = load(&count(&url, 10));
    assert_eq!(errors(&outcome, "wrong reply"), 10);
    assert!(
        outcome.notes[0].contains("--check none"),
        "{:?}",
        outcome.notes
    );
}

#[test]
fn a_reply_of_the_wrong_kind_is_wrong() {
    let url = replying(|socket, message, _| {
        let _ = socket.send(Message::text(message.to_text().unwrap()));
    });
    assert_eq!(errors(&load(&count(&url, 5)), "wrong reply"), 5);
}

#[test]
fn swapped_replies_are_noticed() {
    let url = websocket(|socket, _| {
        while let (Some(first), Some(second)) = (next(socket), next(socket)) {
            let _ = socket.send(second);
            let _ = socket.send(first);
        }
    });
    let mut plan = count(&url, 10);
    plan.parameters.connections = 1;
    plan.parameters.in_flight = 2;
    plan.check = gearshift::lab::load::Check::Same;
    assert_eq!(errors(&load(&plan), "wrong reply"), 10);
}

#[test]
fn a_lost_reply_is_noticed() {
    let url = replying(|socket, message, number| {
        if number != 5 {
            let _ = socket.send(message);
        }
    });
    let mut plan = impatient(count(&url, 10));
    plan.parameters.connections = 1;
    plan.parameters.in_flight = 2;
    let outcome = load(&plan);
    assert!(errors(&outcome, "wrong reply") > 0, "{outcome:?}");
    assert_eq!(errors(&outcome, "reply timed out"), 1);
}

#[test]
fn an_unexpected_message_is_an_error() {
    let url = replying(|socket, message, _| {
        let _ = socket.send(message.clone());
        let _ = socket.send(message);
    });
    let mut plan = count(&url, 1);
    plan.parameters.connections = 1;
    plan.parameters.warm_up_seconds = 0.05;
    let outcome = load(&plan);
    assert!(outcome.sample.errors > 0, "{outcome:?}");
}

#[test]
fn a_close_by_the_server_is_reported_with_its_code_and_the_lost_replies() {
    let url = websocket(|socket, _| {
        for _ in 0..5 {
            let Some(message) = next(socket) else { return };
            let _ = socket.send(message);
        }
        let _ = next(socket);
        let _ = socket.close(Some(CloseFrame {
            code: 1013.into(),
            reason: "".into(),
        }));
        while next(socket).is_some() {}
    });
    let outcome = load(&count(&url, 100));
    assert_eq!(outcome.sample.messages, 15);
    assert_eq!(errors(&outcome, "closed by the server: code 1013"), 3);
    assert_eq!(errors(&outcome, "no reply: connection ended"), 3);
}

#[test]
fn a_server_that_disconnects_without_a_close_frame_is_reported() {
    let url = websocket(|socket, _| drop(next(socket)));
    let outcome = load(&count(&url, 100));
    let ended =
        errors(&outcome, "disconnected by the server") + errors(&outcome, "connection lost");
    assert_eq!(ended, 3, "{outcome:?}");
}

#[test]
fn a_frame_that_violates_the_protocol_is_reported() {
    let url = websocket(|socket, _| {
        let _ = next(socket);
        // The frames of a server must not be masked.
        let _ = socket.get_mut().write_all(&[0x82, 0x81, 0, 0, 0, 0, 1]);
        while next(socket).is_some() {}
    });
    assert_eq!(
        errors(&load(&count(&url, 3)), "invalid frame: a masked frame"),
        3
    );
}

#[test]
fn pings_get_pongs_during_a_run() {
    let url = replying(|socket, message, _| {
        let _ = socket.send(Message::Ping(vec![1, 2, 3].into()));
        let _ = socket.send(message);
        match socket.read() {
            Ok(Message::Pong(data)) if data[..] == [1, 2, 3] => {}
            _ => drop(socket.close(None)),
        }
    });
    let outcome = load(&count(&url, 30));
    no_errors(&outcome);
    assert_eq!(outcome.sample.messages, 30);
}

#[test]
fn fragmented_messages_are_counted_once() {
    let url = replying(|socket, message, _| {
        let bytes = message.into_data();
        let (first, rest) = bytes.split_at(10);
        let mut frames = vec![0x02, 10];
        frames.extend_from_slice(first);
        frames.extend([0x89, 0, 0x80, rest.len() as u8]);
        frames.extend_from_slice(rest);
        let _ = socket.get_mut().write_all(&frames);
    });
    let outcome = load(&count(&url, 30));
    no_errors(&outcome);
    assert_eq!(outcome.sample.messages, 30);
}

#[test]
fn accepted_clients_are_measured_and_rejected_ones_are_counted_as_errors() {
    let address = raw(|stream, number| {
        if number % 2 == 1 {
            return refusing("HTTP/1.1 503 Service Unavailable\r\n\r\n")(stream, number);
        }
        let mut socket = tungstenite::accept(stream).unwrap();
        while let Some(message) = next(&mut socket) {
            let _ = socket.send(message);
        }
    });
    let mut plan = count(&format!("ws://{address}"), 100);
    plan.parameters.connections = 10;
    let outcome = load(&plan);
    assert_eq!(outcome.sample.connected, 5);
    assert_eq!(outcome.sample.messages, 100);
    assert_eq!(errors(&outcome, "handshake refused: status 503"), 5);
}

#[test]
fn a_message_due_on_a_lost_connection_is_counted_as_not_sent() {
    let url = websocket(|socket, number| {
        if number == 0 {
            let _ = next(socket);
            return;
        }
        while let Some(message) = next(socket) {
            let _ = socket.send(message);
        }
    });
    let mut plan = count(&url, 60);
    plan.parameters.rate_per_second = Some(200.0);
    let outcome = load(&plan);
    let sample = &outcome.sample;
    assert!(errors(&outcome, "not sent") > 10, "{outcome:?}");
    let lost = errors(&outcome, "no reply: connection ended");
    assert_eq!(
        sample.messages + errors(&outcome, "not sent") + lost,
        60,
        "{outcome:?}"
    );
}

#[test]
fn a_delivery_that_never_comes_does_not_stop_a_fan_out() {
    // No subscriber gets anything.
    let url = replying(|_, _, _| {});
    let mut plan = impatient(count(&url, 2));
    plan.parameters.fan_out = true;
    let outcome = load(&plan);
    assert_eq!(outcome.sample.messages, 0);
    assert_eq!(errors(&outcome, "reply timed out"), 2 * 3, "{outcome:?}");
}
