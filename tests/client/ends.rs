//! How a connection ends, and how the end is reported.

use crate::support::*;
use crossbeam_channel::{Sender, unbounded};
use gearshift::client::{self, Options};
use std::io::{self, BufReader, Cursor, Read, Write};
use std::thread;
use std::time::Duration;
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

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

/// An input that reports when its end has been read.
struct ReportsEnd(Cursor<Vec<u8>>, Sender<()>);

impl Read for ReportsEnd {
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
    let (report, end_of_input) = unbounded();
    let (url, server) = serve(move |mut server| {
        let line = text(server.read().unwrap());
        end_of_input.recv_timeout(LONG).unwrap();
        // More than one, because the client may react to the end of its input with a delay.
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
    let input = BufReader::new(ReportsEnd(Cursor::new(b"line\n".to_vec()), report));
    let (result, output) = run_with(options, input).result();
    let (line, pongs) = server.result();
    assert_eq!(
        (line.as_str(), output.as_str(), result),
        ("line", "late\n", Ok(()))
    );
    assert!(pongs.iter().all(Message::is_pong), "{pongs:?}");
}

#[test]
fn after_count_messages_it_closes_although_the_input_is_still_open() {
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
fn a_normal_close_by_the_server_is_a_success_and_is_answered() {
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
fn any_other_close_code_is_a_failure_that_explains_the_code() {
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
fn a_server_that_breaks_the_protocol_gets_a_close_code() {
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
    assert!(failure_of(result).starts_with(&format!("{url} broke the WebSocket protocol: UTF-8")));
}

#[test]
fn a_server_that_does_not_close_is_a_failure_after_a_time_out() {
    let (done, client_is_done) = unbounded::<()>();
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
        "the server did not close within 50ms after the end of input: replies may be missing"
    );
}

/// An output whose first write takes longer than the server may be silent.
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
fn a_slow_output_is_not_mistaken_for_a_silent_server() {
    const MESSAGES: usize = 400; // more than the socket buffers hold
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

/// An output whose reader stops after the first line, like `head -1`.
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
fn an_output_whose_reader_has_gone_ends_the_client_without_error() {
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
fn input_that_is_not_utf8_is_reported_with_its_line_number() {
    let (url, server) = serve(answer_all);
    let (result, output) = run(Options::new(url), b"good\nalso good\nba\xffd\nnever sent\n");
    server.result();
    assert_eq!(output, "answer: good\nanswer: also good\n");
    assert!(failure_of(result).starts_with("line 3 of the input is not valid UTF-8"));
}
