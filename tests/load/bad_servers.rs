//! Servers that do what no good one does: each has its name in the result, and none keeps a run from
//! ending.

use crate::process::LONG;
use crate::scripted::{answering, next, raw, refusing, websocket};
use crate::{count, errors, load, no_errors, time};
use gearshift::lab::load::{Plan, Progress, run};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

/// What is said when nobody could be connected.
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
fn a_port_where_nobody_listens_is_named_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("none of 3 connections"), "{said}");
    assert!(said.contains("connection refused"), "{said}");
    assert!(said.contains("is the server running?"), "{said}");
}

#[test]
fn a_refused_handshake_is_named_with_its_status() {
    let address = raw(refusing("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("handshake refused: status 503"), "{said}");
}

#[test]
fn a_server_that_speaks_no_http_is_named() {
    let address = raw(refusing("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
    let said = failure(&count(&format!("ws://{address}"), 1));
    assert!(said.contains("no WebSocket"), "{said}");
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
fn a_server_that_never_answers_the_handshake_is_given_up() {
    let address = raw(|mut stream, _| drop(stream.read_to_end(&mut Vec::new())));
    let said = failure(&impatient(count(&format!("ws://{address}"), 1)));
    assert!(
        said.contains("no answer to the handshake in time"),
        "{said}"
    );
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let url = answering(|_, _, _| {});
    let outcome = load(&impatient(count(&url, 10)));
    assert_eq!(outcome.sample.messages, 0);
    // One of each client, and nobody is left for the others.
    assert_eq!(errors(&outcome, "no answer in time"), 3, "{outcome:?}");
    assert_eq!(outcome.sample.errors, 3);
}

#[test]
fn what_is_not_answered_by_the_end_is_an_error() {
    let url = answering(|_, _, _| {});
    let mut plan = time(&url, Duration::from_millis(100));
    plan.reply_timeout = Duration::from_millis(500);
    plan.parameters.in_flight = 2;
    let outcome = load(&plan);
    let unanswered = errors(&outcome, "not answered by the end");
    assert_eq!(
        unanswered + errors(&outcome, "no answer in time"),
        6,
        "{outcome:?}"
    );
}

#[test]
fn a_wrong_answer_is_an_error_and_no_message() {
    let url = answering(|socket, message, number| {
        let answer = match number {
            0..4 => message,
            _ => Message::binary(vec![b'x'; message.len()]),
        };
        let _ = socket.send(answer);
    });
    let mut plan = count(&url, 10);
    plan.parameters.connections = 1;
    let outcome = load(&plan);
    assert_eq!(outcome.sample.messages, 4, "{outcome:?}");
    assert_eq!(outcome.sample.latency.count, 4);
    assert_eq!(errors(&outcome, "wrong answer"), 6);
}

#[test]
fn who_answers_something_else_from_the_start_is_told_of_the_check() {
    let url = answering(|socket, _, _| drop(socket.send(Message::text("who are you?"))));
    let outcome = load(&count(&url, 10));
    assert_eq!(errors(&outcome, "wrong answer"), 10);
    assert!(
        outcome.notes[0].contains("--check none"),
        "{:?}",
        outcome.notes
    );
}

#[test]
fn an_answer_of_the_wrong_kind_is_wrong() {
    let url = answering(|socket, message, _| {
        let _ = socket.send(Message::text(message.to_text().unwrap()));
    });
    assert_eq!(errors(&load(&count(&url, 5)), "wrong answer"), 5);
}

#[test]
fn swapped_answers_are_noticed() {
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
    assert_eq!(errors(&load(&plan), "wrong answer"), 10);
}

#[test]
fn a_lost_answer_is_noticed() {
    let url = answering(|socket, message, number| {
        if number != 5 {
            let _ = socket.send(message);
        }
    });
    let mut plan = impatient(count(&url, 10));
    plan.parameters.connections = 1;
    plan.parameters.in_flight = 2;
    let outcome = load(&plan);
    assert!(errors(&outcome, "wrong answer") > 0, "{outcome:?}");
    assert_eq!(errors(&outcome, "no answer in time"), 1);
}

#[test]
fn a_message_that_nobody_asked_for_is_an_error() {
    let url = answering(|socket, message, _| {
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
fn a_close_by_the_server_is_named_with_its_code_and_what_it_lost() {
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
    assert_eq!(errors(&outcome, "no answer: its connection ended"), 3);
}

#[test]
fn a_server_that_hangs_up_without_a_word_is_named() {
    let url = websocket(|socket, _| drop(next(socket)));
    let outcome = load(&count(&url, 100));
    let ended = errors(&outcome, "hung up") + errors(&outcome, "connection lost");
    assert_eq!(ended, 3, "{outcome:?}");
}

#[test]
fn a_frame_that_breaks_the_protocol_is_named() {
    let url = websocket(|socket, _| {
        let _ = next(socket);
        // Masked, which a server's frames must not be.
        let _ = socket.get_mut().write_all(&[0x82, 0x81, 0, 0, 0, 0, 1]);
        while next(socket).is_some() {}
    });
    assert_eq!(
        errors(&load(&count(&url, 3)), "broken frame: a masked frame"),
        3
    );
}

#[test]
fn pings_are_answered_while_it_runs() {
    let url = answering(|socket, message, _| {
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
fn messages_in_fragments_are_whole_messages() {
    let url = answering(|socket, message, _| {
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
fn those_who_are_let_in_are_measured_and_those_who_are_not_counted() {
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
fn what_is_due_on_a_connection_that_is_gone_is_counted_as_not_sent() {
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
    let lost = errors(&outcome, "its connection ended");
    assert_eq!(
        sample.messages + errors(&outcome, "not sent") + lost,
        60,
        "{outcome:?}"
    );
}

#[test]
fn a_delivery_that_never_comes_does_not_stop_a_fan_out() {
    // Deliveries go to nobody.
    let url = answering(|_, _, _| {});
    let mut plan = impatient(count(&url, 2));
    plan.parameters.fan_out = true;
    let outcome = load(&plan);
    assert_eq!(outcome.sample.messages, 0);
    assert_eq!(errors(&outcome, "no answer in time"), 2 * 3, "{outcome:?}");
}
