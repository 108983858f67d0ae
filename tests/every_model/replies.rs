//! Every message gets its reply, complete and in order.

use crate::support::{Client, TestServer, reversed, shake_hands, short_frame};
use gearshift::models::ModelKind;
use std::io::{Read, Write};
use std::net::Shutdown;
use tungstenite::Message;

every_model! {
    replies_are_exact,
    many_messages_in_one_segment_are_answered_in_order,
    a_message_that_comes_byte_by_byte_is_answered,
    large_messages_come_back_whole_to_a_client_that_reads_late,
    clients_are_served_at_the_same_time,
    a_timer_fires_while_the_client_is_silent,
    raw_tcp_is_echoed_to_its_end,
    a_plain_request_gets_a_response_that_says_what_to_do,
}

fn replies_are_exact(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("reply");
    assert_eq!(client.ask("hello"), "Server response: olleh");
    assert_eq!(client.ask("añb😀"), "Server response: 😀bña");
    assert_eq!(client.ask(""), "Server response: ");
    let million: String = (0..1_000_000)
        .map(|n| char::from(b'a' + (n % 26) as u8))
        .collect();
    assert_eq!(client.ask(&million), reversed(&million));
    client.0.send(Message::binary(vec![1, 2, 3])).unwrap();
    assert_eq!(client.receive_message(), Message::binary(vec![3, 2, 1]));
    client.0.close(None).unwrap();
    assert_eq!(
        client.close_code(),
        Some(1005),
        "a close without a code is answered in kind"
    );
}

fn many_messages_in_one_segment_are_answered_in_order(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("reply");
    for number in 0..2_000 {
        client.0.write(Message::text(number.to_string())).unwrap();
    }
    client.0.flush().unwrap();
    for number in 0..2_000 {
        assert_eq!(client.receive(), reversed(&number.to_string()));
    }
}

fn a_message_that_comes_byte_by_byte_is_answered(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut stream = server.raw("mirror");
    shake_hands(&mut stream);
    for byte in short_frame("drip") {
        stream.write_all(&[byte]).unwrap();
    }
    let mut answer = [0; 6];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x81\x04drip");
}

fn large_messages_come_back_whole_to_a_client_that_reads_late(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let Client(mut client) = server.connect("mirror");
    let message = |n: u32| -> Vec<u8> {
        (0..1 << 18)
            .flat_map(|i: u32| (i * n).to_le_bytes())
            .collect()
    };
    // More than the sockets' buffers hold, so the server has to keep some of it and to stop reading. The
    // client has to send and receive at the same time, hence the second thread.
    let mut writer = client.get_ref().try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        for n in 1..=20 {
            let payload = message(n);
            writer.write_all(&[0x82, 0xff]).unwrap();
            writer
                .write_all(&(payload.len() as u64).to_be_bytes())
                .unwrap();
            writer.write_all(&[0; 4]).unwrap();
            writer.write_all(&payload).unwrap();
        }
    });
    for n in 1..=20 {
        assert!(
            client.read().unwrap() == Message::binary(message(n)),
            "message {n} differs"
        );
    }
    sender.join().unwrap();
}

fn clients_are_served_at_the_same_time(model: ModelKind) {
    if model == ModelKind::Sequential {
        return; // that model serves one client at a time
    }
    let workers: &[&str] = if model == ModelKind::ThreadPool {
        &["--threads", "60"]
    } else {
        &[]
    };
    let server = TestServer::start(model, workers);
    let mut clients: Vec<Client> = (0..50).map(|_| server.connect("reply")).collect();
    for round in 0..5 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(&format!("{round}/{number}"));
        }
        for (number, client) in clients.iter_mut().enumerate().rev() {
            assert_eq!(client.receive(), reversed(&format!("{round}/{number}")));
        }
    }
}

fn a_timer_fires_while_the_client_is_silent(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut client = server.connect("ticks");
    for _ in 0..3 {
        assert_eq!(client.receive(), "tick");
    }
}

fn raw_tcp_is_echoed_to_its_end(model: ModelKind) {
    let server = TestServer::start(model, &["--service", "tcp-echo=0"]);
    let mut stream = server.raw("tcp-echo");
    let sent: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
    let mut writer = stream.try_clone().unwrap();
    let copy = sent.clone();
    let sender = std::thread::spawn(move || {
        writer.write_all(&copy).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut echoed = Vec::new();
    stream.read_to_end(&mut echoed).unwrap();
    assert!(
        echoed == sent,
        "{} of {} bytes came back",
        echoed.len(),
        sent.len()
    );
    sender.join().unwrap();
}

fn a_plain_request_gets_a_response_that_says_what_to_do(model: ModelKind) {
    let server = TestServer::start(model, &[]);
    let mut stream = server.raw("reply");
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n")
        .unwrap();
    let answer = crate::support::read_to_end(&mut stream);
    assert!(
        answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"),
        "{answer}"
    );
    assert!(
        answer.contains("gearshift client ws://localhost:1/"),
        "{answer}"
    );
}
