#![allow(clippy::unwrap_used, missing_docs)]
//! What `gearshift client` promises, one promise a test, against small scripted servers.
//!
//! Each server is a thread with read time-outs, and each wait is bounded by [`LONG`]: a broken
//! client fails a test and does not hang it. The servers are tungstenite's own or bare sockets, so
//! that a mistake of ours in framing does not meet the same mistake on the other side.

use std::io::{self, BufRead, BufReader, Cursor, PipeWriter, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use gearshift::client::{self, Options};
use gearshift::error::Error;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

/// No honest step takes this long.
const LONG: Duration = Duration::from_secs(20);

type Server = WebSocket<TcpStream>;

/// A thread whose result is waited for, for a bounded time.
struct Task<T>(mpsc::Receiver<T>, &'static str);

impl<T> Task<T> {
    fn result(self) -> T {
        self.0
            .recv_timeout(LONG)
            .unwrap_or_else(|_| panic!("the {} panicked or hangs", self.1))
    }
}

fn task<T: Send + 'static>(
    name: &'static str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Task<T> {
    let (to, result) = mpsc::channel();
    thread::spawn(move || {
        let _ = to.send(body());
    });
    Task(result, name)
}

/// A bare server for one client.
fn serve_raw<T: Send + 'static>(
    script: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, Task<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = task("server", move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(LONG)).unwrap();
        script(socket)
    });
    (address, server)
}

/// A WebSocket server for one client.
fn serve<T: Send + 'static>(
    script: impl FnOnce(Server) -> T + Send + 'static,
) -> (String, Task<T>) {
    let (address, server) = serve_raw(|socket| script(tungstenite::accept(socket).unwrap()));
    (format!("ws://{address}"), server)
}

/// Answers each text with `answer: ` before it, until the client closes.
fn answer_all(mut server: Server) {
    while let Ok(message) = server.read() {
        if let Message::Text(text) = message {
            server
                .send(Message::text(format!("answer: {text}")))
                .unwrap();
        }
    }
}

fn close(server: &mut Server, code: CloseCode, reason: &'static str) {
    server
        .close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }))
        .unwrap();
    while server.read().is_ok() {}
}

fn text(message: Message) -> String {
    message.into_text().unwrap().to_string()
}

/// Runs the client to its end: result and output.
fn run_with(
    options: Options,
    input: impl BufRead + Send + 'static,
) -> Task<(Result<(), Error>, String)> {
    task("client", move || {
        let mut output = Vec::new();
        let result = client::run(&options, input, &mut output);
        (result, String::from_utf8(output).unwrap())
    })
}

fn run(options: Options, input: impl Into<Vec<u8>>) -> (Result<(), Error>, String) {
    run_with(options, Cursor::new(input.into())).result()
}

/// An input that says nothing as long as the second value lives.
fn silence() -> (BufReader<io::PipeReader>, PipeWriter) {
    let (input, keep) = io::pipe().unwrap();
    (BufReader::new(input), keep)
}

fn failure_of(result: Result<(), Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(error.exit_code(), 1, "{error}");
    error.to_string()
}

/// A client with nothing to send, against a server that runs `script` and then closes with 1000.
fn output_of(
    options: impl FnOnce(&mut Options),
    script: impl FnOnce(&mut Server) + Send + 'static,
) -> String {
    let (url, server) = serve(|mut server| {
        script(&mut server);
        close(&mut server, CloseCode::Normal, "");
    });
    let mut settings = Options::new(url);
    options(&mut settings);
    let (input, _keep) = silence();
    let (result, output) = run_with(settings, input).result();
    server.result();
    assert_eq!(result, Ok(()));
    output
}

// ---- talking ----

#[test]
fn answers_are_printed_in_order() {
    let (url, server) = serve(answer_all);
    let (result, output) = run(Options::new(url), "one\ntwo\nthree\n");
    server.result();
    assert_eq!(
        (result, output.as_str()),
        (Ok(()), "answer: one\nanswer: two\nanswer: three\n")
    );
}

#[test]
fn a_line_is_sent_without_its_end_be_it_lf_crlf_or_none() {
    let (url, server) = serve(answer_all);
    let (result, output) = run(Options::new(url), "lf\ncrlf\r\n\n\rinner\rcr\nnone");
    server.result();
    let expected = "answer: lf\nanswer: crlf\nanswer: \nanswer: \rinner\rcr\nanswer: none\n";
    assert_eq!((result, output.as_str()), (Ok(()), expected));
}

