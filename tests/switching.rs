//! Models are shifted while clients stay connected and keep sending. No client is disconnected; no reply is
//! lost, repeated or out of order; every notice arrives once. This holds for every ordered pair of models.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use gearshift::models::ModelKind;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use support::{TestServer, reversed, shake_hands, short_frame, wait_until};
use tungstenite::Message;

/// A client that keeps sending messages and checks each reply.
struct Caller {
    replies: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Caller {
    fn start(server: &TestServer, name: usize) -> Caller {
        let (replies, done) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let url = server.url("reply").to_owned();
        let (count, stop) = (Arc::clone(&replies), Arc::clone(&done));
        let call = move || {
            let mut client = support::Client::connect(&url);
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                // Two in flight at once, so that a shift finds one between message and reply.
                for offset in 0..2 {
                    client
                        .0
                        .write(Message::text(format!("{name}/{}", number + offset)))
                        .unwrap();
                }
                client.0.flush().unwrap();
                for offset in 0..2 {
                    assert_eq!(
                        client.receive(),
                        reversed(&format!("{name}/{}", number + offset))
                    );
                }
                number += 2;
                count.store(number, Ordering::Relaxed);
            }
            client.0.close(None).unwrap();
            assert_eq!(client.close_code(), Some(1005), "closed normally");
            number
        };
        let thread = std::thread::Builder::new().spawn(call).unwrap();
        Caller {
            replies,
            stop: done,
            thread,
        }
    }

    /// Waits for more replies than the old model can have under way.
    fn wait_for_replies(&self) {
        let before = self.replies.load(Ordering::Relaxed);
        wait_until("more replies", || {
            self.replies.load(Ordering::Relaxed) > before + 4
        });
    }
}

/// A client that receives `count` notices, each once and in order.
fn listener(server: &TestServer, count: usize) -> JoinHandle<()> {
    let mut client = server.connect("push");
    std::thread::spawn(move || {
        for number in 0..count {
            assert_eq!(client.receive(), number.to_string());
        }
    })
}

/// How many clients of one endpoint a model serves at the same time.
fn at_once(model: ModelKind) -> usize {
    if model == ModelKind::Sequential { 1 } else { 3 }
}

const NOTICES: usize = 40;

fn clients_stay_through(from: ModelKind, to: ModelKind) {
    // The clients connect under a model that serves all of them.
    let server = TestServer::start(ModelKind::EventLoop, &[]);
    let callers: Vec<Caller> = (0..3).map(|name| Caller::start(&server, name)).collect();
    let listeners: Vec<_> = (0..3).map(|_| listener(&server, NOTICES)).collect();
    server.wait_for_connections(6);
    let published = AtomicU64::new(0);
    let publish_some = || {
        for _ in 0..NOTICES / 4 {
            server.publish(&published.fetch_add(1, Ordering::Relaxed).to_string());
        }
    };
    server.handle.shift(from);
    publish_some();
    let served = |model| callers.iter().take(at_once(model));
    // A sequential model may serve any of them first, so any progress counts.
    let progress = |model: ModelKind| {
        if at_once(model) == callers.len() {
            served(model).for_each(Caller::wait_for_replies);
        } else {
            let sum = || {
                callers
                    .iter()
                    .map(|it| it.replies.load(Ordering::Relaxed))
                    .sum::<u64>()
            };
            let before = sum();
            wait_until("any reply", || sum() > before + 4);
        }
    };
    progress(from);
    std::thread::scope(|scope| {
        scope.spawn(publish_some); // notices during the shift
        server.handle.shift(to);
    });
    publish_some();
    progress(to);
    server.handle.shift(ModelKind::EventLoop);
    publish_some();
    for caller in &callers {
        caller.wait_for_replies();
        caller.stop.store(true, Ordering::Relaxed);
    }
    for caller in callers {
        assert!(caller.thread.join().unwrap() > 0);
    }
    for listener in listeners {
        listener.join().unwrap();
    }
}

macro_rules! every_pair {
    ($($name:ident: $from:ident => $to:ident;)*) => {
        const PAIRS: &[(ModelKind, ModelKind)] =
            &[$((ModelKind::$from, ModelKind::$to)),*];
        $(
        #[test]
        fn $name() { clients_stay_through(ModelKind::$from, ModelKind::$to); }
        )*
    };
}

