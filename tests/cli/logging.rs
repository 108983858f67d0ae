//! How much is logged on standard error: `-q`, `-v`, `RUST_LOG`.

use rustix::process::Signal;

use crate::process::{LONG, Program, connect};

/// The log of a server with one client, from start to end.
fn log_of(flags: &[&str], variable: Option<&str>) -> String {
    let args = [&["serve", "--service", "reply=0"], flags].concat();
    let mut command = Program::command(&args);
    command.envs(variable.map(|value| ("RUST_LOG", value)));
    let mut server = Program::spawn(command);
    server.read_urls(1);
    let mut client = connect(server.url("reply"));
    client.close(None).unwrap();
    while client.read().is_ok() {}
    server.signal(Signal::TERM);
    assert_eq!(server.exit(LONG), 0);
    server.log.all()
}

/// The levels of the lines.
fn levels(log: &str) -> Vec<&str> {
    let all = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
    let is_logged = |level: &&str| log.contains(&format!("Z {level:<5}]"));
    all.into_iter().filter(is_logged).collect()
}

#[test]
fn the_log_has_events_of_the_server_and_not_of_clients() {
    let log = log_of(&[], None);
    assert_eq!(levels(&log), ["INFO"], "{log}");
    assert!(log.contains("serving under event-loop"), "{log}");
    for line in ["Shutting down...", "Shutdown complete", "Server stopped"] {
        assert!(log.contains(line), "{log}");
    }
}

#[test]
fn quiet_logs_nothing_unless_there_is_an_error() {
    assert_eq!(log_of(&["-q"], None), "");
    assert_eq!(log_of(&["--quiet"], None), "");
}

#[test]
fn quiet_still_reports_why_the_program_fails() {
    let outcome = crate::process::run(&["-q", "serve", "--service", "echo=192.0.2.1:0"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.log.starts_with("gearshift: "), "{}", outcome.log);
}

#[test]
fn verbose_logs_connects_and_disconnects() {
    let log = log_of(&["-v"], None);
    assert_eq!(levels(&log), ["INFO", "DEBUG"], "{log}");
    assert!(log.contains("connection from 127.0.0.1:"), "{log}");
}

#[test]
fn twice_verbose_logs_everything() {
    let log = log_of(&["-vv"], None);
    assert!(levels(&log).starts_with(&["INFO", "DEBUG"]), "{log}");
    assert!(log.lines().count() > log_of(&["-v"], None).lines().count());
}

#[test]
fn the_variable_overrides_the_flags() {
    assert_eq!(log_of(&[], Some("error")), "");
    assert_eq!(log_of(&["-v"], Some("off")), "");
    let log = log_of(&["-q"], Some("gearshift=debug"));
    assert_eq!(levels(&log), ["INFO", "DEBUG"], "{log}");
}

#[test]
fn a_closed_log_does_not_end_the_server() {
    let (gone, log) = std::io::pipe().unwrap();
    drop(gone);
    let mut command = Program::command(&["serve", "--service", "reply=0", "-vv"]);
    command.stderr(log);
    let mut server = Program::spawn(command);
    server.read_urls(1);
    for _ in 0..3 {
        let mut client = connect(server.url("reply"));
        client.send("hello".into()).unwrap();
        assert!(client.read().unwrap().is_text());
    }
    server.signal(Signal::TERM);
    assert_eq!(server.exit(LONG), 0);
}

#[test]
fn a_log_that_is_not_read_stops_neither_the_service_nor_its_end() {
    let args = ["-v", "serve", "--service", "reply=0"];
    let mut command = Program::command(&args);
    let (unread, stderr) = std::io::pipe().unwrap();
    command.stderr(stderr);
    let mut server = Program::spawn(command);
    server.read_urls(1);
    // Two lines each: much more than a pipe holds.
    let address = server.url("reply").replace("ws://", "");
    let address = address.trim_end_matches('/');
    for _ in 0..2_000 {
        drop(std::net::TcpStream::connect(address).unwrap());
    }
    let mut client = connect(server.url("reply"));
    client.send("hello".into()).unwrap();
    assert!(client.read().unwrap().is_text());
    server.signal(Signal::TERM);
    assert_eq!(server.exit(LONG), 0);
    drop(unread);
}
