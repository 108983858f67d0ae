//! The requested load is sent, counted and reported.

use crate::scripted::replying;
use crate::support::TestServer;
use crate::{count, errors, load, no_errors, time};
use gearshift::lab::load::{Check, Progress, run};
use gearshift::models::ModelKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn server() -> TestServer {
    let more = ["echo=0", "tcp-echo=0", "broadcast=0"];
    let more: Vec<&str> = more.iter().flat_map(|name| ["--service", name]).collect();
    TestServer::start(ModelKind::EventLoop, &more)
}

#[test]
fn the_requested_number_of_messages_is_sent_and_counted() {
    let heard = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&heard);
    let url = replying(move |socket, message, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        let _ = socket.send(message);
    });
    for (connections, in_flight, threads, messages) in [
        (1, 1, 1, 1),
        (3, 1, 1, 1000),
        (3, 7, 2, 1000),
        (40, 3, 3, 50),
    ] {
        heard.store(0, Ordering::SeqCst);
        let mut plan = count(&url, messages);
        plan.parameters.connections = connections;
        plan.parameters.in_flight = in_flight;
        plan.threads = Some(threads);
        let outcome = load(&plan);
        no_errors(&outcome);
        let sample = outcome.sample;
        assert_eq!(sample.messages, messages);
        assert_eq!(sample.latency.count, messages);
        assert_eq!(sample.connected, connections as u64);
        assert_eq!(sample.generator.threads, threads);
        assert_eq!(heard.load(Ordering::SeqCst), messages);
        let in_buckets: u64 = sample.latency.buckets.iter().map(|(_, count)| count).sum();
        assert_eq!(in_buckets, messages);
    }
}

#[test]
fn the_reply_format_of_each_service_is_understood() {
    let server = server();
    for (service, text, size) in [
        ("mirror", false, 32),
        ("mirror", true, 0),
        ("mirror", false, 300_000),
        ("reply", true, 32),
        ("reply", true, 1),
        ("reply", false, 32),
        ("echo", true, 5000),
        ("tcp-echo", false, 32),
        ("tcp-echo", false, 100_000),
    ] {
        let mut plan = count(server.url(service), 300);
        plan.parameters.text = text;
        plan.parameters.message_bytes = size;
        plan.parameters.in_flight = 4;
        let outcome = load(&plan);
        no_errors(&outcome);
        assert_eq!(outcome.sample.messages, 300, "{service}, {size} bytes");
    }
}

#[test]
fn a_given_message_is_sent_unchanged() {
    let url = replying(|socket, message, _| {
        assert_eq!(message.to_text().unwrap(), "grüezi");
        let _ = socket.send(message);
    });
    let mut plan = count(&url, 10);
    plan.message = Some("grüezi".as_bytes().to_vec());
    plan.parameters.text = true;
    let outcome = load(&plan);
    no_errors(&outcome);
    assert_eq!(outcome.sample.messages, 10);
}

#[test]
fn a_duration_is_measured_in_full_and_by_the_second() {
    let server = server();
    let mut plan = time(server.url("mirror"), Duration::from_millis(2100));
    plan.parameters.warm_up_seconds = 0.1;
    let outcome = load(&plan);
    no_errors(&outcome);
    let sample = outcome.sample;
    assert!((2.1..4.0).contains(&sample.elapsed_seconds), "{sample:?}");
    assert!(sample.messages > 100, "{sample:?}");
    assert!(sample.per_second.len() >= 2);
    let by_second: u64 = sample.per_second.iter().sum();
    assert!(by_second <= sample.messages && by_second > 0);
}

#[test]
fn an_open_loop_keeps_its_rate_and_reports_the_achieved_one() {
    let server = server();
    let mut plan = count(server.url("mirror"), 500);
    plan.parameters.rate_per_second = Some(1000.0);
    plan.threads = Some(2);
    let outcome = load(&plan);
    no_errors(&outcome);
    let sample = outcome.sample;
    assert_eq!(sample.messages, 500);
    // The last message is due after 499 ms.
    assert!(sample.elapsed_seconds > 0.45, "{sample:?}");
    let reached = sample.generator.achieved_rate_per_second.unwrap();
    assert!((50.0..1100.0).contains(&reached), "{reached}");
    assert!(sample.latency.mean_us >= sample.latency_from_send.mean_us);
}

#[test]
fn a_connection_is_replaced_after_the_requested_number_of_messages() {
    let server = server();
    for service in ["mirror", "tcp-echo"] {
        let mut plan = count(server.url(service), 120);
        plan.parameters.messages_per_connection = Some(4);
        plan.parameters.in_flight = 2;
        let outcome = load(&plan);
        no_errors(&outcome);
        let sample = outcome.sample;
        assert_eq!(sample.messages, 120);
        // The last connection of each client may be unused, or closed early.
        assert!((30..=36).contains(&sample.connected), "{sample:?}");
        assert!(sample.latency.max_us > sample.latency_from_send.p50_us);
    }
}

