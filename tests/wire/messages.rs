//! Messages, fragments, pings and the closing handshake, however the bytes arrive.

use gearshift::protocol::{CloseReason, Status};
use gearshift::service::{Echo, Mirror};

use crate::client::*;

/// One of everything: all forms of length, fragments, control frames between and inside messages.
fn conversation() -> Vec<Frame> {
    let long_form = |mut frame: Frame, form| {
        frame.length_form = Some(form);
        frame
    };
    vec![
        frame(TEXT, "one"),
        frame(BINARY, [0, 1, 2, 255]),
        frame(TEXT, ""),
        frame(PING, "between"),
        frame(TEXT, "fr").open_ended(),
        frame(PING, "inside"),
        frame(CONTINUATION, "").open_ended(),
        frame(PONG, "unasked"),
        frame(CONTINUATION, "ag"),
        frame(BINARY, [7; 200]),
        long_form(frame(TEXT, "long way"), 2),
        long_form(frame(TEXT, "longer way"), 8),
        frame(PING, ""),
        frame(TEXT, "añ").open_ended(),
        frame(CONTINUATION, "b😀"),
    ]
}

fn expected() -> Vec<Received> {
    vec![
        received("one"),
        Received::Binary(vec![0, 1, 2, 255]),
        received(""),
        Received::Pong(b"between".to_vec()),
        Received::Pong(b"inside".to_vec()),
        received("frag"),
        Received::Binary(vec![7; 200]),
        received("long way"),
        received("longer way"),
        Received::Pong(Vec::new()),
        received("añb😀"),
    ]
}

#[test]
fn replies_to_one_input_come_in_order_in_one_output() {
    let mut client = Client::open(&endpoint(Mirror));
    assert_eq!(client.send_once(stream(&conversation())), Status::Open);
    assert_eq!(client.received(), expected());
}

#[test]
fn a_conversation_is_the_same_wherever_its_bytes_are_cut() {
    let protocol = endpoint(Mirror);
    let mut frames = conversation();
    frames.push(frame(CLOSE, 1000_u16.to_be_bytes()));
    let bytes = stream(&frames);
    let mut whole = Client::open(&protocol);
    let finished = Status::Over(CloseReason::Finished);
    assert_eq!(whole.send(&bytes), finished);
    for cut in 0..=bytes.len() {
        let mut client = Client::open(&protocol);
        let pieces = [&bytes[..cut], &bytes[cut..]];
        assert_eq!(client.send_all(pieces), finished, "{cut}");
        assert_eq!(client.out, whole.out, "{cut}");
    }
    for size in 1..40 {
        let mut client = Client::open(&protocol);
        assert_eq!(client.send_all(bytes.chunks(size)), finished, "{size}");
        assert_eq!(client.out, whole.out, "{size}");
    }
}

#[test]
fn each_reply_comes_with_the_input_that_completes_the_message() {
    let mut client = Client::open(&endpoint(Mirror));
    let message = text("one");
    for byte in &message[..message.len() - 1] {
        client.send([*byte]);
        assert!(client.out.is_empty());
    }
    client.send(&message[message.len() - 1..]);
    assert_eq!(client.received(), [received("one")]);
}

#[test]
fn a_text_may_be_fragmented_inside_a_scalar_value() {
    let mut client = Client::open(&endpoint(Echo::with_prefix("Echo: ")));
    let words = "añb😀";
    for cut in 0..=words.len() {
        let (begin, end) = words.as_bytes().split_at(cut);
        let begin = frame(TEXT, begin).open_ended();
        client.send(stream([&begin, &frame(CONTINUATION, end)]));
        assert_eq!(client.received(), [received("Echo: añb😀")], "{cut}");
    }
}

#[test]
fn a_ping_inside_a_message_is_answered_at_once() {
    let mut client = Client::open(&endpoint(Mirror));
    client.send(frame(TEXT, "be").open_ended().bytes());
    client.send(ping("now"));
    assert_eq!(client.received(), [Received::Pong(b"now".to_vec())]);
    client.send(frame(CONTINUATION, "gin").bytes());
    assert_eq!(client.received(), [received("begin")]);
}

#[test]
fn every_ping_is_answered_with_its_own_payload() {
    let mut client = Client::open(&endpoint(Mirror));
    let longest = "x".repeat(125);
    client.send([ping("1"), ping("2"), ping(&longest)].concat());
    let pong = |payload: &str| Received::Pong(payload.as_bytes().to_vec());
    assert_eq!(client.received(), [pong("1"), pong("2"), pong(&longest)]);
}

#[test]
fn a_pong_is_not_answered() {
    let mut client = Client::open(&endpoint(Mirror));
    assert_eq!(client.send(frame(PONG, "unasked").bytes()), Status::Open);
    assert!(client.out.is_empty());
}

#[test]
fn a_message_may_be_as_large_as_the_limit_in_one_frame_or_in_fragments() {
    let mut client = Client::open(&endpoint(Mirror));
    let bytes = vec![1; 1 << 20];
    client.send(binary(&bytes));
    assert!(client.received() == [Received::Binary(bytes.clone())]);
    let (begin, end) = bytes.split_at(700_000);
    client.send(frame(BINARY, begin).open_ended().bytes());
    client.send(frame(CONTINUATION, end).bytes());
    assert!(client.received() == [Received::Binary(bytes)]);
}

#[test]
fn a_close_frame_is_returned_with_its_code_and_reason_and_ends_the_conversation() {
    for code in [
        1000, 1001, 1003, 1007, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        let mut client = Client::open(&endpoint(Mirror));
        client.send([text("last"), close(code, "bye"), text("too late")].concat());
        assert_eq!(client.status, Status::Over(CloseReason::Finished));
        let bye = Received::Close(code, "bye".to_owned());
        assert_eq!(client.received(), [received("last"), bye]);
    }
}

#[test]
fn a_close_frame_without_a_code_is_returned_without_a_code() {
    let mut client = Client::open(&endpoint(Mirror));
    client.send(frame(CLOSE, "").bytes());
    assert_eq!(client.status, Status::Over(CloseReason::Finished));
    assert_eq!(client.received(), [Received::EmptyClose]);
}

#[test]
fn a_close_frame_inside_a_message_ends_the_conversation() {
    let mut client = Client::open(&endpoint(Mirror));
    client.send(frame(TEXT, "half").open_ended().bytes());
    client.send([ping("1"), close(1000, "")].concat());
    assert_eq!(client.status, Status::Over(CloseReason::Finished));
    let pong = Received::Pong(b"1".to_vec());
    assert_eq!(
        client.received(),
        [pong, Received::Close(1000, String::new())]
    );
}
