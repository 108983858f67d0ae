//! Hostile and broken clients harm no client but themselves.

use crate::support::{
    Client, PATIENCE, TestServer, read_to_end, reversed, shake_hands, short_frame,
};
use gearshift::models::ModelKind;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

every_model! {
    a_handshake_that_trickles_in_is_rejected_with_408,
    shifts_do_not_put_off_the_timeout_of_a_handshake,
    shifts_do_not_put_off_the_timeout_of_a_message,
    a_silent_client_is_pinged_and_then_closed,
    a_client_that_answers_pings_stays,
    an_unfinished_message_times_out,
    a_client_that_never_reads_its_replies_is_disconnected,
    a_subscriber_that_never_reads_is_disconnected_and_the_others_are_not,
    a_protocol_violation_is_answered_before_the_connection_ends,
    a_panicking_service_ends_one_connection,
    a_panicking_timer_ends_one_connection,
    clients_beyond_the_limit_get_503,
    connections_that_are_reset_leave_nothing_behind,
}

fn still_serves(server: &TestServer) {
    assert_eq!(server.connect("reply").ask("alive"), reversed("alive"));
}

fn a_handshake_that_trickles_in_is_rejected_with_408(model: ModelKind) {
    let server = TestServer::start(model, &["--handshake-timeout", "300ms"]);
    let mut stream = server.raw("reply");
    stream
        .set_read_timeout(Some(Duration::from_millis(20)))
        .unwrap();
    let mut answer = Vec::new();
    for byte in b"GET / HTTP/1.1\r\nX: "
        .iter()
        .chain(std::iter::repeat(&b'x'))
    {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if stream.write_all(&[*byte]).is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    drop(stream);
    still_serves(&server);
}

/// Shifts from the model to itself, at once and again, until the server has closed `stream`. Returns what
/// the server sent.
fn shift_until_closed(server: &TestServer, model: ModelKind, mut stream: TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    thread::scope(|scope| {
        let reader = scope.spawn(|| stream.read_to_end(&mut received));
        while !reader.is_finished() {
            server.handle.shift(model);
            thread::sleep(Duration::from_millis(20)); // the client has to be served in between
        }
        let closed = reader.join().unwrap();
        assert!(closed.is_ok(), "never closed: {closed:?}");
    });
    received
}

fn shifts_do_not_put_off_the_timeout_of_a_handshake(model: ModelKind) {
    let server = TestServer::start(model, &["--handshake-timeout", "500ms"]);
    let mut stream = server.raw("reply");
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let received = shift_until_closed(&server, model, stream);
    let response = String::from_utf8_lossy(&received);
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
}

fn shifts_do_not_put_off_the_timeout_of_a_message(model: ModelKind) {
    let server = TestServer::start(model, &["--message-timeout", "500ms"]);
    let mut stream = server.raw("reply");
    shake_hands(&mut stream);
    stream.write_all(&short_frame("half a frame")[..9]).unwrap();
    let received = shift_until_closed(&server, model, stream);
    assert_eq!(
        (received[0], &received[2..4]),
        (0x88, &1008u16.to_be_bytes()[..])
    );
}

fn a_silent_client_is_pinged_and_then_closed(model: ModelKind) {
    let server = TestServer::start(model, &["--idle-timeout", "400ms"]);
    for service in ["reply", "push"] {
        let mut stream = server.raw(service);
        shake_hands(&mut stream);
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        assert_eq!(received[..2], [0x89, 0], "{service}: a ping");
        assert_eq!(received[2], 0x88, "{service}: a close frame");
        assert_eq!(received[4..6], 1008u16.to_be_bytes(), "{service}");
        drop(stream);
    }
    still_serves(&server);
}

fn a_client_that_answers_pings_stays(model: ModelKind) {
    let server = TestServer::start(model, &["--idle-timeout", "200ms"]);
    let mut client = server.connect("reply");
    let mut pings = 0;
    while pings < 6 {
        // tungstenite sends each pong with its next read or write.
        pings += usize::from(client.0.read().unwrap().is_ping());
        client.0.flush().unwrap();
    }
    assert_eq!(client.ask("still here"), reversed("still here"));
}

fn an_unfinished_message_times_out(model: ModelKind) {
    let server = TestServer::start(model, &["--message-timeout", "300ms"]);
    let mut stream = server.raw("reply");
    shake_hands(&mut stream);
    stream.write_all(&short_frame("half a frame")[..9]).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    assert_eq!(
        (received[0], &received[2..4]),
        (0x88, &1008u16.to_be_bytes()[..])
    );
    drop(stream);
    still_serves(&server);
}

/// Sends until the server disconnects.
fn flood(stream: &mut TcpStream, bytes: &[u8]) {
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    for _ in 0..10_000 {
        if let Err(error) = stream.write_all(bytes) {
            assert_ne!(
                error.kind(),
                ErrorKind::WouldBlock,
                "was never disconnected"
            );
            return;
        }
    }
    panic!("the server took everything");
}

fn a_client_that_never_reads_its_replies_is_disconnected(model: ModelKind) {
    let server = TestServer::start(model, &["--stall-timeout", "300ms"]);
    let mut stream = server.raw("mirror");
    shake_hands(&mut stream);
    let mut frame = vec![0x82, 0xfe];
    frame.extend(60_000u16.to_be_bytes());
    frame.extend([0; 60_004]);
    flood(&mut stream, &frame);
    still_serves(&server);
}

fn a_subscriber_that_never_reads_is_disconnected_and_the_others_are_not(model: ModelKind) {
    let server = TestServer::start(model, &["--stall-timeout", "300ms"]);
    let mut stalled = server.raw("push");
    shake_hands(&mut stalled);
    server.wait_for_connections(1);
    let mut other = (model != ModelKind::Sequential).then(|| server.connect("push"));
    let long = "x".repeat(256 << 10);
    for number in 0..60 {
        server.publish(&format!("{number} {long}"));
        if let Some(client) = &mut other {
            assert!(client.receive().starts_with(&format!("{number} ")));
        }
    }
    drop(other);
    server.wait_for_connections(0);
    still_serves(&server);
}

fn a_protocol_violation_is_answered_before_the_connection_ends(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut stream = server.raw("mirror");
    shake_hands(&mut stream);
    let mut bytes = short_frame("first");
    bytes.extend([0x81, 0x03, b'a', b'b', b'c']); // not masked
    bytes.extend([b'j'; 100_000]); // unread input must not turn the close into a reset
    stream.write_all(&bytes).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).unwrap();
    assert_eq!(&received[..7], b"\x81\x05first");
    assert_eq!(
        (received[7], &received[9..11]),
        (0x88, &1002u16.to_be_bytes()[..])
    );
}