#[test]
fn all_replies_before_the_servers_close_are_printed() {
    let (url, server) = serve(|mut server| {
        // Nothing is answered before all lines are in: the client's close frame is out by then.
        let lines: Vec<String> = (0..200).map(|_| text(server.read().unwrap())).collect();
        for line in &lines {
            server
                .send(Message::text(format!("{line} {}", "x".repeat(10_000))))
                .unwrap();
        }
        assert!(server.read().unwrap().is_close());
        while server.read().is_ok() {}
    });
    let input: String = (0..200).map(|n| format!("{n}\n")).collect();
    let (result, output) = run(Options::new(url), input);
    server.result();
    assert_eq!(result, Ok(()));
    let numbers: Vec<usize> = output
        .lines()
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(numbers, (0..200).collect::<Vec<_>>());
}

#[test]
fn a_line_of_a_mebibyte_goes_and_comes_whole() {
    let (url, server) = serve(answer_all);
    let line = "abcdefgh".repeat(1 << 17);
    let (result, output) = run(Options::new(url), line.clone());
    server.result();
    assert_eq!(result, Ok(()));
    assert!(
        output == format!("answer: {line}\n"),
        "{} bytes came back",
        output.len()
    );
}

#[test]
fn pings_are_answered_while_the_input_is_silent() {
    let (url, server) = serve(|mut server| {
        server.send(Message::Ping("are you there".into())).unwrap();
        let pong = server.read().unwrap();
        close(&mut server, CloseCode::Normal, "");
        pong
    });
    let (input, _keep) = silence();
    let (result, output) = run_with(Options::new(url), input).result();
    assert_eq!((result, output.as_str()), (Ok(()), ""));
    assert_eq!(server.result(), Message::Pong("are you there".into()));
}

#[test]
fn a_server_that_talks_and_pings_before_it_reads_meets_no_deadlock() {
    const MESSAGES: usize = 400;
    let (url, server) = serve(|mut server| {
        let block = "s".repeat(64 << 10);
        for _ in 0..MESSAGES {
            server.send(Message::Ping("still there".into())).unwrap();
            server.send(Message::text(block.clone())).unwrap();
        }
        let mut lines = 0;
        while let Ok(message) = server.read() {
            lines += usize::from(message.is_text());
        }
        lines
    });
    let line = "c".repeat(64 << 10) + "\n";
    let (result, output) = run(Options::new(url), line.repeat(MESSAGES));
    assert_eq!(result, Ok(()));
    assert_eq!(
        (output.lines().count(), server.result()),
        (MESSAGES, MESSAGES)
    );
}

#[test]
fn each_message_is_out_before_the_next_one_comes() {
    let (url, server) = serve(|mut server| {
        server.send(Message::text("first")).unwrap();
        // The client tells through its input that the first line has left its output.
        let told = text(server.read().unwrap());
        close(&mut server, CloseCode::Normal, "");
        told
    });
    let (input, mut to_client) = silence();
    let (from_client, output) = io::pipe().unwrap();
    let client = task("client", move || {
        let mut output = io::BufWriter::new(output);
        client::run(&Options::new(url), input, &mut output)
    });
    let line = task("output", move || {
        let mut line = String::new();
        BufReader::new(from_client).read_line(&mut line).unwrap();
        line
    });
    assert_eq!(line.result(), "first\n");
    to_client.write_all(b"seen\n").unwrap();
    assert_eq!(server.result(), "seen");
    assert_eq!(client.result(), Ok(()));
}

// ---- what a message looks like ----

#[test]
fn a_binary_message_is_a_line_of_hex() {
    let output = output_of(
        |_| {},
        |server| {
            for length in [0_u8, 3, 32, 33] {
                let data: Vec<u8> = (0..length).map(|n| n.wrapping_mul(26)).collect();
                server.send(Message::binary(data)).unwrap();
            }
        },
    );
    let all = "00 1a 34 4e 68 82 9c b6 d0 ea 04 1e 38 52 6c 86 \
               a0 ba d4 ee 08 22 3c 56 70 8a a4 be d8 f2 0c 26";
    let expected = [
        "binary, 0 bytes".into(),
        "binary, 3 bytes: 00 1a 34".into(),
        format!("binary, 32 bytes: {all}"),
        format!("binary, 33 bytes: {all} …"),
    ];
    assert_eq!(output.lines().collect::<Vec<_>>(), expected);
}

