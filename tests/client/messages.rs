//! Sending and receiving, and how a message is printed.

use crate::support::*;
use gearshift::client::{self, Options};
use std::io::{self, BufRead, BufReader, Write};
use tungstenite::Message;
use tungstenite::protocol::frame::coding::CloseCode;

#[test]
fn replies_are_printed_in_order() {
    let (url, server) = serve(answer_all);
    let (result, output) = run(Options::new(url), "one\ntwo\nthree\n");
    server.result();
    assert_eq!(
        (result, output.as_str()),
        (Ok(()), "answer: one\nanswer: two\nanswer: three\n")
    );
}

#[test]
fn a_line_is_sent_without_its_lf_or_crlf() {
    let (url, server) = serve(answer_all);
    let (result, output) = run(Options::new(url), "lf\ncrlf\r\n\n\rinner\rcr\nnone");
    server.result();
    let expected = "answer: lf\nanswer: crlf\nanswer: \nanswer: \rinner\rcr\nanswer: none\n";
    assert_eq!((result, output.as_str()), (Ok(()), expected));
}

#[test]
fn all_replies_before_the_servers_close_are_printed() {
    let (url, server) = serve(|mut server| {
        // Replies only after all lines have arrived; the client has sent its close frame by then.
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
fn a_line_of_a_mebibyte_is_sent_and_received_whole() {
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
fn a_server_that_sends_and_pings_before_it_reads_causes_no_deadlock() {
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
fn each_message_is_printed_before_the_next_one_arrives() {
    let (url, server) = serve(|mut server| {
        server.send(Message::text("first")).unwrap();
        // The test reports through the input of the client that the first line was printed.
        let report = text(server.read().unwrap());
        close(&mut server, CloseCode::Normal, "");
        report
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

/// Keeps the order of keys. Scalars, plain text and text that only begins like JSON stay unchanged.
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
fn json_is_indented_on_a_terminal() {
    let expected: String = JSON.iter().map(|(_, shown)| format!("{shown}\n")).collect();
    assert_eq!(
        output_of(|options| options.pretty = true, send_json),
        expected
    );
}

#[test]
fn json_is_unchanged_in_a_pipe() {
    let expected: String = JSON.iter().map(|(sent, _)| format!("{sent}\n")).collect();
    assert_eq!(output_of(|_| {}, send_json), expected);
}
