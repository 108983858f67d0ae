//! The replies of each service.

use gearshift::protocol::{CloseReason, Protocol, Status};
use gearshift::service::{Broadcast, Echo, Format, Hub, Mirror, Notify, Periodic, ReplyReversed};

use crate::client::*;

#[track_caller]
fn replies(protocol: &Protocol, message: Vec<u8>) -> Vec<Received> {
    let mut client = Client::open(protocol);
    assert_eq!(client.send(message), Status::Open);
    client.received()
}

#[test]
fn reply_reverses_a_text_by_its_scalar_values() {
    let reply = endpoint(ReplyReversed);
    let to = |message| replies(&reply, text(message));
    assert_eq!(to("hello"), [received("Server response: olleh")]);
    assert_eq!(to("añb😀"), [received("Server response: 😀bña")]);
    assert_eq!(
        to("e\u{301}"),
        [received("Server response: \u{301}e")],
        "not by the characters that people see"
    );
    assert_eq!(to(""), [received("Server response: ")]);
}

#[test]
fn reply_reverses_binary_by_its_bytes_without_a_prefix() {
    let reply = endpoint(ReplyReversed);
    let bytes = vec![0, 255, 1, 2];
    assert_eq!(
        replies(&reply, binary(&bytes)),
        [Received::Binary(vec![2, 1, 255, 0])]
    );
    assert_eq!(replies(&reply, binary(b"")), [Received::Binary(Vec::new())]);
}

#[test]
fn reply_reverses_the_largest_message() {
    let long = "ab".repeat(1 << 19);
    let reversed = format!("Server response: {}", "ba".repeat(1 << 19));
    let reply = replies(&endpoint(ReplyReversed), text(&long));
    assert!(reply == [Received::Text(reversed)]);
}

#[test]
fn echo_and_both_twins_put_their_prefix_before_text_only() {
    for prefix in ["Echo: ", "Server 1 echo: ", "Server 2 echo: "] {
        let echo = endpoint(Echo::with_prefix(prefix));
        let whole = format!("{prefix}añb");
        assert_eq!(replies(&echo, text("añb")), [Received::Text(whole)]);
        assert_eq!(replies(&echo, text("")), [received(prefix)]);
        assert_eq!(
            replies(&echo, binary(b"\xffab")),
            [Received::Binary(b"\xffab".to_vec())]
        );
    }
}

#[test]
fn mirror_returns_the_same_kind_and_payload_for_every_form_of_length() {
    let mirror = endpoint(Mirror);
    for length in [0, 1, 125, 126, 127, 4096, 65_535, 65_536, 1 << 20] {
        let bytes = vec![b'x'; length];
        assert!(replies(&mirror, binary(&bytes)) == [Received::Binary(bytes.clone())]);
        let words = String::from_utf8(bytes).unwrap();
        assert!(replies(&mirror, text(&words)) == [Received::Text(words)]);
    }
}

#[test]
fn broadcast_replies_to_no_message_and_publishes_those_that_begin_with_pub() {
    let room = endpoint(Broadcast::new());
    for ignored in [
        text("hello"),
        text("pub"),
        text("Pub x"),
        text(" pub x"),
        binary(b"x"),
    ] {
        assert_eq!(replies(&room, ignored), []);
    }
    assert_eq!(room.hub().unwrap().latest(), 0);
    assert_eq!(replies(&room, text("pub x")), []);
    assert_eq!(replies(&room, binary(b"pub ")), []);
    assert_eq!(room.hub().unwrap().latest(), 2);
}

#[test]
fn notify_and_periodic_ignore_messages() {
    let notify = endpoint(Notify::new(Hub::new().into(), Format::Text));
    for deaf in [notify, endpoint(Periodic)] {
        assert_eq!(replies(&deaf, text("hello")), []);
        assert_eq!(replies(&deaf, binary(&[1, 2])), []);
    }
}

#[test]
fn raw_tcp_returns_bytes_as_they_come() {
    let mut client = Client::silent(&Protocol::TcpEcho(std::sync::Arc::default()));
    assert_eq!(client.send(b"\x16\x03"), Status::Open);
    assert_eq!(client.send(b"GET"), Status::Open);
    assert_eq!(client.out, b"\x16\x03GET");
    assert_eq!(client.conversation.end_of_input(), CloseReason::Finished);
    assert_eq!(client.out.len(), 5);
}

#[test]
fn raw_tcp_disconnects_silent_clients_without_a_ping() {
    let mut client = Client::silent(&Protocol::TcpEcho(std::sync::Arc::default()));
    assert_eq!(client.wait(40 * SECOND).expire(), Status::Open);
    assert_eq!(client.send(b"x"), Status::Open);
    assert_eq!(client.wait(59 * SECOND).expire(), Status::Open);
    let over = Status::Over(CloseReason::TimedOut);
    assert_eq!(client.wait(SECOND).expire(), over);
}

fn http_hello() -> Client {
    Client::silent(&Protocol::HttpHello(std::sync::Arc::default()))
}

fn output(client: &Client) -> String {
    String::from_utf8_lossy(&client.out).into_owned()
}

const RESPONDED: Status = Status::Over(CloseReason::Responded);

#[test]
fn the_web_server_reads_to_the_empty_line_and_greets() {
    let mut client = http_hello();
    for piece in ["GET /any HTTP/1.1\r\nHost: ", "x\r\n"] {
        assert_eq!(client.send(piece.as_bytes()), Status::Open);
        assert_eq!(client.out, b"");
    }
    assert_eq!(client.send(b"\r\n"), RESPONDED);
    assert_eq!(
        output(&client),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: 21\r\nConnection: close\r\n\r\nHello from gearshift!"
    );
}

#[test]
fn the_web_server_responds_to_head_without_a_body_and_to_junk_with_a_sentence() {
    let mut client = http_hello();
    assert_eq!(client.send(b"HEAD / HTTP/1.1\r\n\r\n"), RESPONDED);
    assert!(output(&client).ends_with("Content-Length: 21\r\nConnection: close\r\n\r\n"));
    for (junk, status) in [
        (&b"\x16\x03\x01\n"[..], "400"),
        (b"GET / HTTP/3.0\r\n\r\n", "505"),
        (&[b'a'; 17 << 10], "431"),
    ] {
        let mut client = http_hello();
        assert_eq!(client.send(junk), RESPONDED);
        let start = format!("HTTP/1.1 {status} ");
        assert!(output(&client).starts_with(&start), "{}", output(&client));
    }
}

#[test]
fn the_web_server_limits_the_time_for_a_request() {
    let mut client = http_hello();
    assert_eq!(client.send(b"GET / HTTP/1.1\r\n"), Status::Open);
    assert_eq!(client.wait(4 * SECOND).expire(), Status::Open);
    let over = Status::Over(CloseReason::TimedOut);
    assert_eq!(client.wait(SECOND).expire(), over);
    assert!(output(&client).starts_with("HTTP/1.1 408 "));
}
