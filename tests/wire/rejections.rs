//! Requests that are not a valid handshake: each gets a whole HTTP response, and that is the end.

use gearshift::protocol::{CloseReason, Limits, Status};
use gearshift::service::Mirror;

use crate::client::*;

/// Sends `request` in one piece, cut at every position, and byte by byte. All get the same response,
/// which is returned.
#[track_caller]
fn response_to(request: impl AsRef<[u8]>) -> Response {
    response_with(Limits::default(), request.as_ref())
}

#[track_caller]
fn response_with(limits: Limits, request: &[u8]) -> Response {
    let protocol = limited(Mirror, limits);
    let mut client = Client::silent(&protocol);
    let status = client.send(request);
    let response = read_response(&client.out);
    assert_eq!(
        status,
        Status::Over(CloseReason::HandshakeRejected(response.status))
    );
    is_over(&mut client);

    let bytewise: Vec<&[u8]> = request.chunks(1).collect();
    let halves = (0..request.len().min(1000)).map(|cut| vec![&request[..cut], &request[cut..]]);
    for pieces in halves.chain([bytewise]) {
        let mut cut = Client::silent(&protocol);
        assert_eq!(cut.send_all(&pieces), status, "{pieces:?}");
        assert_eq!(cut.out, client.out, "{pieces:?}");
    }
    response
}

fn is_over(client: &mut Client) {
    let length = client.out.len();
    assert_eq!(client.conversation.deadline(), None);
    client.send(Head::new().bytes());
    client.wait(1000 * SECOND).expire();
    client.close(CloseReason::GoingAway);
    assert_eq!(
        client.out.len(),
        length,
        "nothing is sent after the response"
    );
}