/// Key order kept; scalars, things that only begin like JSON, and plain text left alone.
const JSON: [(&str, &str); 6] = [
    (
        r#"{"seq":1,"kind":"created"}"#,
        "{\n  \"seq\": 1,\n  \"kind\": \"created\"\n}",
    ),
    (" [1,2]", "[\n  1,\n  2\n]"),
    (r#"{"seq":"#, r#"{"seq":"#),
    ("[not JSON]", "[not JSON]"),
    ("12345678901234567890123", "12345678901234567890123"),
    ("\"a  b\"", "\"a  b\""),
];

fn send_json(server: &mut Server) {
    for (message, _) in JSON {
        server.send(Message::text(message)).unwrap();
    }
}

#[test]
fn json_is_indented_for_a_person() {
    let expected: String = JSON.iter().map(|(_, shown)| format!("{shown}\n")).collect();
    assert_eq!(
        output_of(|options| options.pretty = true, send_json),
        expected
    );
}

#[test]
fn json_is_untouched_for_a_program() {
    let expected: String = JSON.iter().map(|(sent, _)| format!("{sent}\n")).collect();
    assert_eq!(output_of(|_| {}, send_json), expected);
}

// ---- how it ends ----

#[test]
fn the_end_of_input_closes_with_1000() {
    let (url, server) = serve(|mut server| {
        let first = server.read().unwrap();
        while server.read().is_ok() {}
        first
    });
    let (result, _) = run(Options::new(url), "");
    let Message::Close(Some(frame)) = server.result() else {
        panic!("no close frame")
    };
    assert_eq!((result, frame.code), (Ok(()), CloseCode::Normal));
}

/// An input that tells when its end has been read.
struct Telling(Cursor<Vec<u8>>, mpsc::Sender<()>);

impl Read for Telling {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count == 0 {
            let _ = self.1.send(());
        }
        Ok(count)
    }
}

#[test]
fn no_close_stays_until_the_server_closes() {
    let (tell, end_of_input) = mpsc::channel();
    let (url, server) = serve(move |mut server| {
        let line = text(server.read().unwrap());
        end_of_input.recv_timeout(LONG).unwrap();
        // More than one, for the client may need a moment to act on the end of its input.
        let pongs: Vec<Message> = (0..20_u8)
            .map(|n| {
                server.send(Message::Ping(vec![n].into())).unwrap();
                server.read().unwrap()
            })
            .collect();
        server.send(Message::text("late")).unwrap();
        close(&mut server, CloseCode::Normal, "");
        (line, pongs)
    });
    let options = Options {
        no_close: true,
        ..Options::new(url)
    };
    let input = BufReader::new(Telling(Cursor::new(b"line\n".to_vec()), tell));
    let (result, output) = run_with(options, input).result();
    let (line, pongs) = server.result();
    assert_eq!(
        (line.as_str(), output.as_str(), result),
        ("line", "late\n", Ok(()))
    );
    assert!(pongs.iter().all(Message::is_pong), "{pongs:?}");
}

#[test]
fn after_count_messages_it_closes_though_the_input_is_still_open() {
    let (url, server) = serve(|mut server| {
        for n in 0..5 {
            server.send(Message::text(format!("message {n}"))).unwrap();
        }
        let first = server.read().unwrap();
        while server.read().is_ok() {}
        first
    });
    let (input, _keep) = silence();
    let options = Options {
        count: Some(3),
        ..Options::new(url)
    };
    let (result, output) = run_with(options, input).result();
    assert_eq!(
        (result, output.as_str()),
        (Ok(()), "message 0\nmessage 1\nmessage 2\n")
    );
    let Message::Close(Some(frame)) = server.result() else {
        panic!("no close frame")
    };
    assert_eq!(frame.code, CloseCode::Normal);
}

