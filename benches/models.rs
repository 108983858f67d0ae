//! Each model end to end: a round trip over a real socket, and the whole life of a connection.
//!
//! The client is one thread that waits for each reply, so this is latency without load, and not throughput.
//! For load, and for what it costs the server, see `gearshift compare`.
#![allow(missing_docs)]

use clap::Parser;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gearshift::cli::{Cli, Command};
use gearshift::models::ModelKind;
use gearshift::server::{Handle, Server};
use gearshift::settings::Settings;
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use tungstenite::{Message, WebSocket};

/// A server of one model in this process.
struct Running {
    url: String,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(model: ModelKind) -> Running {
        let name = model.about().name;
        let words = [
            "gearshift",
            "serve",
            "--model",
            name,
            "--service",
            "mirror=0",
        ];
        let Command::Serve(args) = Cli::parse_from(words).command else {
            unreachable!("the command is serve");
        };
        let settings = Settings::from_args(&args).expect("good arguments");
        let (ready, running) = crossbeam_channel::bounded(1);
        let serve = move || {
            let server = Server::bind(settings).expect("a free port");
            let (_, url) = server.endpoints().remove(0);
            ready
                .send((url, server.handle()))
                .expect("the caller waits");
            server.run().expect("it serves");
        };
        let thread = thread::Builder::new()
            .name("server".to_owned())
            .spawn(serve);
        let (url, handle) = running.recv().expect("it listens");
        let thread = Some(thread.expect("a thread"));
        Running {
            url,
            handle,
            thread,
        }
    }

    fn connect(&self) -> WebSocket<TcpStream> {
        let address = self.url.trim_start_matches("ws://").trim_end_matches('/');
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nodelay(true).expect("a socket");
        let (client, _) = tungstenite::client(&*self.url, stream).expect("a handshake");
        client
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn round_trip(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("round trip of one message");
    for model in ModelKind::ALL {
        let server = Running::start(model);
        let mut client = server.connect();
        let message = Message::binary(vec![7; 32]);
        let id = BenchmarkId::from_parameter(model.about().name);
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                client.send(message.clone()).expect("it is there");
                client.read().expect("it answers")
            });
        });
        let _ = client.close(None);
        let _ = client.flush();
    }
    group.finish();
}

fn whole_life(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("connect, one message, close");
    for model in ModelKind::ALL {
        let server = Running::start(model);
        let id = BenchmarkId::from_parameter(model.about().name);
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                let mut client = server.connect();
                client.send(Message::text("hello")).expect("it is there");
                client.read().expect("it answers");
                client.close(None).expect("it is open");
                while client.read().is_ok() {}
            });
        });
    }
    group.finish();
}

criterion_group!(benches, round_trip, whole_life);
criterion_main!(benches);