#[track_caller]
fn is_a_bad_request(request: impl AsRef<[u8]>, reason: &str) {
    let response = response_to(request);
    assert_eq!(response.status, 400);
    assert!(response.head.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    assert!(response.body.contains(reason), "{}", response.body);
}

#[test]
fn junk_gets_400() {
    is_a_bad_request("\0\0\0\0", "not an HTTP request");
    is_a_bad_request("hello, is anybody there?\r\n", "not an HTTP request");
    is_a_bad_request("{\"method\": \"GET\"}\n", "not an HTTP request");
    is_a_bad_request(
        "GET / HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n",
        "not an HTTP request",
    );
    is_a_bad_request(text("no handshake"), "not an HTTP request");
}

#[test]
fn a_tls_client_hello_gets_400_from_its_first_byte() {
    is_a_bad_request(b"\x16\x03\x01\x02\x00\x01\x00\x01", "not an HTTP request");
    let mut client = Client::silent(&endpoint(Mirror));
    assert_eq!(
        client.send(b"\x16"),
        Status::Over(CloseReason::HandshakeRejected(400))
    );
}

#[test]
fn there_must_be_one_host() {
    is_a_bad_request(Head::new().without("Host").bytes(), "Host is missing");
    is_a_bad_request(Head::new().and("host", "example.org").bytes(), "Host");
}

#[test]
fn there_must_be_one_key_of_sixteen_bytes_in_base64() {
    let key = |value| Head::new().with("Sec-WebSocket-Key", value).bytes();
    let without = Head::new().without("Sec-WebSocket-Key").bytes();
    is_a_bad_request(without, "Sec-WebSocket-Key is missing");
    for value in [
        "",
        "c2hvcnQ=",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25jZWRk",
        "dGhlIHNhbXBsZSBub25jZSBsb25n==",
    ] {
        is_a_bad_request(key(value), "16 bytes in base64");
    }
    let twice = Head::new().and("Sec-WebSocket-Key", KEY).bytes();
    is_a_bad_request(twice, "Sec-WebSocket-Key appears twice");
}

#[test]
fn a_request_that_announces_a_body_gets_400() {
    let body = "a handshake has no body";
    is_a_bad_request(Head::new().and("Content-Length", "5").bytes(), body);
    is_a_bad_request(
        Head::new().and("Transfer-Encoding", "chunked").bytes(),
        body,
    );
}

#[test]
fn a_repeated_header_gets_400_if_it_must_be_single() {
    for name in ["Origin", "Sec-WebSocket-Version", "Content-Length"] {
        let head = Head::new().with(name, "0").and(name, "0");
        is_a_bad_request(head.bytes(), &format!("{name} appears twice"));
    }
}

#[test]
fn any_method_but_get_gets_405() {
    for method in ["POST", "HEAD", "DELETE", "BREW"] {
        let response = response_to(Head::new().first(&format!("{method} / HTTP/1.1")).bytes());
        assert_eq!(response.status, 405);
        assert!(response.head.contains("\r\nAllow: GET\r\n"));
    }
}

#[test]
fn a_plain_get_gets_426_and_advice() {
    for missing in ["Upgrade", "Connection"] {
        let response = response_to(Head::new().without(missing).bytes());
        assert_eq!(response.status, 426);
        assert!(response.head.contains("\r\nUpgrade: websocket\r\n"));
        assert!(response.body.contains("ws://127.0.0.1:8765/"));
    }
    let other = Head::new().with("Upgrade", "websockets, web socket");
    assert_eq!(response_to(other.bytes()).status, 426);
}

#[test]
fn another_version_gets_426_and_the_right_one() {
    let heads = [
        Head::new().with("Sec-WebSocket-Version", "8"),
        Head::new().with("Sec-WebSocket-Version", "99"),
        Head::new().with("Sec-WebSocket-Version", "13, 8"),
        Head::new().without("Sec-WebSocket-Version"),
    ];
    for head in heads {
        let response = response_to(head.bytes());
        assert_eq!(response.status, 426);
        assert!(response.head.contains("\r\nSec-WebSocket-Version: 13\r\n"));
        assert!(response.head.contains("\r\nUpgrade: websocket\r\n"));
    }
}

#[test]
fn another_version_of_http_gets_505() {
    let old = Head::new().first("GET / HTTP/1.0").bytes();
    assert_eq!(response_to(old).status, 505);
    assert_eq!(response_to("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status, 505);
}

#[test]
fn a_head_that_is_too_large_gets_431_whole_or_endless() {
    let limits = || Limits {
        max_head_bytes: 500,
        ..Limits::default()
    };
    let whole = Head::new().and("Padding", &"x".repeat(500)).bytes();
    let endless = &whole[..whole.len() - 4];
    let no_line_end = [&b"GET /"[..], &[b'x'; 600]].concat();
    for head in [&whole, endless, &no_line_end] {
        let response = response_with(limits(), head);
        assert_eq!(response.status, 431);
        assert!(response.body.contains("too large"), "{}", response.body);
    }
    let default = Head::new().and("Padding", &"x".repeat(16 << 10)).bytes();
    assert_eq!(response_to(default).status, 431);
}

#[test]
fn a_head_one_byte_over_the_limit_gets_431() {
    let head = Head::new().bytes();
    let limits = Limits {
        max_head_bytes: head.len() - 1,
        ..Limits::default()
    };
    assert_eq!(response_with(limits, &head).status, 431);
}

#[test]
fn too_many_header_lines_get_431() {
    let mut head = Head::new();
    for number in 0..96 {
        head = head.and(&format!("A{number}"), "b");
    }
    let response = response_to(head.bytes());
    assert_eq!(response.status, 431);
    assert!(response.body.contains("too many"), "{}", response.body);
}

#[test]
fn a_request_has_one_deadline_which_slow_bytes_do_not_extend() {
    let mut client = Client::silent(&endpoint(Mirror));
    let start = client.now;
    let head = Head::new().bytes();
    for byte in &head[..49] {
        client.wait(SECOND / 10).send([*byte]);
        assert_eq!(client.expire(), Status::Open);
        assert_eq!(client.conversation.deadline(), Some(start + 5 * SECOND));
    }
    client.now = start + 5 * SECOND - SECOND / 1000;
    assert_eq!(client.expire(), Status::Open);
    assert!(client.out.is_empty());
    client.now = start + 5 * SECOND;
    assert_eq!(client.expire(), Status::Over(CloseReason::TimedOut));
    assert_eq!(read_response(&client.out).status, 408);
    is_over(&mut client);
}

#[test]
fn a_silent_client_gets_408() {
    let mut client = Client::silent(&endpoint(Mirror));
    assert_eq!(client.time_left(), Some(5 * SECOND));
    client.wait(6 * SECOND).expire();
    assert_eq!(client.status, Status::Over(CloseReason::TimedOut));
    assert_eq!(read_response(&client.out).status, 408);
}