#[test]
fn a_good_close_by_the_server_is_success_and_is_answered() {
    let good = [Some(CloseCode::Normal), Some(CloseCode::Away), None];
    for code in good {
        let (url, server) = serve(move |mut server| {
            server
                .close(code.map(|code| CloseFrame {
                    code,
                    reason: "".into(),
                }))
                .unwrap();
            server.read().unwrap()
        });
        let (input, _keep) = silence();
        let (result, _) = run_with(Options::new(url), input).result();
        let Message::Close(answer) = server.result() else {
            panic!("no close frame")
        };
        assert_eq!((result, answer.map(|frame| frame.code)), (Ok(()), code));
    }
}

#[test]
fn another_close_code_is_a_failure_that_says_what_it_means() {
    let bad = [
        (
            CloseCode::Size,
            "at most 1 MiB",
            "server closed: 1009 (message too big): at most 1 MiB",
        ),
        (CloseCode::Error, "", "server closed: 1011 (internal error)"),
        (
            CloseCode::Library(4000),
            "own\ncode",
            "server closed: 4000: own",
        ),
    ];
    for (code, reason, expected) in bad {
        let (url, server) = serve(move |mut server| close(&mut server, code, reason));
        let (input, _keep) = silence();
        let (result, _) = run_with(Options::new(url), input).result();
        server.result();
        assert_eq!(failure_of(result), expected);
    }
}

#[test]
fn a_connection_lost_without_close_frame_is_a_failure() {
    let (url, server) = serve(|mut server| server.send(Message::text("last words")).unwrap());
    let (input, _keep) = silence();
    let (result, output) = run_with(Options::new(url.clone()), input).result();
    server.result();
    assert_eq!(output, "last words\n");
    assert_eq!(
        failure_of(result),
        format!("connection to {url} lost: the server went away without a close frame")
    );
}

#[test]
fn a_server_that_breaks_the_protocol_is_told_so() {
    let (url, server) = serve(|mut server| {
        server.get_mut().write_all(&[0x81, 1, 0xff]).unwrap(); // a text that is not UTF-8
        server.read().unwrap()
    });
    let (input, _keep) = silence();
    let (result, _) = run_with(Options::new(url.clone()), input).result();
    let Message::Close(Some(frame)) = server.result() else {
        panic!("no close frame")
    };
    assert_eq!(frame.code, CloseCode::Invalid);
    assert!(failure_of(result).starts_with(&format!("{url} sent what is no WebSocket: UTF-8")));
}

#[test]
fn a_server_that_does_not_close_is_left_with_a_failure() {
    let (done, client_is_done) = mpsc::channel::<()>();
    let (url, server) = serve(move |mut server| {
        let line = text(server.read().unwrap());
        client_is_done.recv_timeout(LONG).unwrap();
        line
    });
    let options = Options {
        close_timeout: Duration::from_millis(50),
        ..Options::new(url)
    };
    let (result, _) = run(options, "hello\n");
    done.send(()).unwrap();
    assert_eq!(server.result(), "hello");
    assert_eq!(
        failure_of(result),
        "the server did not close within 50ms after the end of input: answers may be missing"
    );
}

/// An output that takes longer over its first write than the server may be silent.
struct Slow(Vec<u8>, Duration);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::sleep(std::mem::take(&mut self.1)); // the time itself is what is tested
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_slow_output_is_not_taken_for_a_silent_server() {
    const MESSAGES: usize = 400; // more in all than sockets hold, or they would be read anyway
    let (url, server) = serve(|mut server| {
        let line = server.read().unwrap();
        let block = "s".repeat(64 << 10);
        for _ in 0..MESSAGES {
            server.send(Message::text(block.clone())).unwrap();
        }
        while server.read().is_ok() {}
        line
    });
    let close_timeout = Duration::from_millis(150);
    let client = task("client", move || {
        let mut output = Slow(Vec::new(), close_timeout * 4);
        let options = Options {
            close_timeout,
            ..Options::new(url)
        };
        let result = client::run(&options, Cursor::new("go\n"), &mut output);
        (
            result,
            output.0.iter().filter(|byte| **byte == b'\n').count(),
        )
    });
    assert_eq!(client.result(), (Ok(()), MESSAGES));
    server.result();
}

