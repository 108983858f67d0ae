//! Connecting: addresses, the handshake, and refusals.

use crate::support::*;
use gearshift::client::Options;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;

#[test]
fn path_query_host_and_origin_reach_the_server() {
    let (address, server) = serve_raw(|socket| {
        let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
        let mut head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        head.retain(|line| {
            ["GET ", "Host:", "Origin:"]
                .iter()
                .any(|name| line.starts_with(name))
        });
        head
    });
    let port = address.port();
    let options = Options {
        origin: Some("http://example.org".into()),
        ..Options::new(format!("WS://localhost:{port}?format=json"))
    };
    let (result, _) = run(options, "");
    assert_eq!(
        server.result(),
        [
            "GET /?format=json HTTP/1.1",
            &format!("Host: localhost:{port}"),
            "Origin: http://example.org"
        ]
    );
    // The server read the head and closed.
    assert!(
        failure_of(result).ends_with("closed the connection without a response to the handshake")
    );
}

#[test]
fn an_ipv6_literal_works() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    }; // a machine without IPv6
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let server = task("server", move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        answer_all(tungstenite::accept(socket).unwrap());
    });
    let (result, output) = run(Options::new(url), "six\n");
    server.result();
    assert_eq!((result, output.as_str()), (Ok(()), "answer: six\n"));
}

#[test]
fn a_message_right_after_the_handshake_is_not_lost() {
    let (address, server) = serve_raw(|mut socket| {
        let mut reader = BufReader::new(socket.try_clone().unwrap());
        let mut key = String::new();
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("Sec-WebSocket-Key: ") {
                key = value.trim().into();
            }
        }
        let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
        let mut answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .into_bytes();
        answer.extend_from_slice(b"\x81\x05early\x88\x02\x03\xe8");
        socket.write_all(&answer).unwrap();
        reader.read_exact(&mut [0; 8]).unwrap(); // the reply: a masked close frame with a code
    });
    let (input, _keep) = silence();
    let (result, output) = run_with(Options::new(format!("ws://{address}/")), input).result();
    server.result();
    assert_eq!((result, output.as_str()), (Ok(()), "early\n"));
}

/// The failure of a client whose server sends `answer` after the request and closes.
fn refusal(answer: &str) -> String {
    let answer = answer.to_string();
    let (address, server) = serve_raw(move |mut socket| {
        let mut reader = BufReader::new(socket.try_clone().unwrap());
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        socket.write_all(answer.as_bytes()).unwrap();
    });
    let url = format!("ws://{address}/");
    let (result, _) = run(Options::new(url.clone()), "");
    server.result();
    failure_of(result)
        .strip_prefix(&format!("{url} "))
        .unwrap()
        .to_string()
}

#[test]
fn a_refused_handshake_shows_status_and_first_line_of_the_body() {
    assert_eq!(
        refusal("HTTP/1.1 403 Forbidden\r\nContent-Length: 19\r\n\r\norigin not allowed\n"),
        "refused the handshake: 403 Forbidden: origin not allowed"
    );
    assert_eq!(
        refusal("HTTP/1.1 503 Busy\r\n\r\ntoo many clients\r\nsecond line\n"),
        "refused the handshake: 503 Service Unavailable: too many clients"
    );
    assert_eq!(
        refusal("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        "refused the handshake: 404 Not Found"
    );
}

#[test]
fn a_refusal_whose_body_arrives_after_its_head_is_shown_too() {
    // tungstenite reads 4096 bytes at a time, so with a head of that length it has not read the body.
    let head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Padding: ";
    let padding = "x".repeat(4096 - head.len() - 4);
    let failure = refusal(&format!("{head}{padding}\r\n\r\nlate"));
    assert_eq!(failure, "refused the handshake: 403 Forbidden: late");
}

#[test]
fn another_kind_of_server_is_reported_in_one_line() {
    let line = refusal("Hello from a server of another kind\r\n\r\n");
    assert!(line.starts_with("is not a WebSocket server: "), "{line}");
    assert_eq!(
        refusal(""),
        "closed the connection without a response to the handshake"
    );
}

#[test]
fn a_server_that_never_responds_to_the_handshake_is_a_failure_after_a_time_out() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap(); // the kernel accepts, but no one responds
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let connect_timeout = Duration::from_millis(50);
    let (result, _) = run(
        Options {
            connect_timeout,
            ..Options::new(url.clone())
        },
        "",
    );
    assert_eq!(
        failure_of(result),
        format!("{url} accepted the connection, but did not respond to the handshake within 50ms")
    );
}