every_pair! {
    sequential_to_threads: Sequential => ThreadPerConnection;
    sequential_to_pool: Sequential => ThreadPool;
    sequential_to_round_robin: Sequential => RoundRobin;
    sequential_to_event_loop: Sequential => EventLoop;
    sequential_to_coroutines: Sequential => Coroutines;
    sequential_to_multi_loop: Sequential => MultiLoop;
    threads_to_sequential: ThreadPerConnection => Sequential;
    threads_to_pool: ThreadPerConnection => ThreadPool;
    threads_to_round_robin: ThreadPerConnection => RoundRobin;
    threads_to_event_loop: ThreadPerConnection => EventLoop;
    threads_to_coroutines: ThreadPerConnection => Coroutines;
    threads_to_multi_loop: ThreadPerConnection => MultiLoop;
    pool_to_sequential: ThreadPool => Sequential;
    pool_to_threads: ThreadPool => ThreadPerConnection;
    pool_to_round_robin: ThreadPool => RoundRobin;
    pool_to_event_loop: ThreadPool => EventLoop;
    pool_to_coroutines: ThreadPool => Coroutines;
    pool_to_multi_loop: ThreadPool => MultiLoop;
    round_robin_to_sequential: RoundRobin => Sequential;
    round_robin_to_threads: RoundRobin => ThreadPerConnection;
    round_robin_to_pool: RoundRobin => ThreadPool;
    round_robin_to_event_loop: RoundRobin => EventLoop;
    round_robin_to_coroutines: RoundRobin => Coroutines;
    round_robin_to_multi_loop: RoundRobin => MultiLoop;
    event_loop_to_sequential: EventLoop => Sequential;
    event_loop_to_threads: EventLoop => ThreadPerConnection;
    event_loop_to_pool: EventLoop => ThreadPool;
    event_loop_to_round_robin: EventLoop => RoundRobin;
    event_loop_to_coroutines: EventLoop => Coroutines;
    event_loop_to_multi_loop: EventLoop => MultiLoop;
    coroutines_to_sequential: Coroutines => Sequential;
    coroutines_to_threads: Coroutines => ThreadPerConnection;
    coroutines_to_pool: Coroutines => ThreadPool;
    coroutines_to_round_robin: Coroutines => RoundRobin;
    coroutines_to_event_loop: Coroutines => EventLoop;
    coroutines_to_multi_loop: Coroutines => MultiLoop;
    multi_loop_to_sequential: MultiLoop => Sequential;
    multi_loop_to_threads: MultiLoop => ThreadPerConnection;
    multi_loop_to_pool: MultiLoop => ThreadPool;
    multi_loop_to_round_robin: MultiLoop => RoundRobin;
    multi_loop_to_event_loop: MultiLoop => EventLoop;
    multi_loop_to_coroutines: MultiLoop => Coroutines;
}

#[test]
fn a_shift_from_a_model_to_itself_keeps_the_clients() {
    for model in ModelKind::ALL {
        let server = TestServer::start(model, &[]);
        let mut client = server.connect("reply");
        server.handle.shift(model);
        assert_eq!(client.ask("still here"), reversed("still here"));
    }
}

/// Arrivals per model while shifts follow each other at once. A thorough run takes more of them:
/// `GEARSHIFT_ARRIVALS=2000 cargo test --release --test switching a_client_that_arrives`.
fn arrivals() -> usize {
    let asked = std::env::var("GEARSHIFT_ARRIVALS");
    asked.map_or(24, |text| {
        text.parse().expect("GEARSHIFT_ARRIVALS is a number")
    })
}

/// Shifts from a model to itself, as fast as possible, while clients arrive, ask once and leave.
fn arrivals_survive_shifts_under(model: ModelKind) {
    const CALLERS: usize = 8;
    let server = TestServer::start(model, &[]);
    let all = arrivals();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let server = &server;
                scope.spawn(move || {
                    for number in (caller..all).step_by(CALLERS) {
                        let mut client = server.connect("reply");
                        let words = format!("client {number}");
                        assert_eq!(client.ask(&words), reversed(&words), "{model:?}");
                    }
                })
            })
            .collect();
        // A caller that fails has finished too. Then this loop ends, and the scope panics.
        // Two threads, so that a command is always waiting: each model is told to stop before it starts.
        let shift = || {
            while !callers.iter().all(|caller| caller.is_finished()) {
                server.handle.shift(model);
            }
        };
        thread::scope(|shifters| {
            shifters.spawn(shift);
            shift();
        });
    });
}

macro_rules! every_model {
    ($($name:ident: $model:ident;)*) => {$(
        #[test]
        fn $name() { arrivals_survive_shifts_under(ModelKind::$model); }
    )*};
}

every_model! {
    a_client_that_arrives_during_shifts_is_not_lost_by_sequential: Sequential;
    a_client_that_arrives_during_shifts_is_not_lost_by_threads: ThreadPerConnection;
    a_client_that_arrives_during_shifts_is_not_lost_by_the_pool: ThreadPool;
    a_client_that_arrives_during_shifts_is_not_lost_by_round_robin: RoundRobin;
    a_client_that_arrives_during_shifts_is_not_lost_by_the_event_loop: EventLoop;
    a_client_that_arrives_during_shifts_is_not_lost_by_coroutines: Coroutines;
    a_client_that_arrives_during_shifts_is_not_lost_by_multi_loop: MultiLoop;
}

