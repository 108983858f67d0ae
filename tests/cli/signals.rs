//! Ending: a signal asks for an orderly end, a second one does not ask.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::process::{Program, connect, under_every_model};

/// An orderly end, with clients that answer.
const SOON: Duration = Duration::from_secs(2);

#[track_caller]
fn is_told_to_go(client: &mut WebSocket<TcpStream>) {
    let Message::Close(Some(frame)) = client.read().unwrap() else {
        panic!("something else came first");
    };
    assert_eq!(frame.code, CloseCode::Away);
    let end = client.read();
    assert!(matches!(end, Err(Error::ConnectionClosed)), "{end:?}");
}

fn ends_in_good_order_by(signal: Signal) {
    under_every_model(|model| {
        let mut server = Program::serve(model, &["notify=0", "reply=0"], &[]);
        let mut listener = connect(server.url("notify"));
        let mut talker = connect(server.url("reply"));
        talker.send(Message::text("hello")).unwrap();
        assert!(talker.read().unwrap().is_text());
        let start = Instant::now();
        server.signal(signal);
        is_told_to_go(&mut listener);
        is_told_to_go(&mut talker);
        assert_eq!(server.exit(SOON.saturating_sub(start.elapsed())), 0);
        assert!(server.log.all().contains("clients to close: 2"));
    });
}

#[test]
fn sigterm_closes_every_client_with_1001_and_exits_with_0() {
    ends_in_good_order_by(Signal::TERM);
}

#[test]
fn ctrl_c_closes_every_client_with_1001_and_exits_with_0() {
    ends_in_good_order_by(Signal::INT);
}

#[test]
fn a_terminal_that_goes_away_is_an_orderly_end() {
    let mut server = Program::serve("event-loop", &["reply=0"], &[]);
    let mut client = connect(server.url("reply"));
    server.signal(Signal::HUP);
    is_told_to_go(&mut client);
    assert_eq!(server.exit(SOON), 0);
}

#[test]
fn a_server_without_clients_ends_at_once() {
    under_every_model(|model| {
        let mut server = Program::serve(model, &["notify=0", "reply=0"], &["--drain", "30s"]);
        server.log.until("serving under");
        server.signal(Signal::TERM);
        assert_eq!(server.exit(SOON), 0);
    });
}

#[test]
fn a_client_that_does_not_say_goodbye_is_not_waited_for_longer_than_told() {
    let mut server = Program::serve("event-loop", &["reply=0"], &["--drain", "300ms"]);
    let _silent = connect(server.url("reply"));
    let start = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.exit(SOON), 0);
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(server.log.all().contains("1 of 1 clients did not respond"));
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_anybody() {
    under_every_model(|model| {
        let mut server = Program::serve(model, &["reply=0"], &["--drain", "30s"]);
        let _silent = connect(server.url("reply"));
        server.signal(Signal::INT);
        server.log.until("Shutting down... clients to close: 1");
        server.signal(Signal::INT);
        assert_eq!(server.exit(Duration::from_secs(1)), 130);
    });
}

#[test]
fn nobody_is_let_in_after_the_signal() {
    under_every_model(|model| {
        let mut server = Program::serve(model, &["reply=0"], &["--drain", "30s"]);
        let _silent = connect(server.url("reply"));
        server.signal(Signal::TERM);
        server.log.until("Shutting down...");
        let url = server.url("reply").to_owned();
        let outcome = crate::process::run(&["client", "--connect-timeout", "300ms", &url]);
        assert_eq!(outcome.code, 1, "{}", outcome.log);
    });
}
