//! The server ends a conversation, or the client disconnects without a close frame.

use gearshift::protocol::{CloseReason, Status};
use gearshift::service::Mirror;

use crate::client::*;

const ENDINGS: [(CloseReason, u16); 5] = [
    (CloseReason::GoingAway, 1001),
    (CloseReason::ServerFull, 1013),
    (CloseReason::Panicked, 1011),
    (CloseReason::TooSlow, 1008),
    (CloseReason::TooQuiet, 1008),
];

#[test]
fn an_open_conversation_ends_with_a_close_code_for_the_reason() {
    for (why, code) in ENDINGS {
        let mut client = Client::open(&endpoint(Mirror));
        client.close(why);
        assert_eq!(client.close_code(), code, "{why}");
        assert_eq!(client.time_left(), None);
    }
}

#[test]
fn our_close_frame_gives_the_reason_in_words() {
    let mut client = Client::open(&endpoint(Mirror));
    client.close(CloseReason::GoingAway);
    let words = "server is going away".to_owned();
    assert_eq!(client.received(), [Received::Close(1001, words)]);

    let mut client = Client::open(&endpoint(Mirror));
    client.send(frame(TEXT, [0xff]).bytes());
    let words = "text is not UTF-8".to_owned();
    assert_eq!(client.received(), [Received::Close(1007, words)]);
}

#[test]
fn a_client_in_its_handshake_gets_503() {
    for (why, _) in ENDINGS {
        let mut client = Client::silent(&endpoint(Mirror));
        client.send("GET / HT");
        client.close(why);
        let response = read_response(&client.out);
        assert_eq!(response.status, 503);
        assert!(response.head.contains("\r\nRetry-After: 1\r\n"));
        assert_eq!(client.time_left(), None);
    }
}

#[test]
fn a_half_received_message_does_not_delay_closing() {
    let mut client = Client::open(&endpoint(Mirror));
    client.send(&text("half")[..3]);
    client.close(CloseReason::GoingAway);
    assert_eq!(client.close_code(), 1001);
}

#[test]
fn a_second_close_sends_nothing() {
    let mut client = Client::open(&endpoint(Mirror));
    client.close(CloseReason::GoingAway);
    client.take();
    client.close(CloseReason::ServerFull);
    assert!(matches!(client.send(text("x")), Status::Over(_)));
    client.wait(1000 * SECOND).expire();
    assert!(client.out.is_empty());
}

#[test]
fn a_client_that_ends_without_a_close_frame_has_disconnected() {
    let half = Head::new().bytes()[..20].to_vec();
    for input in [Vec::new(), half] {
        let mut client = Client::silent(&endpoint(Mirror));
        client.send(input);
        assert_eq!(
            client.conversation.end_of_input(),
            CloseReason::Disconnected
        );
    }
    let mut client = Client::open(&endpoint(Mirror));
    client.send(text("x"));
    assert_eq!(
        client.conversation.end_of_input(),
        CloseReason::Disconnected
    );
    assert_eq!(client.received(), [received("x")]);
    assert_eq!(client.time_left(), None);
    client.close(CloseReason::GoingAway);
    assert!(client.out.is_empty());
}
