//! One client does not suffer for what another one does, or for what the server has no time for.

use crate::support::{TestServer, handshake, shake_hands, short_frame};
use gearshift::models::ModelKind;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tungstenite::Message;

every_model! {
    a_timer_in_the_middle_of_many_messages_loses_none,
    a_ping_is_answered_while_notices_flow,
    a_notice_from_before_the_handshake_is_not_sent,
    thousands_of_published_messages_all_arrive,
    a_lone_publisher_is_not_disconnected_for_its_own_messages,
    a_client_that_pauses_its_reading_is_not_timed_out,
    a_client_that_reads_slowly_but_steadily_is_not_disconnected,
}

fn a_timer_in_the_middle_of_many_messages_loses_none(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("ticks");
    for number in 0..5_000 {
        client.0.write(Message::text(number.to_string())).unwrap();
    }
    client.0.flush().unwrap();
    for number in 0..5_000 {
        let mut replies = std::iter::repeat_with(|| client.receive()).take(5_000);
        assert_eq!(
            replies.find(|reply| reply != "tick"),
            Some(number.to_string())
        );
    }
}

fn a_ping_is_answered_while_notices_flow(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("push");
    let answered = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !answered.load(Ordering::Relaxed) {
                server.publish("another");
                thread::sleep(Duration::from_millis(20)); // a steady flow is what this is about
            }
        });
        client.receive();
        client.0.send(Message::Ping(b"?".to_vec().into())).unwrap();
        let pong = Message::Pong(b"?".to_vec().into());
        let begin = Instant::now();
        let mut received = false;
        while !received && begin.elapsed() < Duration::from_secs(5) {
            received = client.0.read().unwrap() == pong;
        }
        answered.store(true, Ordering::Relaxed);
        assert!(received, "only notices came");
    });
}

fn a_notice_from_before_the_handshake_is_not_sent(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut stream = server.raw("push");
    stream.write_all(&handshake()[..20]).unwrap();
    server.wait_for_connections(1);
    server.publish("too early");
    stream.write_all(&handshake()[20..]).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    server.publish("in time");
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(&frame, b"\x81\x07in time");
}

fn thousands_of_published_messages_all_arrive(model: ModelKind) {
    if model == ModelKind::Sequential {
        return; // no other client is served meanwhile
    }
    let server = TestServer::start(model, &["--service", "broadcast=0"]);
    let mut listener = server.connect("broadcast");
    let mut publisher = server.raw("broadcast");
    shake_hands(&mut publisher);
    let frames: Vec<u8> = (0..3_000)
        .flat_map(|number| short_frame(&format!("pub {number}")))
        .collect();
    publisher.write_all(&frames).unwrap();
    for number in 0..3_000 {
        assert_eq!(listener.receive(), format!("pub {number}"));
    }
}

fn a_lone_publisher_is_not_disconnected_for_its_own_messages(model: ModelKind) {
    let server = TestServer::start(model, &["--service", "broadcast=0"]);
    let mut publisher = server.connect("broadcast");
    for number in 0..20_000 {
        publisher
            .0
            .write(Message::text(format!("pub {number}")))
            .unwrap();
    }
    publisher.0.send(Message::Ping("done?".into())).unwrap();
    assert_eq!(publisher.0.read().unwrap(), Message::Pong("done?".into()));
}

const MIB: usize = 1 << 20;

/// Sends `count` messages of 1 MiB to `mirror`, on another thread, without reading the replies.
fn send_mebibytes(server: &TestServer, count: usize) -> (TcpStream, thread::JoinHandle<()>) {
    let mut stream = server.raw("mirror");
    shake_hands(&mut stream);
    let mut writer = stream.try_clone().unwrap();
    let sender = thread::spawn(move || {
        let mut frame = vec![0x82, 0xff];
        frame.extend((MIB as u64).to_be_bytes());
        frame.extend(vec![0; 4 + MIB]);
        for _ in 0..count {
            if writer.write_all(&frame).is_err() {
                return; // the reading side counts what arrived
            }
        }
    });
    (stream, sender)
}

/// Reads up to `count` replies. Returns the number of bytes received.
fn read_mebibytes(stream: &mut TcpStream, count: usize, mut pace: impl FnMut()) -> usize {
    let mut buffer = vec![0; 64 << 10];
    let mut received = 0;
    while received < count * (10 + MIB) {
        pace();
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(length) => received += length,
        }
    }
    received
}

fn a_client_that_pauses_its_reading_is_not_timed_out(model: ModelKind) {
    let server = TestServer::start(model, &["--message-timeout", "200ms"]);
    let (mut stream, sender) = send_mebibytes(&server, 16);
    // Shorter than the stall timeout and far longer than the message timeout. The server does not read
    // the messages, because its replies are not read.
    thread::sleep(Duration::from_millis(800));
    assert_eq!(read_mebibytes(&mut stream, 16, || {}), 16 * (10 + MIB));
    drop(stream);
    sender.join().unwrap();
}

fn a_client_that_reads_slowly_but_steadily_is_not_disconnected(model: ModelKind) {
    let server = TestServer::start(model, &["--stall-timeout", "300ms"]);
    let (mut stream, sender) = send_mebibytes(&server, 16);
    let begin = Instant::now();
    let slowly = || {
        if begin.elapsed() < Duration::from_millis(1_500) {
            thread::sleep(Duration::from_millis(40));
        }
    };
    assert_eq!(read_mebibytes(&mut stream, 16, slowly), 16 * (10 + MIB));
    drop(stream);
    sender.join().unwrap();
}

/// The helpers above are useless if they do not notice this.
#[test]
fn a_server_that_cuts_off_is_noticed() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    drop(listener.accept().unwrap());
    assert_eq!(read_mebibytes(&mut stream, 1, || {}), 0);
}
