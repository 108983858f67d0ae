//! Notices: which clients get them, in which form, and how often they are encoded.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use gearshift::protocol::{CloseReason, Protocol, Status};
use gearshift::service::{Broadcast, Format, Hub, Message, Notice, Notify, Prepared};
use gearshift::watch::{Change, Kind};

use crate::client::*;

/// An endpoint of the notify service, and the notices of three changes.
fn notify(format: Format) -> (Protocol, Vec<Arc<Notice>>) {
    let hub = Arc::new(Hub::new());
    for (kind, size) in [
        (Kind::Created, Some(0)),
        (Kind::Modified, Some(12)),
        (Kind::Removed, None),
    ] {
        let mtime = size.map(|_| UNIX_EPOCH + Duration::from_millis(1_500));
        let change = Change {
            kind,
            path: "tree/a \"file\".txt".into(),
            mtime,
            size,
        };
        Notify::publish(&hub, &change);
    }
    let items = hub.since(0).unwrap();
    let notices = items.into_iter().map(|numbered| numbered.item).collect();
    (endpoint(Notify::new(hub, format)), notices)
}

fn ask_for(protocol: &Protocol, target: &str) -> Client {
    Client::silent(protocol).shake_hands(&Head::new().first(&format!("GET {target} HTTP/1.1")))
}

#[track_caller]
fn received_after(mut client: Client, notices: &[Arc<Notice>]) -> Vec<Received> {
    for notice in notices {
        client.deliver(notice);
    }
    client.received()
}

fn json() -> Vec<Received> {
    vec![
        received(r#"{"seq":1,"kind":"created","path":"tree/a \"file\".txt","mtime":1.5,"size":0}"#),
        received(
            r#"{"seq":2,"kind":"modified","path":"tree/a \"file\".txt","mtime":1.5,"size":12}"#,
        ),
        received(
            r#"{"seq":3,"kind":"removed","path":"tree/a \"file\".txt","mtime":null,"size":null}"#,
        ),
    ]
}

#[test]
fn a_text_subscriber_gets_one_line_when_a_file_appears_or_changes_and_none_when_it_is_removed() {
    let (protocol, notices) = notify(Format::Text);
    let line = received("File has been modified");
    assert_eq!(
        received_after(Client::open(&protocol), &notices),
        [line.clone(), line]
    );
}

#[test]
fn a_json_subscriber_gets_every_change_with_its_number_kind_path_mtime_and_size() {
    let (protocol, notices) = notify(Format::Json);
    assert_eq!(received_after(Client::open(&protocol), &notices), json());
}

#[test]
fn a_client_chooses_its_format_in_the_request() {
    let (protocol, notices) = notify(Format::Text);
    let asking = |target| received_after(ask_for(&protocol, target), &notices);
    assert_eq!(asking("/?format=json"), json());
    assert_eq!(asking("/any/path?x=1&format=json"), json());
    assert_eq!(asking("/?format=text").len(), 2);
    let (protocol, notices) = notify(Format::Json);
    assert_eq!(
        received_after(ask_for(&protocol, "/?format=text"), &notices).len(),
        2
    );
}

#[test]
fn an_unknown_format_gets_400_and_the_known_formats() {
    let (protocol, _) = notify(Format::Text);
    let mut client = Client::silent(&protocol);
    let head = Head::new().first("GET /?format=xml HTTP/1.1");
    assert_eq!(
        client.send(head.bytes()),
        Status::Over(CloseReason::HandshakeRejected(400))
    );
    let response = read_response(&client.out);
    assert_eq!(response.status, 400);
    assert!(response.body.contains("text or json"), "{}", response.body);
}

#[test]
fn no_notice_is_sent_before_the_handshake_or_after_the_end() {
    let (protocol, notices) = notify(Format::Json);
    let mut client = Client::silent(&protocol);
    let head = Head::new().bytes();
    client.send(&head[..40]);
    assert!(!client.conversation.is_open());
    client.deliver(&notices[0]);
    assert!(client.out.is_empty());
    client.send(&head[40..]);
    assert_eq!(client.out, ACCEPTED.as_bytes(), "nor is it sent later");

    client.send(close(1000, ""));
    client.take();
    assert!(!client.conversation.is_open());
    client.deliver(&notices[0]);
    assert!(client.out.is_empty());
}

#[test]
fn a_notice_may_come_while_a_message_is_half_received() {
    let (protocol, notices) = notify(Format::Text);
    let mut client = Client::open(&protocol);
    client.send(frame(TEXT, "half").open_ended().bytes());
    client.deliver(&notices[0]);
    client.send([frame(CONTINUATION, "").bytes(), ping("")].concat());
    let line = received("File has been modified");
    assert_eq!(client.received(), [line, Received::Pong(Vec::new())]);
}

#[test]
fn a_notice_is_encoded_once_for_all_clients() {
    let (protocol, notices) = notify(Format::Text);
    let mut first = Client::open(&protocol);
    first.deliver(&notices[0]);
    let prepared = notices[0].form(0).unwrap();
    let bytes = prepared.bytes(|_| panic!("it was encoded for the first client"));
    assert_eq!(first.out, bytes);
    let mut second = Client::open(&protocol);
    second.deliver(&notices[0]);
    assert_eq!(second.out, first.out);
}

#[test]
fn a_notice_may_be_binary_and_of_any_length() {
    let protocol = endpoint(Broadcast::new());
    for length in [0, 125, 126, 65_536] {
        let notice = Notice {
            from: None,
            forms: vec![Some(Prepared::new(Message::Binary(vec![7; length])))],
        };
        let mut client = Client::open(&protocol);
        client.deliver(&notice);
        assert!(client.received() == [Received::Binary(vec![7; length])]);
    }
}

#[test]
fn all_clients_but_the_publisher_get_its_message_unchanged() {
    let room = endpoint(Broadcast::new());
    let mut clients: Vec<Client> = (1..4)
        .map(|id| Client::numbered(id, &room).shake_hands(&Head::new()))
        .collect();
    clients[1].send(text("pub añb😀"));
    clients[1].send(binary(b"pub \xff"));
    assert!(clients[1].out.is_empty());
    for numbered in room.hub().unwrap().since(0).unwrap() {
        for client in &mut clients {
            client.deliver(&numbered.item);
        }
    }
    let both = [
        received("pub añb😀"),
        Received::Binary(b"pub \xff".to_vec()),
    ];
    assert_eq!(clients[0].received(), both);
    assert_eq!(clients[1].received(), []);
    assert_eq!(clients[2].received(), both);
}
