//! The server ends in an orderly way: every client gets a close frame, and every message that has arrived
//! gets its reply.

use crate::support::{Client, TestServer, reversed, shake_hands};
use gearshift::models::ModelKind;
use std::io::Read;
use std::time::{Duration, Instant};
use tungstenite::Message;

every_model! {
    every_client_is_told_1001,
    a_message_that_has_arrived_is_answered_before_the_close_frame,
    a_client_that_does_not_respond_to_the_close_frame_is_not_waited_for,
    stopping_without_clients_just_ends,
    a_slow_handler_delays_neither_a_shift_nor_the_end,
}

fn every_client_is_told_1001(model: ModelKind) {
    let mut server = TestServer::start(model, &[]);
    let clients = if model == ModelKind::Sequential { 1 } else { 5 };
    let mut all: Vec<Client> = Vec::new();
    for service in ["reply", "push"] {
        all.extend((0..clients).map(|_| server.connect(service)));
    }
    server.handle.stop();
    for mut client in all {
        assert_eq!(client.close_code(), Some(1001));
    }
    server.join();
}

fn a_slow_handler_delays_neither_a_shift_nor_the_end(model: ModelKind) {
    let arguments = ["--work-block", "20ms", "--drain", "300ms"];
    let mut server = TestServer::start(model, &arguments);
    // 8 s of work for each of them.
    let count = if model == ModelKind::Sequential { 1 } else { 3 };
    let mut clients: Vec<Client> = (0..count).map(|_| server.connect("reply")).collect();
    for client in &mut clients {
        for number in 0..400 {
            client.0.write(Message::text(number.to_string())).unwrap();
        }
        client.0.flush().unwrap();
    }
    assert_eq!(clients[0].receive(), reversed("0"));
    let begin = Instant::now();
    server.handle.shift(model);
    let shifted = begin.elapsed();
    assert!(shifted < Duration::from_secs(2), "a shift took {shifted:?}");
    assert_eq!(clients[0].receive(), reversed("1"));
    server.stop();
    let ended = begin.elapsed() - shifted;
    assert!(ended < Duration::from_secs(4), "the end took {ended:?}");
}

fn a_message_that_has_arrived_is_answered_before_the_close_frame(model: ModelKind) {
    let mut server = TestServer::start(model, &[]);
    let mut client = server.connect("reply");
    // More than are handled in one burst.
    for number in 0..1_000 {
        client.0.write(Message::text(number.to_string())).unwrap();
    }
    client.0.flush().unwrap();
    server.handle.stop();
    for number in 0..1_000 {
        assert_eq!(client.receive(), reversed(&number.to_string()));
    }
    assert_eq!(client.close_code(), Some(1001));
    drop(client);
    server.join();
}

fn a_client_that_does_not_respond_to_the_close_frame_is_not_waited_for(model: ModelKind) {
    let mut server = TestServer::start(model, &["--drain", "50ms"]);
    let mut stream = server.raw("reply");
    shake_hands(&mut stream);
    server.stop(); // returns, or the test hangs
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received);
    assert_eq!(
        (received[0], &received[2..4]),
        (0x88, &1001u16.to_be_bytes()[..])
    );
}

fn stopping_without_clients_just_ends(model: ModelKind) {
    TestServer::start(model, &[]).stop();
}
