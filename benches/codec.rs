#![allow(clippy::unwrap_used, missing_docs)]
//! The cost of a message on its way through a conversation: unmasked, checked, passed to the service, and
//! encoded as a reply. The service is `mirror`, which does nothing.
//!
//! There is no socket, so the difference to a benchmark with sockets is the price of the sockets.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gearshift::clock;
use gearshift::protocol::{Conversation, Limits, OriginPolicy, Protocol, Status, Turn};
use gearshift::service::{Mirror, Peer};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

fn open_conversation(now: Instant) -> Box<dyn Conversation> {
    let service = Arc::new(Mirror);
    let protocol = Protocol::websocket(
        service,
        OriginPolicy::default(),
        Arc::new(Limits::default()),
    );
    let peer = Peer {
        id: 1,
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)),
        target: String::new(),
    };
    let mut conversation = protocol.begin(peer, now);
    let mut response = Vec::new();
    conversation.receive(REQUEST, &mut response, turn(now));
    assert!(conversation.is_open());
    conversation
}

/// A whole text message as a client sends it, masked.
fn message(payload: usize) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![0x81];
    match payload {
        0..126 => frame.push(0x80 | payload as u8),
        126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((payload as u16).to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend((payload as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(mask.iter().cycle().take(payload).map(|mask| b'x' ^ mask));
    frame
}

/// A turn that is never interrupted.
fn turn(now: Instant) -> Turn<'static> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    Turn {
        now,
        interrupt: &NEVER,
    }
}

fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec");
    let now = clock::now();
    let mut conversation = open_conversation(now);
    let mut out = Vec::new();
    let mut reply_to = |input: &[u8]| {
        out.clear();
        let status = conversation.receive(black_box(input), &mut out, turn(now));
        assert_eq!(status, Status::Open);
        black_box(&out).len()
    };
    for (name, payload) in [
        ("32 B", 32),
        ("1 KiB", 1 << 10),
        ("16 KiB", 16 << 10),
        ("1 MiB", 1 << 20),
    ] {
        let input = message(payload);
        assert_eq!(
            reply_to(&input),
            input.len() - 4,
            "the same without its mask"
        );
        group.throughput(Throughput::Bytes(payload as u64));
        group.bench_function(BenchmarkId::new("message", name), |bencher| {
            bencher.iter(|| reply_to(&input));
        });
    }
    let input = message(32).repeat(16);
    group.throughput(Throughput::Elements(16));
    group.bench_function(BenchmarkId::new("in one input", "16 x 32 B"), |bencher| {
        bencher.iter(|| reply_to(&input));
    });
    group.finish();
}

criterion_group!(benches, messages);
criterion_main!(benches);
