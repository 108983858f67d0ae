//! Whether results are true. These tests take minutes, and need a quiet machine and a release build:
//!
//! ```sh
//! cargo test --release --test compare -- --ignored --nocapture --test-threads=1
//! ```

use crate::{saved, subject};
use gearshift::lab::metric::Metric;
use gearshift::lab::result::Run;
use gearshift::lab::stats::{Outcome, compare};
use std::net::TcpListener;

const TRIES: usize = 20;

fn verdict(run: &Run, metric: Metric, this: &str, reference: &str) -> Outcome {
    compare(metric, subject(run, this), subject(run, reference), 1).outcome
}

const ROUNDS: [&str; 6] = ["--rounds", "6", "-d", "250ms", "-w", "80ms"];

#[test]
#[ignore = "two minutes"]
fn a_model_compared_with_itself_shows_no_difference_in_19_of_20_tries() {
    let mut wrong = 0;
    for attempt in 1..=TRIES {
        let same = ["-s", "crowd", "-m", "event-loop,event-loop"];
        let (run, _) = saved(&[&same[..], &ROUNDS].concat());
        for metric in [Metric::Throughput, Metric::Cpu] {
            let outcome = verdict(&run, metric, "event-loop (2)", "event-loop");
            println!("try {attempt}: {metric:?}: {outcome:?}");
            wrong += usize::from(outcome != Outcome::NoDifferenceShown);
        }
    }
    println!("{wrong} of {} verdicts see a difference", 2 * TRIES);
    assert!(wrong <= 2);
}

#[test]
#[ignore = "two minutes"]
fn a_copy_that_computes_20_us_more_per_message_is_always_found_slower() {
    for attempt in 1..=TRIES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let gearshift = env!("CARGO_BIN_EXE_gearshift");
        let slow = format!(
            "slow={gearshift} serve -q --service mirror={port} --work-cpu 20us@ws://127.0.0.1:{port}/"
        );
        let args = ["-s", "crowd", "-m", "event-loop", "--peer", &slow];
        let (run, _) = saved(&[&args[..], &ROUNDS].concat());
        for metric in [Metric::Throughput, Metric::Cpu] {
            let outcome = verdict(&run, metric, "slow", "event-loop");
            println!("try {attempt}: {metric:?}: {outcome:?}");
            assert_eq!(outcome, Outcome::Worse, "try {attempt}, {metric:?}");
        }
    }
}

#[test]
#[ignore = "needs a quiet machine"]
fn five_milliseconds_of_blocking_are_five_milliseconds_of_latency() {
    let one = [
        "-s",
        "echo",
        "-m",
        "threads",
        "-c",
        "1",
        "--work-block",
        "5ms",
    ];
    let (run, _) = saved(&[&one[..], &["--rounds", "3", "-d", "1s"]].concat());
    for sample in &subject(&run, "thread-per-connection").samples {
        println!(
            "p50 {} us, p90 {} us",
            sample.latency.p50_us, sample.latency.p90_us
        );
        assert!(sample.latency.p50_us >= 5000.0);
        assert!(sample.latency.p50_us < 5500.0);
    }
}
