//! Violations of the protocol or of a limit get a close frame with the code of RFC 6455, 7.4.1.

use gearshift::protocol::{CloseReason, Limits, Protocol, Status};
use gearshift::service::{Mirror, Notice};

use crate::client::*;

/// Sends a valid message, then `bytes`. The client gets the reply to the first and a close frame.
#[track_caller]
fn is_closed_with(code: u16, protocol: &Protocol, bytes: &[u8]) {
    let input = [text("before"), bytes.to_vec()].concat();
    let cut = input.len() - bytes.len() / 2;
    for pieces in [vec![&input[..]], vec![&input[..cut], &input[cut..]]] {
        let mut client = Client::open(protocol);
        let status = client.send_all(pieces);
        assert_eq!(status, Status::Over(CloseReason::Violation(code)));
        match &client.received()[..] {
            [Received::Text(before), Received::Close(received, _)] => {
                assert_eq!((&before[..], *received), ("before", code));
            }
            other => panic!("{code} expected, not {other:?}"),
        }
        is_over(&mut client);
    }
}

fn is_over(client: &mut Client) {
    assert_eq!(client.conversation.deadline(), None);
    for _ in 0..2 {
        assert!(matches!(client.send(text("after")), Status::Over(_)));
        client.send([0xff; 40]);
        client.wait(1000 * SECOND).expire();
        client.deliver(&Notice {
            from: None,
            forms: Vec::new(),
        });
        client.close(CloseReason::GoingAway);
        client.conversation.end_of_input();
    }
    assert!(client.out.is_empty(), "nothing is sent after a close frame");
}

#[track_caller]
fn is_1002(frames: &[Frame]) {
    is_closed_with(1002, &endpoint(Mirror), &stream(frames));
}

#[test]
fn an_unmasked_frame_gets_1002() {
    for opcode in [TEXT, PING, CLOSE] {
        let mut bare = frame(opcode, "");
        bare.mask = None;
        is_1002(&[bare]);
    }
}

#[test]
fn reserved_bits_get_1002() {
    for reserved in [1, 2, 4, 7] {
        let mut reserved_bit = frame(TEXT, "x");
        reserved_bit.reserved = reserved;
        is_1002(&[reserved_bit]);
    }
}

#[test]
fn reserved_opcodes_get_1002() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        is_1002(&[frame(opcode, "x")]);
    }
}

#[test]
fn a_fragmented_or_too_long_control_frame_gets_1002() {
    for opcode in [PING, PONG, CLOSE] {
        is_1002(&[frame(opcode, "").open_ended()]);
        is_1002(&[frame(opcode, [0x03, 0xe8].repeat(63))]);
    }
}

#[test]
fn a_continuation_of_nothing_gets_1002() {
    is_1002(&[frame(CONTINUATION, "x")]);
    is_1002(&[frame(CONTINUATION, "x").open_ended()]);
    let whole = [frame(TEXT, "").open_ended(), frame(CONTINUATION, "")];
    let mut client = Client::open(&endpoint(Mirror));
    client.send(stream(&whole));
    client.take();
    client.send(frame(CONTINUATION, "").bytes());
    assert_eq!(client.close_code(), 1002);
}

#[test]
fn a_new_message_inside_a_message_gets_1002() {
    is_1002(&[frame(TEXT, "x").open_ended(), frame(TEXT, "y")]);
    is_1002(&[
        frame(TEXT, "x").open_ended(),
        frame(BINARY, "y").open_ended(),
    ]);
}

#[test]
fn a_close_frame_of_one_byte_gets_1002() {
    is_1002(&[frame(CLOSE, [3])]);
}

#[test]
fn a_close_code_that_must_not_be_sent_gets_1002() {
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        let mut client = Client::open(&endpoint(Mirror));
        let status = client.send(close(code, "bye"));
        assert!(matches!(status, Status::Over(_)));
        assert_eq!(client.close_code(), 1002, "{code}");
        is_over(&mut client);
    }
}