#[test]
fn a_server_that_sends_its_response_slowly_does_not_get_more_time() {
    let (address, server) = serve_raw(|mut socket| {
        socket
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: ")
            .unwrap();
        // Each byte arrives well within the time-out, but the head never ends.
        while socket.write_all(b"y").is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    let connect_timeout = Duration::from_millis(200);
    let options = Options {
        connect_timeout,
        ..Options::new(format!("ws://{address}/"))
    };
    let failure = failure_of(run(options, "").0);
    assert!(
        failure.ends_with("did not respond to the handshake within 200ms"),
        "{failure}"
    );
    server.result();
}

#[test]
fn the_time_out_of_the_handshake_does_not_apply_after_it() {
    let connect_timeout = Duration::from_millis(300);
    let (url, server) = serve(move |mut server| {
        thread::sleep(connect_timeout * 2); // the time itself is what is tested
        server.send(Message::text("late")).unwrap();
        close(&mut server, CloseCode::Normal, "");
    });
    let options = Options {
        connect_timeout,
        ..Options::new(url)
    };
    let (input, _keep) = silence();
    let (result, output) = run_with(options, input).result();
    server.result();
    assert_eq!((result, output.as_str()), (Ok(()), "late\n"));
}

#[test]
fn a_refused_connection_suggests_that_the_server_is_not_running() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    drop(listener);
    let (result, _) = run(Options::new(url.clone()), "");
    assert_eq!(
        failure_of(result),
        format!(
            "cannot connect to {url}: connection refused; is the server running? (gearshift serve)"
        )
    );
}

#[test]
fn an_invalid_url_is_rejected_with_the_right_form() {
    let cases = [
        (
            "localhost:8766",
            "no ws:// in \"localhost:8766\"; write ws://localhost:8766",
        ),
        (
            "ws:localhost",
            "no ws:// in \"ws:localhost\"; write ws://localhost",
        ),
        ("", "no host in \"\"; write ws://HOST"),
        (
            "wss://example.org/",
            "wss:// is not supported: there is no TLS here; put a proxy in front",
        ),
        (
            "http://example.org/x",
            "http:// is not supported; write ws://example.org/x",
        ),
        ("ws://", "\"ws://\" is not a valid URL; write ws://HOST"),
        (
            "ws://:8766/",
            "\"ws://:8766/\" is not a valid URL; write ws://HOST",
        ),
        ("ws://[::1:8766/", "\"ws://[::1:8766/\" is not a valid URL"),
        ("ws://two words/", "\"ws://two words/\" is not a valid URL"),
        (
            "ws://localhost:99999/",
            "the port in \"ws://localhost:99999/\" is not a number up to 65535",
        ),
        (
            "ws://localhost:http/",
            "the port in \"ws://localhost:http/\" is not a number up to 65535",
        ),
        ("ws://me:secret@localhost/", "user and password in "),
        ("ws://localhost/#top", "a WebSocket URL has no #fragment"),
    ];
    for (url, expected) in cases {
        let error = run(Options::new(url), "").0.unwrap_err();
        assert_eq!(error.exit_code(), 2, "{url}: {error}");
        assert!(error.to_string().starts_with(expected), "{url}: {error}");
        assert_eq!(error.to_string().lines().count(), 1, "{url}: {error}");
    }
}

#[test]
fn an_origin_that_is_not_a_valid_header_is_rejected() {
    let options = Options {
        origin: Some("two\nlines".into()),
        ..Options::new("ws://localhost/")
    };
    assert_eq!(run(options, "").0.unwrap_err().exit_code(), 2);
}

#[test]
fn very_long_time_outs_do_not_panic() {
    let (url, server) = serve(answer_all);
    let options = Options {
        connect_timeout: Duration::MAX,
        close_timeout: Duration::MAX,
        ..Options::new(url)
    };
    let (result, output) = run(options, "x\n");
    server.result();
    assert_eq!((result, output.as_str()), (Ok(()), "answer: x\n"));
}
