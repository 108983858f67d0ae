//! `gearshift load` as a program.

use crate::process::{LONG, Program, run};
use crate::scripted::{raw, refusing, replying};
use gearshift::lab::result::{Run, SCHEMA};
use rustix::process::Signal;
use std::fs;

fn mirror() -> String {
    replying(|socket, message, _| drop(socket.send(message)))
}

#[test]
fn a_report_fits_80_columns_and_standard_error_is_empty_in_a_pipe() {
    let shown = run(&["load", &mirror(), "-n", "2k", "-c", "5"]);
    assert_eq!((shown.code, shown.log.as_str()), (0, ""), "{shown:?}");
    for line in shown.out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for part in [
        "closed loop, 5 clients",
        "2,000 in",
        "p99.99",
        "1 thread",
        "<=",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
}

#[test]
fn an_open_loop_shows_both_latencies_and_the_rate() {
    let shown = run(&[
        "load",
        &mirror(),
        "-n",
        "100",
        "--rate",
        "1k",
        "--percentiles",
        "75,99",
    ]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in [
        "open loop, 1,000/s",
        "from due",
        "from send",
        "requested",
        "p75",
        "p99 ",
    ] {
        assert!(shown.out.contains(part), "{part}: {}", shown.out);
    }
    assert!(!shown.out.contains("p50"));
}

#[test]
fn an_export_to_standard_output_is_alone_there() {
    let shown = run(&["load", &mirror(), "-n", "300", "--export-json", "-"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let read: Run = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(read.schema, SCHEMA);
    let sample = &read.scenarios[0].subjects[0].samples[0];
    assert_eq!((sample.messages, sample.round), (300, 1));
    assert!(read.command.starts_with("gearshift load ws://"));
    assert!(!read.interrupted);
    let again = serde_json::to_string_pretty(&read).unwrap();
    assert_eq!(format!("{again}\n"), shown.out);
}

#[test]
fn the_result_is_written_to_a_file_and_the_report_is_printed() {
    let url = mirror();
    let mut program = Program::start(&["load", &url, "-n", "10", "--export-json", "run.json"]);
    program.out.until("10 in");
    assert_eq!(program.exit(LONG), 0);
    let text = fs::read_to_string(program.path("run.json")).unwrap();
    assert!(serde_json::from_str::<Run>(&text).is_ok());
}

#[test]
fn the_other_forms_of_the_result_are_written_too() {
    let url = mirror();
    let args = ["load", &url, "-n", "10", "--export-csv", "run.csv"];
    let more = ["--export-markdown", "run.md", "--export-html", "run.html"];
    let mut program = Program::start(&[&args[..], &more].concat());
    assert_eq!(program.exit(LONG), 0, "{}", program.log.all());
    for name in ["run.csv", "run.md", "run.html"] {
        let text = fs::read_to_string(program.path(name)).unwrap();
        assert!(text.contains(&url), "{name}: {text}");
    }
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let args = [
        "load",
        &mirror(),
        "-n",
        "1",
        "--export-json",
        "no/such/place.json",
    ];
    let shown = run(&args);
    assert_eq!(shown.code, 1);
    assert!(
        shown.log.contains("cannot write no/such/place.json"),
        "{}",
        shown.log
    );
}

#[test]
fn contradicting_arguments_are_one_line_and_exit_code_2() {
    let url = "ws://127.0.0.1:1";
    for (args, part) in [
        (&["http://x"][..], "write ws://x"),
        (&["tcp://127.0.0.1"], "write tcp://HOST:PORT"),
        (&[url, "-c", "0"], "no clients"),
        (&[url, "-n", "0"], "-n 0 measures nothing"),
        (
            &[url, "-c", "0", "--idle", "1", "--rate", "5"],
            "--rate needs clients",
        ),
        (&[url, "--fan-out", "--size", "4"], "at least 8"),
        (&["tcp://127.0.0.1:1", "--text"], "not raw TCP"),
        (&["tcp://127.0.0.1:1", "--size", "0"], "empty message"),
    ] {
        let shown = run(&[&["load"], args].concat());
        assert_eq!((shown.code, shown.out.as_str()), (2, ""), "{args:?}");
        assert!(
            shown.log.starts_with("gearshift: ") && shown.log.contains(part),
            "{}",
            shown.log
        );
        assert_eq!(shown.log.lines().count(), 1, "{}", shown.log);
    }
    for args in [
        &[url, "-c", "many"][..],
        &[url, "-r", "0"],
        &[url, "-d", "0s"],
        &[url, "-d", "10"],
        &[url, "--rate", "5", "--in-flight", "2"],
        &[url, "--percentiles", "101"],
        &[],
    ] {
        assert_eq!(run(&[&["load"], args].concat()).code, 2, "{args:?}");
    }
}

#[test]
fn errors_are_listed_and_the_exit_code_is_1() {
    let wrong = replying(|socket, _, _| drop(socket.send(tungstenite::Message::text("no"))));
    let shown = run(&["load", &wrong, "-n", "10", "-c", "2"]);
    assert_eq!(shown.code, 1);
    assert!(shown.out.contains("10 errors"), "{}", shown.out);
    assert!(shown.out.contains("wrong reply"), "{}", shown.out);
}

#[test]
fn a_server_that_rejects_all_clients_is_one_line_and_exit_code_1() {
    let address = raw(refusing("HTTP/1.1 403 Forbidden\r\n\r\n"));
    let shown = run(&["load", &format!("ws://{address}"), "-n", "1"]);
    assert_eq!((shown.code, shown.out.as_str()), (1, ""));
    assert!(shown.log.contains("status 403"), "{}", shown.log);
    assert_eq!(shown.log.lines().count(), 1, "{}", shown.log);
}

#[test]
fn too_few_descriptors_are_reported_with_the_command_that_raises_the_limit() {
    let args = ["load", "ws://127.0.0.1:1", "-c", "1000"];
    let shown = Program::spawn(Program::command_after("ulimit -n 128", &args)).outcome();
    assert_eq!(shown.code, 1);
    assert!(shown.log.contains("ulimit -n 1064"), "{}", shown.log);
}

#[test]
fn ctrl_c_reports_the_results_so_far_and_exits_with_130() {
    let (to, received) = crossbeam_channel::bounded(1);
    let url = replying(move |socket, message, _| {
        let _ = to.try_send(());
        let _ = socket.send(message);
    });
    let mut program = Program::start(&["load", &url, "-d", "1h", "--export-json", "run.json"]);
    // Messages are sent, so the signal handler is installed.
    received.recv_timeout(LONG).unwrap();
    program.signal(Signal::INT);
    assert_eq!(program.exit(LONG), 130);
    let text = fs::read_to_string(program.path("run.json")).unwrap();
    let read: Run = serde_json::from_str(&text).unwrap();
    assert!(read.interrupted);
    assert!(program.out.all().contains("interrupted"));
}
