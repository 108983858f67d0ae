//! A bounded number of messages of one client is handled per call; then other clients come first.

use gearshift::protocol::{CloseReason, Status};
use gearshift::service::Mirror;

use crate::client::*;

/// Messages handled in one call.
const BURST: usize = 128;

fn numbered(numbers: std::ops::Range<usize>) -> Vec<u8> {
    numbers
        .flat_map(|number| text(&number.to_string()))
        .collect()
}

fn texts(numbers: std::ops::Range<usize>) -> Vec<Received> {
    numbers
        .map(|number| Received::Text(number.to_string()))
        .collect()
}

#[test]
fn the_rest_of_a_burst_is_handled_without_new_input() {
    let mut client = Client::open(&endpoint(Mirror));
    assert_eq!(client.send_once(numbered(0..300)), Status::More);
    assert_eq!(client.received(), texts(0..BURST));
    assert_eq!(client.send_once([]), Status::More);
    assert_eq!(client.received(), texts(BURST..2 * BURST));
    assert_eq!(client.send_once([]), Status::Open);
    assert_eq!(client.received(), texts(2 * BURST..300));
    assert_eq!(client.send_once([]), Status::Open);
    assert!(client.out.is_empty());
}

#[test]
fn input_that_arrives_during_a_burst_is_handled_after_it() {
    let protocol = endpoint(Mirror);
    let (first, second) = (numbered(0..300), numbered(300..600));
    // Cuts in the middle of a message, at its end, and in the middle of a header.
    for cut in [0, 1, 2, 5, 7, 100] {
        let mut client = Client::open(&protocol);
        let (now, later) = first.split_at(first.len() - cut);
        assert_eq!(client.send_once(now), Status::More);
        assert_eq!(client.send_once(later), Status::More);
        let (now, later) = second.split_at(second.len() - cut);
        assert_eq!(client.send_once(now), Status::More);
        client.send(later);
        assert_eq!(client.received(), texts(0..600), "{cut}");
        assert_eq!(client.status, Status::Open);
    }
}

#[test]
fn a_burst_may_end_in_the_middle_of_a_large_message() {
    let mut client = Client::open(&endpoint(Mirror));
    let large = frame(BINARY, vec![7; 100_000]).bytes();
    let (begin, end) = large.split_at(50_000);
    assert_eq!(
        client.send_once([&numbered(0..200), begin].concat()),
        Status::More
    );
    assert_eq!(client.send_once([]), Status::Open);
    assert_eq!(client.received(), texts(0..200));
    client.send([end, &numbered(0..1)].concat());
    assert_eq!(
        client.received(),
        [Received::Binary(vec![7; 100_000]), received("0")]
    );
}

#[test]
fn control_frames_count_and_a_ping_at_the_end_of_a_burst_is_answered() {
    let mut client = Client::open(&endpoint(Mirror));
    assert_eq!(client.send_once(ping("x").repeat(BURST)), Status::More);
    client.send([]);
    assert_eq!(
        client.received(),
        vec![Received::Pong(b"x".to_vec()); BURST]
    );
    assert_eq!(client.status, Status::Open);
}

#[test]
fn a_close_behind_a_burst_comes_after_the_last_reply() {
    let mut client = Client::open(&endpoint(Mirror));
    let input = [numbered(0..BURST), close(1000, "")].concat();
    assert_eq!(client.send_once(input), Status::More);
    assert_eq!(client.send_once([]), Status::Over(CloseReason::Finished));
    let frames = client.received();
    assert_eq!(frames[..BURST], texts(0..BURST));
    assert_eq!(frames[BURST..], [Received::Close(1000, String::new())]);
}

#[test]
fn a_turn_that_is_interrupted_ends_after_its_first_message() {
    let mut client = Client::open(&endpoint(Mirror));
    client.interrupt = true.into();
    assert_eq!(client.send_once(text("x").repeat(5)), Status::More);
    assert_eq!(client.received(), [received("x")]);
    client.interrupt = false.into();
    assert_eq!(client.send([]), Status::Open);
    assert_eq!(client.received(), vec![received("x"); 4]);
}