#[test]
fn a_text_that_is_not_utf8_gets_1007() {
    let stray_continuation = b"a\x80b".as_slice();
    let cut_off = b"a\xf0\x9f\x98".as_slice();
    let overlong = b"\xc0\xaf".as_slice();
    let surrogate = b"\xed\xa0\x80".as_slice();
    for bytes in [stray_continuation, cut_off, overlong, surrogate] {
        is_closed_with(1007, &endpoint(Mirror), &frame(TEXT, bytes).bytes());
        for cut in 0..=bytes.len() {
            let begin = frame(TEXT, &bytes[..cut]).open_ended();
            let fragments = [begin, frame(CONTINUATION, &bytes[cut..])];
            is_closed_with(1007, &endpoint(Mirror), &stream(&fragments));
        }
    }
}

#[test]
fn a_close_reason_that_is_not_utf8_gets_1007() {
    let reason = frame(CLOSE, [0x03, 0xe8, b'a', 0xff]);
    is_closed_with(1007, &endpoint(Mirror), &reason.bytes());
}

fn small() -> Protocol {
    let limits = Limits {
        max_message_bytes: 100,
        max_fragments: 4,
        ..Limits::default()
    };
    limited(Mirror, limits)
}

#[test]
fn a_message_over_the_limit_gets_1009() {
    is_closed_with(1009, &small(), &binary(&[1; 101]));
    let fragments = [
        frame(BINARY, [1; 60]).open_ended(),
        frame(CONTINUATION, [1; 40]).open_ended(),
        frame(CONTINUATION, [1]),
    ];
    is_closed_with(1009, &small(), &stream(&fragments));
}

#[test]
fn a_message_over_the_limit_gets_1009_by_its_header_alone() {
    for claims in [(1 << 20) + 1, 1 << 30, 1 << 63, u64::MAX] {
        let mut header = frame(BINARY, "");
        header.claims = Some(claims);
        is_closed_with(1009, &endpoint(Mirror), &header.bytes());
        header.length_form = Some(8);
        is_closed_with(1009, &endpoint(Mirror), &header.bytes());
    }
}

#[test]
fn too_many_fragments_get_1009_even_if_they_are_empty() {
    let begin = frame(TEXT, "").open_ended();
    let middle = frame(CONTINUATION, "").open_ended();
    let end = frame(CONTINUATION, "");
    let four = [&begin, &middle, &middle, &end];
    let five = [&begin, &middle, &middle, &middle, &end];
    is_closed_with(1009, &small(), &stream(five));

    let mut client = Client::open(&small());
    for _ in 0..3 {
        assert_eq!(client.send(stream(four)), Status::Open);
        assert_eq!(client.received(), [received("")]);
    }
}

#[test]
fn pings_between_fragments_do_not_count_as_fragments() {
    let mut client = Client::open(&small());
    client.send(frame(TEXT, "").open_ended().bytes());
    assert_eq!(client.send(ping("").repeat(10)), Status::Open);
    client.send(frame(CONTINUATION, "").bytes());
    assert_eq!(client.received().len(), 11);
}

#[test]
fn the_first_violation_in_an_input_counts() {
    let mut flood = vec![frame(CONTINUATION, "").open_ended(); 5];
    flood[0].opcode = TEXT;
    let input = [frame(TEXT, [0xff]).bytes(), stream(&flood)].concat();
    is_closed_with(1007, &small(), &input);
}

#[test]
fn a_violation_behind_a_burst_is_reported_after_the_last_reply() {
    let begin = frame(TEXT, "").open_ended();
    let middle = frame(CONTINUATION, "").open_ended();
    let flood = stream([&begin, &middle, &middle, &middle, &middle]);
    let faults = [
        (1002, frame(3, "").bytes()),
        (1007, frame(TEXT, [0xff]).bytes()),
        (1009, binary(&[0; 101])),
        (1009, flood),
    ];
    for (code, fault) in faults {
        let mut client = Client::open(&small());
        let input = [text("x").repeat(200), fault, text("after")].concat();
        assert_eq!(client.send_once(input), Status::More);
        assert_eq!(
            client.send_once([]),
            Status::Over(CloseReason::Violation(code))
        );
        let frames = client.received();
        assert_eq!(frames.len(), 201);
        assert!(matches!(frames[200], Received::Close(received, _) if received == code));
    }
}

#[test]
fn a_ping_before_a_violation_is_still_answered() {
    let mut client = Client::open(&endpoint(Mirror));
    client.send([ping("1"), frame(3, "").bytes()].concat());
    let frames = client.received();
    assert_eq!(frames[0], Received::Pong(b"1".to_vec()));
    assert!(matches!(frames[1..], [Received::Close(1002, _)]));
}