#[test]
fn every_pair_of_models_is_tested() {
    for from in ModelKind::ALL {
        for to in ModelKind::ALL {
            assert!(
                from == to || PAIRS.contains(&(from, to)),
                "{from:?} to {to:?}"
            );
        }
    }
}

/// All models in order, then in reverse.
fn tour() -> impl Iterator<Item = ModelKind> {
    ModelKind::ALL
        .into_iter()
        .chain(ModelKind::ALL.into_iter().rev())
}

#[test]
fn a_half_sent_handshake_and_a_half_sent_message_survive_every_shift() {
    let server = TestServer::start(ModelKind::EventLoop, &[]);
    let mut stream = server.raw("mirror");
    let handshake = support::handshake();
    let piece = handshake.len().div_ceil(14);
    for (bytes, model) in handshake.chunks(piece).zip(tour()) {
        stream.write_all(bytes).unwrap();
        server.handle.shift(model);
    }
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let frame = short_frame("in many hands");
    for (bytes, model) in frame.chunks(frame.len().div_ceil(14)).zip(tour()) {
        stream.write_all(bytes).unwrap();
        server.handle.shift(model);
    }
    let mut answer = vec![0; 2 + "in many hands".len()];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer[2..], b"in many hands");
}

#[test]
fn replies_that_wait_to_be_read_survive_every_shift() {
    let server = TestServer::start(ModelKind::EventLoop, &["--stall-timeout", "1m"]);
    let mut stream = server.raw("mirror");
    shake_hands(&mut stream);
    let mut frame = vec![0x82, 0xff];
    frame.extend((1u64 << 20).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend((0..1u32 << 18).flat_map(u32::to_le_bytes));
    let mut writer = stream.try_clone().unwrap();
    let copy = frame.clone();
    let sender = std::thread::spawn(move || (0..16).for_each(|_| writer.write_all(&copy).unwrap()));
    for model in tour() {
        server.handle.shift(model);
    }
    let mut answer = vec![0; 10 + (1 << 20)];
    for number in 0..16 {
        stream.read_exact(&mut answer).unwrap();
        assert!(answer[10..] == frame[14..], "answer {number} differs");
    }
    sender.join().unwrap();
}

#[test]
fn a_message_of_a_client_that_was_not_served_does_not_time_out() {
    let server = TestServer::start(ModelKind::EventLoop, &["--message-timeout", "200ms"]);
    let mut served = server.connect("mirror");
    let mut waiting = server.raw("mirror");
    shake_hands(&mut waiting);
    let frame = short_frame("in two halves");
    waiting.write_all(&frame[..9]).unwrap();
    assert_eq!(served.ask("first"), "first");
    server.handle.shift(ModelKind::Sequential);
    assert_eq!(served.ask("one at a time"), "one at a time");
    waiting.write_all(&frame[9..]).unwrap();
    thread::sleep(Duration::from_millis(500)); // in which no thread serves it
    server.handle.shift(ModelKind::ThreadPerConnection);
    let mut answer = [0; 15];
    waiting.read_exact(&mut answer).unwrap();
    assert_eq!(&answer[2..], b"in two halves");
}

#[test]
fn a_single_notice_during_a_shift_reaches_every_subscriber() {
    // Many clients, so that some are adopted before the notice and some after it.
    const CLIENTS: usize = 100;
    for model in ModelKind::ALL {
        if model == ModelKind::Sequential {
            continue; // it serves one of them
        }
        let server = TestServer::start(ModelKind::ThreadPool, &["--threads", "100"]);
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.connect("push")).collect();
        // The new model starts when `shift` returns. The notices come at different moments of that start.
        for number in 0..8 {
            server.handle.shift(model);
            thread::sleep(number * Duration::from_micros(100));
            server.publish(&number.to_string());
            for client in &mut clients {
                assert_eq!(client.receive(), number.to_string(), "{model:?}");
            }
        }
    }
}

#[test]
fn a_command_to_a_server_that_has_ended_is_not_waited_for() {
    let mut server = TestServer::start(ModelKind::EventLoop, &[]);
    server.stop();
    server.handle.shift(ModelKind::Sequential); // returns, or the test hangs
}

#[test]
fn concurrent_shifts_return_and_keep_the_client() {
    let mut server = TestServer::start(ModelKind::ThreadPerConnection, &[]);
    let mut client = server.connect("reply");
    std::thread::scope(|scope| {
        for model in ModelKind::ALL {
            let handle = server.handle.clone();
            scope.spawn(move || handle.shift(model));
        }
    });
    assert_eq!(client.ask("hello"), reversed("hello"));
    server.handle.stop();
    server.handle.stop();
    assert_eq!(client.close_code(), Some(1001));
    drop(client);
    server.join();
}
