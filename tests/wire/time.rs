//! Deadlines, with a clock that the test moves.

use gearshift::protocol::{CloseReason, Limits, Status};
use gearshift::service::{Mirror, Periodic};

use crate::client::*;

const TIMED_OUT: Status = Status::Over(CloseReason::TimedOut);

#[test]
fn a_silent_client_is_pinged_at_half_the_idle_limit_and_closed_at_the_limit() {
    let mut client = Client::open(&endpoint(Mirror));
    assert_eq!(client.time_left(), Some(30 * SECOND));
    assert_eq!(client.wait(29 * SECOND).expire(), Status::Open);
    assert!(client.out.is_empty());

    assert_eq!(client.wait(SECOND).expire(), Status::Open);
    assert_eq!(client.received(), [Received::Ping]);
    assert_eq!(client.time_left(), Some(30 * SECOND));

    assert_eq!(client.wait(29 * SECOND).expire(), Status::Open);
    assert!(client.out.is_empty(), "one ping is enough");

    assert_eq!(client.wait(SECOND).expire(), TIMED_OUT);
    assert_eq!(client.close_code(), 1008);
    assert_eq!(client.time_left(), None);
}

#[test]
fn the_idle_limit_counts_from_the_handshake_and_not_from_accepting() {
    let mut client = Client::silent(&endpoint(Mirror));
    client.wait(4 * SECOND);
    let client = client.shake_hands(&Head::new());
    assert_eq!(client.time_left(), Some(30 * SECOND));
}

#[test]
fn any_byte_restarts_the_idle_limit() {
    let pong = frame(PONG, "").bytes();
    let (begin, end) = pong.split_at(1);
    let mut client = Client::open(&endpoint(Mirror));
    for _ in 0..3 {
        client.wait(30 * SECOND).expire();
        assert_eq!(client.received(), [Received::Ping]);
        client.wait(29 * SECOND).send(begin);
        client.wait(SECOND).send(end);
        assert_eq!(client.expire(), Status::Open);
        assert_eq!(client.time_left(), Some(30 * SECOND));
    }
    assert!(client.out.is_empty());
}

#[test]
fn handling_a_backlog_does_not_restart_the_idle_limit() {
    let mut client = Client::open(&endpoint(Mirror));
    client.wait(20 * SECOND).send([]);
    assert_eq!(client.time_left(), Some(10 * SECOND));
}

#[test]
fn taking_output_restarts_the_idle_limit() {
    let mut client = Client::open(&endpoint(Mirror));
    client.wait(30 * SECOND).expire();
    client.wait(29 * SECOND);
    client.conversation.restart_timeouts(client.now);
    assert_eq!(client.time_left(), Some(30 * SECOND));
    assert_eq!(client.wait(29 * SECOND).expire(), Status::Open);
}

#[test]
fn an_odd_idle_limit_ends_like_any_other() {
    let limits = Limits {
        idle_timeout: SECOND / 1_000_000_000 * 7,
        ..Limits::default()
    };
    let mut client = Client::open(&limited(Mirror, limits));
    for status in [Status::Open, TIMED_OUT] {
        client.now = client.conversation.deadline().unwrap();
        assert_eq!(client.expire(), status);
    }
    assert_eq!(client.received().len(), 2);
}

#[test]
fn a_message_has_one_deadline_from_its_first_byte_which_nothing_extends() {
    let mut client = Client::open(&endpoint(Mirror));
    client.wait(7 * SECOND).send(&text("x")[..1]);
    let deadline = client.now + 30 * SECOND;
    assert_eq!(client.conversation.deadline(), Some(deadline));
    client.wait(5 * SECOND).send(&text("x")[1..]);
    assert_eq!(
        client.time_left(),
        Some(30 * SECOND),
        "the message was whole"
    );
    client.take();

    client.send(frame(TEXT, "x").open_ended().bytes());
    let deadline = client.now + 30 * SECOND;
    for _ in 0..29 {
        client.wait(SECOND).send(ping(""));
        client.send(frame(CONTINUATION, "x").open_ended().bytes());
        assert_eq!(client.conversation.deadline(), Some(deadline));
        assert_eq!(client.expire(), Status::Open);
    }
    client.take();
    assert_eq!(client.wait(SECOND).expire(), TIMED_OUT);
    assert_eq!(client.close_code(), 1008);
}