/// An output whose reader goes after the first line, as `head -1` does.
struct Head(Vec<u8>);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.contains(&b'\n') {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            self.0.write(bytes)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_that_has_gone_ends_quietly() {
    let (url, server) = serve(|mut server| {
        for n in 0..3 {
            server.send(Message::text(format!("message {n}"))).unwrap();
        }
        server.read().unwrap()
    });
    let client = task("client", move || {
        let (input, _keep) = silence();
        let mut output = Head(Vec::new());
        (
            client::run(&Options::new(url), input, &mut output),
            output.0,
        )
    });
    assert_eq!(client.result(), (Ok(()), b"message 0\n".to_vec()));
    assert!(server.result().is_close());
}

#[test]
fn input_that_is_not_utf8_is_named_by_its_line() {
    let (url, server) = serve(answer_all);
    let (result, output) = run(Options::new(url), b"good\nalso good\nba\xffd\nnever sent\n");
    server.result();
    assert_eq!(output, "answer: good\nanswer: also good\n");
    assert!(failure_of(result).starts_with("line 3 of the input is not UTF-8"));
}

// ---- getting there ----

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
    // The server read the head and left.
    assert!(failure_of(result).ends_with("hung up without answering the handshake"));
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
fn a_message_right_behind_the_handshake_is_not_lost() {
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
        reader.read_exact(&mut [0; 8]).unwrap(); // the answer: a masked close frame with a code
    });
    let (input, _keep) = silence();
    let (result, output) = run_with(Options::new(format!("ws://{address}/")), input).result();
    server.result();
    assert_eq!((result, output.as_str()), (Ok(()), "early\n"));
}

/// The failure of a client whose server answers the request's head with `answer` and hangs up.
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
fn a_refusal_whose_body_comes_later_than_its_head_is_shown_too() {
    // tungstenite reads 4096 bytes at a time: behind a head of that length no body is at hand.
    let head = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Padding: ";
    let padding = "x".repeat(4096 - head.len() - 4);
    let failure = refusal(&format!("{head}{padding}\r\n\r\nlate"));
    assert_eq!(failure, "refused the handshake: 403 Forbidden: late");
}

#[test]
fn what_is_no_websocket_server_is_told_in_one_line() {
    let line = refusal("Hello from a server of another kind\r\n\r\n");
    assert!(
        line.starts_with("does not answer as a WebSocket server: "),
        "{line}"
    );
    assert_eq!(refusal(""), "hung up without answering the handshake");
}

#[test]
fn a_server_that_never_answers_the_handshake_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap(); // the kernel accepts, nobody answers
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
        format!("{url} accepted the connection and did not answer the handshake within 50ms")
    );
}

#[test]
fn a_server_that_drips_its_answer_does_not_get_more_time() {
    let (address, server) = serve_raw(|mut socket| {
        socket
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: ")
            .unwrap();
        // Each byte comes well within the time-out; a head has no end.
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
        failure.ends_with("did not answer the handshake within 200ms"),
        "{failure}"
    );
    server.result();
}

#[test]
fn the_time_out_of_the_handshake_ends_with_it() {
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
fn a_refused_connection_asks_whether_the_server_runs() {
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
fn a_url_that_cannot_work_is_refused_with_the_right_form() {
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
            "cannot speak wss://: TLS is not in here; put a proxy in front",
        ),
        (
            "http://example.org/x",
            "cannot speak http://; write ws://example.org/x",
        ),
        ("ws://", "\"ws://\" is no URL; write ws://HOST"),
        ("ws://:8766/", "\"ws://:8766/\" is no URL; write ws://HOST"),
        ("ws://[::1:8766/", "\"ws://[::1:8766/\" is no URL"),
        ("ws://two words/", "\"ws://two words/\" is no URL"),
        (
            "ws://localhost:99999/",
            "the port in \"ws://localhost:99999/\" is no number up to 65535",
        ),
        (
            "ws://localhost:http/",
            "the port in \"ws://localhost:http/\" is no number up to 65535",
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
fn an_origin_that_is_no_header_is_refused() {
    let options = Options {
        origin: Some("two\nlines".into()),
        ..Options::new("ws://localhost/")
    };
    assert_eq!(run(options, "").0.unwrap_err().exit_code(), 2);
}

#[test]
fn times_beyond_reason_do_not_panic() {
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
