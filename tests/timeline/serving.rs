//! `serve --trace`: the program while it serves, under every model.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use tungstenite::Message;

use crate::process::{LONG, Program, connect, run, under_every_model};
use crate::rules::{File, Lane, check};

const SERVICES: [&str; 2] = ["notify=0", "reply=0"];

/// Serves three clients one after the other until they close, and one that gets a notice and is still
/// connected when the server stops.
fn record(model: &str, more: &[&str]) -> File {
    let more = [&["--trace", "run.json", "--interval", "20ms"], more].concat();
    let mut server = Program::serve(model, &SERVICES, &more);
    let mut subscriber = connect(server.url("notify"));
    fs::write(server.path("watched_file.txt"), "new").unwrap();
    let notice = subscriber.read().unwrap();
    assert_eq!(notice, Message::text("File has been modified"));
    for _ in 0..3 {
        let mut client = connect(server.url("reply"));
        client.send(Message::text("anna")).unwrap();
        let reply = client.read().unwrap();
        assert_eq!(reply, Message::text("Server response: anna"));
        client.close(None).unwrap();
        while client.read().is_ok() {}
    }
    server.signal(Signal::TERM);
    while subscriber.read().is_ok() {}
    assert_eq!(server.exit(LONG), 0);
    let line = server.log.until("marks in");
    for part in ["run.json", "gearshift timeline run.json", "ui.perfetto.dev"] {
        assert!(line.contains(part), "no {part} in {line}");
    }
    check(&fs::read_to_string(server.path("run.json")).unwrap())
}

#[test]
fn every_model_records_one_schema_whose_states_add_up() {
    under_every_model(|model| {
        let file = record(model, &[]);
        assert_eq!(file.other["model"], model);
        assert_eq!(file.other["clock"], "real");
        assert_eq!(file.other["dropped"], 0);
        let command = file.other["command"].as_str().unwrap();
        assert!(command.starts_with("gearshift serve --model"), "{command}");
        // `check` has asserted that the states of each lane are contiguous.
        let main = file.lane("main");
        let all = main.time_in("");
        assert!(all.abs_diff(file.wall()) <= file.wall() / 100, "{all}");
        let watcher = file.lane("watcher");
        assert!(watcher.time_in("waiting: the next scan") > 0);
    });
}

/// The number of the lane with this name.
#[track_caller]
fn number(file: &File, name: &str) -> u64 {
    let mut lanes = file.lanes.iter();
    *lanes.find(|(_, lane)| lane.name == name).unwrap().0
}

#[track_caller]
fn arrow(file: &File, kind: &str, from: &str, to: &str) {
    let wanted = (kind.to_owned(), number(file, from), number(file, to));
    assert!(file.arrows.contains(&wanted), "no {wanted:?}: {file:#?}");
}

#[test]
fn threads_show_what_each_client_s_thread_waits_for() {
    let file = record("threads", &[]);
    let client = file.lane("client 1");
    assert!(client.time_in("waiting: a notice") > 0, "{client:?}");
    assert!(file.lane("client 2").time_in("waiting: read") > 0);
    assert!(file.lane("accept reply").time_in("waiting: accept") > 0);
    assert!(file.lane("main").time_in("waiting: its threads") > 0);
    arrow(&file, "wake", "watcher", "client 1");
    arrow(&file, "wake", "accept reply", "client 2");
    let parent = number(&file, "accept reply");
    assert_eq!(file.lane("client 2").parent, Some(parent));
}

#[test]
fn a_pool_shows_which_worker_has_which_client() {
    let file = record("pool", &["--threads", "2"]);
    let workers = ["worker 1", "worker 2"].map(|name| file.lane(name));
    assert!(workers.iter().all(|worker| worker.kind == "worker"));
    // One of them may find the first client in the queue already, and never wait.
    let waits = |worker: &Lane| worker.time_in("waiting: a client") > 0;
    assert!(workers.into_iter().any(waits), "{workers:?}");
    let notes: Vec<&String> = workers.iter().flat_map(|worker| &worker.notes).collect();
    for note in [
        "serves client 1 of notify",
        "serves client 4 of reply",
        "client 4 of reply has disconnected",
        "hands client 1 of notify over",
    ] {
        assert!(notes.iter().any(|it| *it == note), "{note}: {notes:?}");
    }
    // A worker that stops puts its client back, and the other may take it for a moment.
    let acceptors = ["accept notify", "accept reply"].map(|name| number(&file, name));
    let handed = file
        .arrows
        .iter()
        .filter(|(kind, from, _)| kind == "hand over" && acceptors.contains(from));
    assert_eq!(handed.count(), 4, "{:?}", file.arrows);
}

#[test]
fn a_sequential_server_shows_which_client_it_serves() {
    let file = record("sequential", &[]);
    let thread = file.lane("serve notify");
    assert!(
        thread
            .notes
            .contains(&"serves client 1 of notify".to_owned())
    );
    assert!(thread.time_in("waiting: a notice") > 0, "{thread:?}");
    arrow(&file, "wake", "watcher", "serve notify");
}

#[test]
fn a_client_that_does_not_read_is_shown_to_block_the_thread_that_writes() {
    let more = ["--trace", "run.json", "--max-unsent", "64MiB"];
    let mut server = Program::serve("threads", &["mirror=0"], &more);
    let client = connect(server.url("mirror"));
    // More than the socket buffers of both sides hold, and the replies are not read. When the server stops
    // reading, the write times out.
    let stream = client.get_ref().try_clone().unwrap();
    stream
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut client = client;
    for _ in 0..64 {
        if client.send(Message::binary(vec![0; 512 << 10])).is_err() {
            break;
        }
    }
    server.signal(Signal::TERM);
    assert_eq!(server.exit(LONG), 0);
    let file = check(&fs::read_to_string(server.path("run.json")).unwrap());
    assert!(file.lane("client 1").time_in("blocked on write") > 100_000_000);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_before_any_client_is_served() {
    let place = Path::new("no such directory/run.json");
    let outcome = run(&["serve", "-s", "echo=0", "--trace", place.to_str().unwrap()]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    assert_eq!(outcome.log.lines().count(), 1, "{}", outcome.log);
    assert!(
        outcome
            .log
            .starts_with("gearshift: cannot write no such directory/run.json"),
        "{}",
        outcome.log
    );
}
