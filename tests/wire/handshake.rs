//! The opening handshake when it succeeds.

use gearshift::protocol::Status;
use gearshift::service::{Echo, Mirror};

use crate::client::*;

#[test]
fn the_example_of_the_rfc_gets_the_accept_key_of_the_rfc() {
    let mut client = Client::silent(&endpoint(Mirror));
    assert_eq!(client.send(Head::new().bytes()), Status::Open);
    assert_eq!(String::from_utf8(client.take()).unwrap(), ACCEPTED);
    assert!(client.conversation.is_open());
}

#[test]
fn a_request_gets_the_same_response_wherever_it_is_cut() {
    let protocol = endpoint(Mirror);
    let head = Head::new().bytes();
    for cut in 0..head.len() {
        let mut client = Client::silent(&protocol);
        assert_eq!(client.send(&head[..cut]), Status::Open, "{cut}");
        assert!(client.out.is_empty() && !client.conversation.is_open());
        assert_eq!(client.send(&head[cut..]), Status::Open, "{cut}");
        assert_eq!(client.out, ACCEPTED.as_bytes(), "{cut}");
    }
    let mut client = Client::silent(&protocol);
    assert_eq!(client.send_all(head.chunks(1)), Status::Open);
    assert_eq!(client.out, ACCEPTED.as_bytes());
}

#[test]
fn frames_right_behind_the_request_get_replies_wherever_the_input_is_cut() {
    let protocol = endpoint(Echo::with_prefix("Echo: "));
    let input = [Head::new().bytes(), text("one"), text("two")].concat();
    let mut expected = Client::open(&protocol);
    expected.send(text("one"));
    expected.send(text("two"));
    let expected = [ACCEPTED.as_bytes(), &expected.out].concat();
    for cut in 0..=input.len() {
        let mut client = Client::silent(&protocol);
        client.send_all([&input[..cut], &input[cut..]]);
        assert_eq!(client.out, expected, "{cut}");
        assert_eq!(client.status, Status::Open);
    }
}

#[test]
fn more_than_a_burst_right_behind_the_request_is_handled() {
    let mut client = Client::silent(&endpoint(Mirror));
    let messages = text("x").repeat(200);
    let status = client.send_once([Head::new().bytes(), messages].concat());
    assert_eq!(status, Status::More);
    client.send([]);
    let frames = read_frames(&client.out[ACCEPTED.len()..]);
    assert_eq!(frames, vec![received("x"); 200]);
}

#[test]
fn headers_ignore_case_and_empty_lines_may_come_first() {
    let head = "\r\nGET /path HTTP/1.1\r\nhOST: 127.0.0.1\r\nUPGRADE: h2c, WebSocket\r\n\
        connection:Keep-Alive\r\nConnection: ,upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        SEC-WEBSOCKET-VERSION: 13\r\nContent-Length: 0\r\n\r\n";
    let mut client = Client::silent(&endpoint(Mirror));
    assert_eq!(client.send(head), Status::Open);
    assert_eq!(client.out, ACCEPTED.as_bytes());
}

#[test]
fn a_head_may_be_as_large_as_the_limit_and_have_as_many_lines() {
    let limits = gearshift::protocol::Limits {
        max_head_bytes: 400,
        max_headers: 9,
        ..Default::default()
    };
    let protocol = limited(Mirror, limits);
    let head = Head::new().and("A", "1").and("B", "2").and("C", "3");
    let padding = 400 - head.clone().and("Padding", "").bytes().len();
    let head = head.and("Padding", &"x".repeat(padding));
    assert_eq!(head.bytes().len(), 400);
    Client::silent(&protocol).shake_hands(&head);

    // The frames behind the head do not count towards its size.
    let mut client = Client::silent(&protocol);
    client.send([head.bytes(), binary(&[7; 1000])].concat());
    let frames = read_frames(&client.out[ACCEPTED.len()..]);
    assert_eq!(frames, [Received::Binary(vec![7; 1000])]);
}
