//! Stopping: a signal stops the server cleanly, a second one at once.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use crate::process::{Program, connect, under_every_model};

/// Far more than stopping takes when all clients close.
const SOON: Duration = Duration::from_secs(2);

#[track_caller]
fn is_closed_with_1001(client: &mut WebSocket<TcpStream>) {
    let Message::Close(Some(frame)) = client.read().unwrap() else {
        panic!("the first message is not a close frame");
    };
    assert_eq!(frame.code, CloseCode::Away);
    let end = client.read();
    assert!(matches!(end, Err(Error::ConnectionClosed)), "{end:?}");
}

fn ends_in_good_order_by(signal: Signal) {
    under_every_model(|model| {
        let mut server = Program::serve(model, &["notify=0", "reply=0"], &[]);
        let mut subscriber = connect(server.url("notify"));
        let mut client = connect(server.url("reply"));
        client.send(Message::text("hello")).unwrap();
        assert!(client.read().unwrap().is_text());
        let start = Instant::now();
        server.signal(signal);
        is_closed_with_1001(&mut subscriber);
        is_closed_with_1001(&mut client);
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
fn a_closed_terminal_ends_the_server_in_good_order() {
    let mut server = Program::serve("event-loop", &["reply=0"], &[]);
    let mut client = connect(server.url("reply"));
    server.signal(Signal::HUP);
    is_closed_with_1001(&mut client);
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
fn a_client_that_does_not_close_is_not_waited_for_beyond_drain() {
    let mut server = Program::serve("event-loop", &["reply=0"], &["--drain", "300ms"]);
    let _silent = connect(server.url("reply"));
    let start = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(server.exit(SOON), 0);
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(
        server
            .log
            .all()
            .contains("1 of 1 clients were still connected")
    );
}

#[test]
fn a_second_ctrl_c_exits_at_once() {
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
fn no_client_is_accepted_after_the_signal() {
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
