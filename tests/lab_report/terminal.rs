//! The report in the terminal: what it looks like, and how wide it is.

use crate::synthetic::{self, EVENT_LOOP, Noise, THREADS};
use gearshift::lab::report;
use gearshift::lab::result::Run;
use unicode_width::UnicodeWidthStr;

const SMALL: &str = "\
$ gearshift compare --rounds 7
Linux, 6.12.9, Ryzen 5 7600, 12 cores, 31.2 GiB of memory, governor schedutil,
load average 0.210 before, host lab-03
gearshift 0.1.0, 2026-05-28T20:26:40Z, took 312 s

── echo ────────────────────────────────────────────────────────────────────────
What a message costs when all clients send all the time.
Theory: One loop is cheapest per message. Threads pay one context switch for
each.
Load: 50 connections, 64 B per message, 1 in flight each (closed loop); 5 rounds
of 5.00 s, each after 1.00 s of warm-up.

What the clients got
server                  throughput  p50   p99   max              vs best
                        messages/s   µs    µs    µs        in throughput
event-loop              153 k ±2 %  320   570   812                 best
thread-per-connection  83.5 k ±2 %  600  3100  7893  1.85 x [1.81, 1.88]
sequential             It serves one client at a time, and fifty were asked for.

What it cost the server
server                        CPU  cores  memory    memory  threads     switches
                       µs/message   used     MiB  B/client    count  per message
event-loop                   6.51  0.997    4.09    1.84 k        2       0.0300
thread-per-connection        21.1   1.76    5.26    26.4 k       52         1.04

What was found
  - event-loop is best in throughput: 153 k messages/s.
  - thread-per-connection is 1.85 x [1.81, 1.88] slower than event-loop.

Why event-loop is ahead
  - thread-per-connection is 1.85 x [1.81, 1.88] slower than event-loop. A
    message costs thread-per-connection 21.1 µs of CPU time and event-loop 6.51
    µs, 3.25 x. 70 % of that difference is spent in the kernel, in system calls
    and context switches. thread-per-connection makes 1.04 context switches per
    message, and event-loop 0.0300, because each wake-up serves several clients.
    thread-per-connection needs 52 threads, and event-loop 2. event-loop is also
    more consistent: its p99 is 1.79 x its p50, and that of
    thread-per-connection is 5.18 x.
  - This agrees with theory, which expects event-loop to be better than
    thread-per-connection in throughput, because a thread pays one context
    switch per message.
";

fn small() -> Run {
    let noise = Noise::Normal(0.02);
    let mut subjects = vec![
        synthetic::subject(&THREADS, 5, noise, 1),
        synthetic::subject(&EVENT_LOOP, 5, noise, 2),
        synthetic::subject(&synthetic::SEQUENTIAL, 0, noise, 3),
    ];
    subjects[2].failure =
        Some("It serves one client at a time, and fifty were asked for.".to_owned());
    let mut scenario = synthetic::scenario("echo", subjects);
    scenario.expected = vec![synthetic::expectation(
        &EVENT_LOOP,
        &THREADS,
        "a thread pays one context switch per message",
    )];
    synthetic::run_of(vec![scenario])
}

#[test]
fn a_small_run_looks_like_this() {
    let text = report::terminal(&small(), 80);
    let (before, _) = text.split_once("\nLegend:").unwrap();
    assert_eq!(before, SMALL, "\n{before}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut run = synthetic::run(4);
    run.scenarios.extend(synthetic::sweep(4).scenarios);
    run.scenarios[0].subjects[0].name = "日本語のとても長い名前のサーバー".to_owned();
    let runs = [("a.json", run.clone()), ("b.json", synthetic::run(6))];
    let runs = runs.map(|(name, run)| report::Saved {
        name: name.to_owned(),
        run,
    });
    for columns in [80, 100] {
        let texts = [
            report::terminal(&run, columns),
            report::terminal_side_by_side(&runs, columns),
        ];
        for line in texts.iter().flat_map(|text| text.lines()) {
            assert!(line.width() <= columns, "{} columns: {line}", line.width());
        }
        assert!(texts[1].contains("2 runs on similar machines"));
    }
    // Narrower is hard to read, but does not fail.
    report::terminal(&run, 40);
}

#[test]
fn a_debug_build_and_an_interruption_are_reported_first() {
    let mut run = small();
    run.machine.debug_build = true;
    run.interrupted = true;
    let text = report::terminal(&run, 100);
    let head: Vec<&str> = text.lines().take(6).collect();
    let warned = head.iter().filter(|line| line.starts_with("WARNING:"));
    assert_eq!(warned.count(), 2, "{head:?}");
}

#[test]
fn a_result_that_contradicts_the_textbook_says_so_and_names_other_metrics() {
    let mut run = small();
    let expected = &mut run.scenarios[0].expected[0];
    std::mem::swap(&mut expected.better, &mut expected.worse);
    let text = report::terminal(&run, 80).replace("\n    ", " ");
    assert!(text.contains(
        "This CONTRADICTS the textbook, which expects thread-per-connection to be better"
    ));
    assert!(text.contains("The metrics that go with it: A message costs thread-per-connection"));
}

#[test]
fn a_generator_at_its_limit_is_reported() {
    let mut run = small();
    for sample in &mut run.scenarios[0].subjects[1].samples {
        sample.generator.busy_share = Some(0.99);
    }
    let text = report::terminal(&run, 80).replace("\n    ", " ");
    assert!(text.contains("The generator was at its limit against event-loop"));
    assert!(text.contains("so the true distance is not known"));
}

#[test]
fn messages_that_were_due_long_before_they_were_sent_are_reported() {
    let mut run = small();
    assert!(!report::terminal(&run, 80).contains("were due"));
    for sample in &mut run.scenarios[0].subjects[0].samples {
        for (value, _) in &mut sample.latency.buckets {
            *value += 900_000.0;
        }
        sample.latency.max_us += 900_000.0;
    }
    let text = report::terminal(&run, 80).replace("\n    ", " ");
    assert!(
        text.contains(
            "p99 is 903 ms from when messages were due, and 3.10 ms from when they were sent"
        ),
        "{text}"
    );
}

#[test]
fn errors_are_in_the_table_next_to_the_results() {
    let mut run = small();
    let sample = &mut run.scenarios[0].subjects[0].samples[0];
    sample.errors = 396;
    sample.error_kinds = vec![("handshake timed out".to_owned(), 396)];
    let row = "\nthread-per-connection  plus 396 errors: handshake timed out\n";
    assert!(report::terminal(&run, 80).contains(row));
    run.scenarios[0].subjects[0].samples[0].errors = 1;
    let row = "\nthread-per-connection  plus 1 error: handshake timed out\n";
    assert!(report::terminal(&run, 80).contains(row));
}
