#![allow(clippy::unwrap_used, missing_docs)]
//! The cost of one notice for a thousand clients, encoded once or for each of them.
//!
//! `once` is the notify service as it is: the frame of the first client is copied for the others. `for
//! each` is the same conversation around a service that makes the message again for every client. Sending
//! is not included; one system call per client costs many times this.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant, UNIX_EPOCH};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gearshift::clock;
use gearshift::protocol::{Conversation, Limits, OriginPolicy, Protocol, Turn};
use gearshift::service::{Format, Hub, Notice, Notify, Peer, Reply, Request, Service, Session};
use gearshift::watch::{Change, Kind};

const CLIENTS: u64 = 1_000;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

fn open_conversations(service: impl Service + 'static) -> Vec<Box<dyn Conversation>> {
    let now = clock::now();
    let service = Arc::new(service);
    let protocol = Protocol::websocket(
        service,
        OriginPolicy::default(),
        Arc::new(Limits::default()),
    );
    let open = |id| {
        let peer = Peer {
            id,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)),
            target: String::new(),
        };
        let mut conversation = protocol.begin(peer, now);
        let turn = Turn {
            now,
            interrupt: &AtomicBool::new(false),
        };
        conversation.receive(REQUEST, &mut Vec::new(), turn);
        assert!(conversation.is_open());
        conversation
    };
    (0..CLIENTS).map(open).collect()
}

#[derive(serde::Serialize)]
struct Line {
    seq: u64,
    kind: Kind,
    path: &'static str,
    mtime: Option<f64>,
    size: Option<u64>,
}

/// Notify without [`Reply::prepared`].
#[derive(Clone, Copy)]
struct Naive(Format);

impl Service for Naive {
    fn open(&self, _peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        Ok(Box::new(*self))
    }
}

impl Session for Naive {
    fn handle(&mut self, _request: Request<'_>, _reply: &mut dyn Reply) {}

    fn notice(&mut self, _notice: &Notice, reply: &mut dyn Reply) {
        match self.0 {
            Format::Text => reply.text(&["File has been modified"]),
            Format::Json => {
                let line = Line {
                    seq: 1,
                    kind: Kind::Modified,
                    path: "watched_file.txt",
                    mtime: Some(1.5),
                    size: Some(12),
                };
                reply.text(&[&serde_json::to_string(&line).unwrap()]);
            }
        }
    }
}

/// A new notice, not encoded yet.
fn notice() -> Arc<Notice> {
    let hub = Hub::new();
    let change = Change {
        kind: Kind::Modified,
        path: "watched_file.txt".into(),
        mtime: Some(UNIX_EPOCH + Duration::from_millis(1_500)),
        size: Some(12),
    };
    Notify::publish(&hub, &change);
    Arc::clone(&hub.since(0).unwrap()[0].item)
}

fn deliver(clients: &mut [Box<dyn Conversation>], out: &mut Vec<u8>) {
    let notice = notice();
    for client in clients {
        out.clear();
        client.notice(&notice, out);
        black_box(&*out);
    }
}

fn one_notice(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out");
    group.throughput(Throughput::Elements(CLIENTS));
    for format in [Format::Text, Format::Json] {
        let notify = Notify::new(Arc::new(Hub::new()), format);
        let mut out = [Vec::new(), Vec::new()];
        let mut prepared = open_conversations(notify);
        let mut naive = open_conversations(Naive(format));
        deliver(&mut prepared, &mut out[0]);
        deliver(&mut naive, &mut out[1]);
        assert_eq!(out[0], out[1], "both send the same");
        let name = format!("{format:?}").to_lowercase();
        for (encoded, clients) in [("once", &mut prepared), ("for each", &mut naive)] {
            group.bench_function(BenchmarkId::new(encoded, &name), |bencher| {
                bencher.iter(|| deliver(clients, &mut out[0]));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, one_notice);
criterion_main!(benches);