#[test]
fn every_delivery_of_a_fan_out_is_counted() {
    let server = server();
    let mut plan = count(server.url("broadcast"), 20);
    plan.parameters.connections = 30;
    plan.parameters.fan_out = true;
    let outcome = load(&plan);
    no_errors(&outcome);
    assert_eq!(outcome.sample.messages, 20 * 30);
    assert_eq!(outcome.sample.connected, 31);
}

#[test]
fn silent_clients_are_connected_and_counted() {
    let server = server();
    let mut plan = time(server.url("mirror"), Duration::from_millis(100));
    plan.parameters.connections = 0;
    plan.parameters.idle = 20;
    let mut open = 0;
    let on = &mut |progress: Progress| {
        if let Progress::Connected { open: now } = progress {
            open = now;
            server.wait_for_connections(20);
        }
    };
    let outcome = run(&plan, &AtomicBool::new(false), on).unwrap();
    no_errors(&outcome);
    assert_eq!((open, outcome.sample.messages), (20, 0));
}

#[test]
fn clients_that_never_read_do_not_disturb_the_measurement() {
    let server = server();
    let mut plan = count(server.url("mirror"), 200);
    plan.parameters.slow_readers = 2;
    let outcome = load(&plan);
    no_errors(&outcome);
    assert_eq!(outcome.sample.messages, 200);
    assert_eq!(outcome.sample.connected, 5);
}

#[test]
fn progress_is_reported_in_order_and_no_message_is_sent_before_all_are_connected() {
    let heard = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&heard);
    let url = replying(move |socket, message, _| {
        counter.fetch_add(1, Ordering::SeqCst);
        let _ = socket.send(message);
    });
    let mut plan = time(&url, Duration::from_millis(200));
    plan.parameters.warm_up_seconds = 0.1;
    let mut seen = Vec::new();
    let outcome = run(&plan, &AtomicBool::new(false), &mut |progress| {
        let name = format!("{progress:?}");
        if let Progress::Connected { open } = progress {
            assert_eq!((open, heard.load(Ordering::SeqCst)), (3, 0));
        }
        let name = name.split(' ').next().unwrap().to_owned();
        if seen.last() != Some(&name) {
            seen.push(name);
        }
    });
    no_errors(&outcome.unwrap());
    seen.retain(|name| name != "Connecting");
    let order = [
        "Connected",
        "WarmingUp",
        "MeasuringBegins",
        "Measuring",
        "MeasuringEnds",
    ];
    assert_eq!(seen, order);
}

#[test]
fn a_cancelled_run_ends_soon_with_the_results_so_far() {
    let server = server();
    let plan = time(server.url("mirror"), Duration::from_secs(3600));
    let cancel = AtomicBool::new(false);
    let began = Instant::now();
    let outcome = run(&plan, &cancel, &mut |progress| {
        if let Progress::Measuring { messages, .. } = progress
            && messages > 0
        {
            cancel.store(true, Ordering::SeqCst);
        }
    })
    .unwrap();
    assert!(outcome.interrupted);
    assert!(outcome.sample.messages > 0);
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn connection_attempts_are_spread_over_the_ramp_up() {
    let server = server();
    let mut plan = count(server.url("mirror"), 10);
    plan.parameters.connections = 10;
    plan.ramp_up = Duration::from_millis(300);
    let began = Instant::now();
    let mut connected = None;
    let outcome = run(&plan, &AtomicBool::new(false), &mut |progress| {
        if let Progress::Connected { .. } = progress {
            connected = Some(began.elapsed());
        }
    });
    no_errors(&outcome.unwrap());
    assert!(connected.unwrap() >= Duration::from_millis(270));
}

#[test]
fn a_client_with_a_think_time_sends_no_faster() {
    let server = server();
    let mut plan = time(server.url("mirror"), Duration::from_millis(400));
    plan.parameters.think_seconds = 0.1;
    let outcome = load(&plan);
    no_errors(&outcome);
    // One at once and one every 100 ms, for each of 3; the measured time may be longer than asked.
    let most = 3 * (2 + (outcome.sample.elapsed_seconds / 0.1) as u64);
    assert!((3..=most).contains(&outcome.sample.messages), "{outcome:?}");
}

#[test]
fn without_a_check_any_reply_is_right_and_with_length_any_of_that_length() {
    let url = replying(|socket, _, number| {
        let words = if number % 2 == 0 {
            "yes"
        } else {
            "no, not now"
        };
        let _ = socket.send(tungstenite::Message::text(words));
    });
    let mut plan = count(&url, 30);
    plan.check = Check::None;
    let outcome = load(&plan);
    no_errors(&outcome);
    assert_eq!(outcome.sample.messages, 30);
    plan.check = Check::Length;
    plan.parameters.connections = 1;
    assert_eq!(errors(&load(&plan), "wrong reply"), 15);
}