#[test]
fn a_slow_header_has_the_deadline_of_a_message() {
    let mut client = Client::open(&endpoint(Mirror));
    let message = binary(&[0; 100_000]);
    for byte in &message[..30] {
        client.send([*byte]);
        assert_eq!(client.expire(), Status::Open);
        client.wait(SECOND);
    }
    assert_eq!(client.expire(), TIMED_OUT);
    assert_eq!(client.close_code(), 1008);
}

#[test]
fn whole_messages_never_reach_the_deadline_of_a_message() {
    let mut client = Client::open(&endpoint(Mirror));
    let message = text("x");
    let (begin, end) = message.split_at(4);
    // Each input ends one message and begins the next, so there is always an incomplete message.
    client.send(begin);
    for _ in 0..10 {
        client.wait(20 * SECOND);
        assert_eq!(client.expire(), Status::Open);
        client.send([end, begin].concat());
        assert_eq!(client.received(), [received("x")]);
    }
}

#[test]
fn a_message_that_begins_behind_a_ping_has_its_own_deadline() {
    let mut client = Client::open(&endpoint(Mirror));
    let (ping, message) = (ping("x"), text("x"));
    client.send(&ping[..1]);
    client.wait(20 * SECOND);
    client.send([&ping[1..], &message[..1]].concat());
    assert_eq!(
        client.conversation.deadline(),
        Some(client.now + 30 * SECOND)
    );
    client.wait(20 * SECOND);
    assert_eq!(client.expire(), Status::Open);
    client.send(&message[1..]);
    assert_eq!(
        client.received(),
        [Received::Pong(b"x".to_vec()), received("x")]
    );
}

#[test]
fn messages_that_wait_for_their_turn_have_no_deadline() {
    let mut client = Client::open(&endpoint(Mirror));
    assert_eq!(client.send_once(text("x").repeat(200)), Status::More);
    client.wait(40 * SECOND);
    client.conversation.restart_timeouts(client.now);
    assert_eq!(client.expire(), Status::Open);
    assert_eq!(client.send([]), Status::Open);
    assert_eq!(client.received(), vec![received("x"); 200]);
}

#[test]
fn periodic_sends_its_message_every_five_seconds_from_the_handshake_on() {
    let mut client = Client::silent(&endpoint(Periodic));
    client.wait(3 * SECOND);
    let mut client = client.shake_hands(&Head::new());
    for _ in 0..3 {
        assert_eq!(client.time_left(), Some(5 * SECOND));
        client.wait(4 * SECOND).expire();
        assert!(client.out.is_empty());
        client.wait(SECOND).expire();
        assert_eq!(
            client.received(),
            [received("Server message every 5 seconds")]
        );
    }
}

#[test]
fn the_deadline_is_the_earliest_of_all() {
    let limits = Limits {
        idle_timeout: 8 * SECOND,
        message_timeout: 3 * SECOND,
        ..Limits::default()
    };
    let mut client = Client::open(&limited(Periodic, limits));
    assert_eq!(client.time_left(), Some(4 * SECOND), "the ping");
    client.wait(4 * SECOND).expire();
    assert_eq!(client.received(), [Received::Ping]);
    assert_eq!(client.time_left(), Some(SECOND), "the periodic line");
    client.wait(SECOND).expire();
    assert_eq!(
        client.received(),
        [received("Server message every 5 seconds")]
    );
    assert_eq!(client.time_left(), Some(3 * SECOND), "the end of time_left");
    client.send(&text("x")[..1]);
    assert_eq!(client.time_left(), Some(3 * SECOND), "the message");
    client.wait(3 * SECOND);
    assert_eq!(client.expire(), TIMED_OUT);
}

#[test]
fn expire_does_nothing_before_the_deadline() {
    let mut client = Client::open(&endpoint(Periodic));
    for _ in 0..3 {
        assert_eq!(client.expire(), Status::Open);
    }
    assert!(client.out.is_empty());
}
