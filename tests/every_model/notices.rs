//! Notices reach every subscriber, once and in order.

use crate::support::{Client, TestServer, wait_until};
use gearshift::models::ModelKind;
use std::fs;
use tungstenite::Message;

every_model! {
    every_subscriber_receives_every_notice_in_order,
    more_notices_than_a_channel_holds_all_arrive,
    a_change_of_the_watched_file_is_sent,
    each_client_receives_the_format_it_asked_for,
    a_published_message_goes_to_all_others,
    a_ping_of_a_subscriber_is_answered,
}

/// One client for the model that serves one at a time, three for the others.
fn audience(model: ModelKind) -> usize {
    if model == ModelKind::Sequential { 1 } else { 3 }
}

fn every_subscriber_receives_every_notice_in_order(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut clients: Vec<Client> = (0..audience(model))
        .map(|_| server.connect("push"))
        .collect();
    for number in 0..10 {
        server.publish(&format!("notice {number}"));
    }
    for client in &mut clients {
        for number in 0..10 {
            assert_eq!(client.receive(), format!("notice {number}"));
        }
    }
}

fn more_notices_than_a_channel_holds_all_arrive(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("push");
    for number in 0..1_000 {
        server.publish(&number.to_string());
    }
    for number in 0..1_000 {
        assert_eq!(client.receive(), number.to_string());
    }
}

fn watching(model: ModelKind) -> (tempfile::TempDir, std::path::PathBuf, TestServer) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("watched.txt");
    let path = file.to_str().unwrap().to_owned();
    let arguments = [
        "--service",
        "notify=0",
        "--interval",
        "10ms",
        "--watch",
        &path,
    ];
    let server = TestServer::start(model, &arguments);
    (dir, file, server)
}

fn a_change_of_the_watched_file_is_sent(model: ModelKind) {
    let (_dir, file, server) = watching(model);
    let mut client = server.connect("notify");
    fs::write(&file, "1").unwrap();
    assert_eq!(client.receive(), "File has been modified");
    fs::write(&file, "22").unwrap();
    assert_eq!(client.receive(), "File has been modified");
}

fn each_client_receives_the_format_it_asked_for(model: ModelKind) {
    let (_dir, file, server) = watching(model);
    let mut client = Client::connect(&format!("{}?format=json", server.url("notify")));
    // Renamed into place, so that the watcher cannot see the file before its content.
    let complete = file.with_extension("new");
    fs::write(&complete, "1").unwrap();
    fs::rename(&complete, &file).unwrap();
    let created = client.receive();
    assert!(
        created.starts_with(r#"{"seq":1,"kind":"created","path":""#),
        "{created}"
    );
    assert!(created.ends_with(r#","size":1}"#), "{created}");
    fs::remove_file(&file).unwrap();
    let removed = client.receive();
    assert!(
        removed.starts_with(r#"{"seq":2,"kind":"removed","path":""#),
        "{removed}"
    );
    assert!(
        removed.ends_with(r#","mtime":null,"size":null}"#),
        "{removed}"
    );
}

fn a_published_message_goes_to_all_others(model: ModelKind) {
    if model == ModelKind::Sequential {
        return; // it serves one client at a time
    }
    let server = TestServer::start(model, &["--service", "broadcast=0"]);
    let mut clients: Vec<Client> = (0..3).map(|_| server.connect("broadcast")).collect();
    for round in 0..5 {
        let text = format!("pub round {round}");
        clients[round % 3].send("nothing to publish");
        clients[round % 3].send(&text);
        for (number, client) in clients.iter_mut().enumerate() {
            if number != round % 3 {
                assert_eq!(client.receive(), text);
            }
        }
    }
}

fn a_ping_of_a_subscriber_is_answered(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("push");
    client
        .0
        .send(Message::Ping(b"there?".to_vec().into()))
        .unwrap();
    assert_eq!(
        client.0.read().unwrap(),
        Message::Pong(b"there?".to_vec().into())
    );
    wait_until("one connection", || server.handle.open_connections() == 1);
}