fn a_panicking_service_ends_one_connection(model: ModelKind) {
    one_connection_ends_after("panic", model);
}

fn a_panicking_timer_ends_one_connection(model: ModelKind) {
    one_connection_ends_after("panic in the timer", model);
}

fn one_connection_ends_after(message: &str, model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut victim = server.connect("panic");
    let mut other = (model != ModelKind::Sequential).then(|| server.connect("panic"));
    victim.send(message);
    assert_eq!(victim.close_code(), Some(1011));
    if let Some(other) = &mut other {
        assert_eq!(other.ask("unharmed"), "unharmed");
    }
    drop((victim, other));
    assert_eq!(server.connect("panic").ask("next"), "next");
    server.handle.shift(model); // a thread that has panicked would be noticed here
    assert_eq!(
        server.connect("panic").ask("after a shift"),
        "after a shift"
    );
}

fn clients_beyond_the_limit_get_503(model: ModelKind) {
    let server = TestServer::start(model, &["--max-connections", "1"]);
    let mut first = server.connect("reply");
    assert_eq!(first.ask("in"), reversed("in"));
    if model == ModelKind::Sequential {
        return; // it accepts no client while it serves one: the second waits in the backlog
    }
    let mut second = server.raw("reply");
    second.write_all(&crate::support::handshake()).unwrap();
    let answer = read_to_end(&mut second);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert_eq!(first.ask("still in"), reversed("still in"));
    drop(first);
    server.wait_for_connections(0);
    still_serves(&server);
}

fn connections_that_are_reset_leave_nothing_behind(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    for service in ["mirror", "push"] {
        for bytes in [&b""[..], b"GET / HT", &short_frame("unread")] {
            let mut stream = server.raw(service);
            if bytes.first() == Some(&0x81) {
                shake_hands(&mut stream);
            }
            stream.write_all(bytes).unwrap();
            // Closing with unread input, or with this option, resets the connection.
            rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        }
    }
    still_serves(&server);
    server.wait_for_connections(0);
}

#[test]
fn the_suite_notices_a_server_that_does_not_respond() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || drop(listener.accept().unwrap()));
    assert!(Client::try_connect(&url).is_err());
    server.join().unwrap();
}
