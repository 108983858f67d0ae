//! `gearshift client` against `gearshift serve`, as two processes.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;

use crate::process::{LONG, Program, run_with, under_every_model};

#[test]
fn a_line_gets_a_reply_under_every_model() {
    under_every_model(|model| {
        let server = Program::serve(model, &["reply=0"], &[]);
        let outcome = run_with(&["client", server.url("reply")], "hello\n");
        assert_eq!(outcome.out, "Server response: olleh\n");
        assert_eq!((outcome.code, outcome.log.as_str()), (0, ""));
    });
}

#[test]
fn many_lines_get_replies_in_order_under_every_model() {
    let lines: String = (0..2_000).map(|n| format!("{n}\n")).collect();
    let replies: String = lines.lines().map(|n| format!("Echo: {n}\n")).collect();
    under_every_model(|model| {
        let server = Program::serve(model, &["echo=0"], &[]);
        let outcome = run_with(&["client", server.url("echo")], &lines);
        assert!(outcome.out == replies, "not as sent, or not all");
        assert_eq!(outcome.code, 0);
    });
}

#[test]
fn a_listener_gets_changes_until_the_server_stops_and_exits_with_0() {
    under_every_model(|model| {
        let server = Program::serve(model, &["notify=0"], &["--interval", "20ms"]);
        let mut listener = Program::start(&["client", "--no-close", server.url("notify")]);
        let watched = server.path("watched_file.txt");
        // The client prints nothing when it is connected, so change the file until it gets a notice.
        let mut text = String::new();
        while !listener.out.has_more(Duration::from_millis(100)) {
            text.push('x');
            std::fs::write(&watched, &text).unwrap();
            assert!(text.len() < 200, "no notice comes");
        }
        server.signal(Signal::TERM);
        assert_eq!(listener.exit(LONG), 0);
        for line in listener.out.all().lines() {
            assert_eq!(line, "File has been modified");
        }
    });
}

#[test]
fn count_ends_the_client_while_its_input_stays_open() {
    let server = Program::serve("event-loop", &["echo=0"], &[]);
    let mut command = Program::command(&["client", "--count", "2", server.url("echo")]);
    command.stdin(Stdio::piped());
    let mut client = Program::spawn(command);
    let mut input = client.input();
    std::io::Write::write_all(&mut input, b"a\nb\nc\n").unwrap();
    assert_eq!(client.exit(LONG), 0);
    assert_eq!(client.out.all(), "Echo: a\nEcho: b\n");
    drop(input);
}
