//! Standard output: the lines that scripts rely on.

use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tungstenite::Message;

use crate::process::{LONG, Program, connect, under_every_model};

#[test]
fn each_endpoint_is_announced_in_order_while_the_server_runs() {
    let services = [
        "notify=0",
        "reply=127.0.0.1:0",
        "echo=localhost:0",
        "twin-echo=0,0",
        "tcp-echo=0",
        "http-hello=0",
    ];
    let mut server = Program::serve("event-loop", &services, &[]);
    // Two endpoints of one service.
    server.read_urls(1);
    let names: Vec<&str> = server.urls().iter().map(|(name, _)| &name[..]).collect();
    let announced = [
        "notify",
        "reply",
        "echo",
        "twin-echo",
        "twin-echo",
        "tcp-echo",
        "http-hello",
    ];
    assert_eq!(names, announced);
    for (name, url) in server.urls() {
        let (scheme, end) = match name.as_str() {
            "tcp-echo" => ("tcp://", ""),
            "http-hello" => ("http://", "/"),
            _ => ("ws://", "/"),
        };
        let address = url.strip_prefix(scheme).unwrap().strip_suffix(end).unwrap();
        assert!(!address.ends_with(":0"), "{url}");
        TcpStream::connect(address).unwrap();
    }
    server.signal(Signal::TERM);
    assert_eq!(server.out.next(), None, "and nothing else is printed");
}

#[test]
fn each_model_listens_on_the_port_it_announces() {
    under_every_model(|model| {
        let server = Program::serve(model, &["reply=0"], &[]);
        let mut client = connect(server.url("reply"));
        client.send(Message::text("anna")).unwrap();
        let reply = client.read().unwrap();
        assert_eq!(reply, Message::text("Server response: anna"));
    });
}

#[test]
fn the_first_client_gets_the_first_change() {
    under_every_model(|model| {
        // A client gets every change from its handshake on, however soon the change comes.
        let server = Program::serve(model, &["notify=0"], &["--interval", "1s"]);
        let mut client = connect(server.url("notify"));
        std::fs::write(server.path("watched_file.txt"), "at once").unwrap();
        let notice = client.read().unwrap();
        assert_eq!(notice, Message::text("File has been modified"));
    });
}

#[test]
fn a_closed_standard_output_does_not_end_the_server() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let (gone, output) = std::io::pipe().unwrap();
    drop(gone);
    let service = format!("reply={address}");
    let mut command = Program::command(&["serve", "--service", &service]);
    command.stdout(Stdio::from(output));
    let mut server = Program::spawn(command);
    // Without standard output it cannot announce that it is ready.
    let end = Instant::now() + LONG;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < end, "it does not listen");
        thread::sleep(Duration::from_millis(5));
    }
    let mut client = connect(&format!("ws://{address}"));
    client.send(Message::text("hello")).unwrap();
    let reply = client.read().unwrap();
    assert_eq!(reply, Message::text("Server response: olleh"));
    drop(client);
    server.signal(Signal::TERM);
    assert_eq!(server.exit(LONG), 0);
}

#[test]
fn a_listing_into_a_closed_pipe_is_not_an_error() {
    for args in [&["models"][..], &["completions", "zsh"], &["--help"]] {
        let (gone, output) = std::io::pipe().unwrap();
        drop(gone);
        let mut command = Program::command(args);
        command.stdout(Stdio::from(output));
        let outcome = Program::spawn(command).outcome();
        assert_eq!((outcome.code, outcome.log.as_str()), (0, ""), "{args:?}");
    }
}
