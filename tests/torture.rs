//! Clients that come and go as rudely as they can leave nothing behind: descriptors, threads and
//! memory of the server return to where they were.
//!
//! Each model takes a second and a half; `GEARSHIFT_TORTURE_SECONDS=60` makes it longer. Descriptors and
//! threads are counted in /proc, so the tests are skipped on other systems than Linux.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use gearshift::models::ModelKind;
use rustix::net::sockopt::set_socket_linger;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use support::{handshake, reversed, short_frame, wait_until};
use tungstenite::Message;

/// The program itself, so that its resources are not mixed with those of the test.
struct Process {
    child: Child,
    urls: Vec<String>,
}

impl Process {
    fn start(model: ModelKind) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gearshift"))
            .args(["serve", "--quiet", "--model", model.about().name])
            .args([
                "--service",
                "reply=0",
                "--service",
                "mirror=0",
                "--service",
                "broadcast=0",
            ])
            .args(["--stall-timeout", "300ms", "--idle-timeout", "2s"])
            .args(["--handshake-timeout", "500ms", "--message-timeout", "500ms"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut urls = Vec::new();
        for _ in 0..3 {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            urls.push(line.split_whitespace().nth(2).unwrap().to_owned());
        }
        Process { child, urls }
    }

    fn count(&self, what: &str) -> usize {
        fs::read_dir(format!("/proc/{}/{what}", self.child.id()))
            .unwrap()
            .count()
    }

    fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A small generator of numbers (Marsaglia's xorshift64): the same rudeness every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn rude_client(url: &str, dice: &mut Dice) -> std::io::Result<TcpStream> {
    let address = url.trim_start_matches("ws://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address)?;
    // A client that waits for a busy server would torture it less.
    stream.set_read_timeout(Some(Duration::from_millis(10)))?;
    stream.set_write_timeout(Some(Duration::from_millis(10)))?;
    let hello = handshake();
    match dice.throw(4) {
        0 => stream.write_all(&hello[..dice.throw(hello.len() as u64) as usize])?,
        1 => stream.write_all(b"\x16\x03\x01 nothing that makes sense\r\n\r\n")?,
        _ => {
            stream.write_all(&hello)?;
            let frame = short_frame("pub makes this a message to all others");
            for _ in 0..dice.throw(50) {
                stream.write_all(&frame)?;
            }
            stream.write_all(&frame[..dice.throw(frame.len() as u64) as usize])?;
        }
    }
    match dice.throw(5) {
        0 => set_socket_linger(&stream, Some(Duration::ZERO))?,
        1 => stream.shutdown(Shutdown::Write)?,
        2 => stream.shutdown(Shutdown::Read)?,
        3 => drop(stream.read(&mut [0; 256])),
        _ => {}
    }
    Ok(stream)
}

fn leaves_nothing_behind(model: ModelKind) {
    if !std::path::Path::new("/proc/self/fd").exists() {
        println!("skipped: no /proc to count the descriptors of the server in");
        return;
    }
    let seconds = std::env::var("GEARSHIFT_TORTURE_SECONDS").map_or(1.5, |it| it.parse().unwrap());
    let server = Process::start(model);
    let alive = || {
        let mut client = support::Client::connect(&server.urls[0]);
        assert_eq!(client.ask("alive"), reversed("alive"));
    };
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut torture = |seconds: f64| {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        let mut held = Vec::new();
        let mut clients = 0;
        while Instant::now() < end {
            let url = &server.urls[dice.throw(3) as usize];
            held.extend(rude_client(url, &mut dice).ok());
            clients += 1;
            // Some are kept for a while, stopped in the middle of whatever they did.
            if held.len() > 30 {
                held.swap_remove(dice.throw(30) as usize);
            }
        }
        clients
    };
    // A warm-up creates every buffer and thread that is created once, and fills the history of the hub.
    torture(0.5);
    let mut publisher = support::Client::connect(&server.urls[2]);
    for number in 0..20_000 {
        publisher
            .0
            .write(Message::text(format!("pub {number}")))
            .unwrap();
    }
    publisher.0.send(Message::Ping("done?".into())).unwrap();
    // Messages of rude clients may still arrive. A connection that ends fails the read.
    while publisher.0.read().unwrap() != Message::Pong("done?".into()) {}
    drop(publisher);
    alive();
    let settled = || wait_until("the clients to be gone", || server.count("fd") <= 24);
    settled();
    let before = (server.count("fd"), server.resident_kib());
    let clients = torture(seconds);
    alive();
    settled();
    wait_until("descriptors to return", || server.count("fd") <= before.0);
    // Main, the log, and the one that waits for signals; then those of the model.
    let threads = match model {
        ModelKind::Sequential => 3 + 3,
        ModelKind::ThreadPerConnection => 3 + 3,
        ModelKind::ThreadPool => 3 + 3 + 20,
        ModelKind::RoundRobin | ModelKind::EventLoop | ModelKind::Coroutines => 3,
        ModelKind::MultiLoop => 2 + thread::available_parallelism().unwrap().get(),
    };
    wait_until("threads to return", || server.count("task") <= threads);
    let after = server.resident_kib();
    println!(
        "{}: {clients} clients, {} -> {after} KiB",
        model.about().name,
        before.1
    );
    // Arenas of the allocator grow and shrink; a leak of 100 bytes per client would show within a minute.
    let allowed = before.1 + 2048 + before.1 / 2;
    assert!(
        after <= allowed,
        "{} KiB before, {after} KiB after {clients} clients",
        before.1
    );
}

#[test]
fn sequential() {
    leaves_nothing_behind(ModelKind::Sequential);
}

#[test]
fn thread_per_connection() {
    leaves_nothing_behind(ModelKind::ThreadPerConnection);
}

#[test]
fn thread_pool() {
    leaves_nothing_behind(ModelKind::ThreadPool);
}

#[test]
fn round_robin() {
    leaves_nothing_behind(ModelKind::RoundRobin);
}

#[test]
fn coroutines() {
    leaves_nothing_behind(ModelKind::Coroutines);
}

#[test]
fn multi_loop() {
    leaves_nothing_behind(ModelKind::MultiLoop);
}

#[test]
fn event_loop() {
    leaves_nothing_behind(ModelKind::EventLoop);
}
