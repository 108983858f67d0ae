//! Arguments that make no sense: exit code 2 and one line that says what is wrong.

use crate::process::run;

/// Nothing was served and nothing crashed; `parts` are in the line.
#[track_caller]
fn refused(args: &[&str], parts: &[&str]) {
    let refusal = run(args);
    let log = &refusal.log;
    assert_eq!(
        (refusal.code, refusal.out.as_str()),
        (2, ""),
        "{args:?}: {log}"
    );
    let is_complaint = |line: &&str| line.starts_with("gearshift: ") || line.starts_with("error: ");
    let complaints: Vec<&str> = log.lines().filter(is_complaint).collect();
    assert_eq!(complaints.len(), 1, "{args:?}: {log}");
    assert_eq!(log.lines().next(), complaints.first().copied(), "{log}");
    for part in parts {
        assert!(log.contains(part), "{args:?} does not say {part}: {log}");
    }
    for crash in ["panic", "backtrace", ".rs:"] {
        assert!(!log.contains(crash), "{args:?}: {log}");
    }
}

#[test]
fn an_unknown_command_is_refused() {
    refused(&["sevre"], &["'sevre'", "serve"]);
}

#[test]
fn an_unknown_flag_is_refused() {
    refused(&["serve", "--colour"], &["'--colour'"]);
}

#[test]
fn an_unknown_model_is_refused_and_the_known_ones_are_named() {
    let parts = ["'warp'", "sequential", "thread-pool", "event-loop"];
    refused(&["serve", "--model", "warp"], &parts);
}

#[test]
fn an_unknown_service_is_refused_and_the_known_ones_are_named() {
    let parts = ["'ecko'", "notify", "twin-echo", "tcp-echo"];
    refused(&["serve", "--service", "ecko"], &parts);
}

#[test]
fn a_bad_duration_is_refused_and_shown_how_to_write() {
    refused(
        &["serve", "--interval", "5"],
        &["'5'", "--interval", "200ms"],
    );
    refused(&["serve", "--drain", "soon"], &["'soon'", "--drain", "2s"]);
    refused(&["serve", "--slice", "0s"], &["--slice", "more than zero"]);
    refused(&["serve", "--idle-timeout", "2y"], &["at most a year"]);
    refused(&["serve", "--interval", "-1s"], &["-1"]);
}

#[test]
fn a_bad_size_is_refused_and_shown_how_to_write() {
    refused(&["serve", "--max-message", "5z"], &["'5z'", "16k"]);
    refused(&["serve", "--max-unsent", ""], &["--max-unsent"]);
    refused(&["serve", "--max-head", "99999999999999999999"], &["1MiB"]);
}

#[test]
fn a_bad_number_is_refused() {
    for (flag, most) in [
        ("--max-connections", "1000000"),
        ("--max-threads", "1000000"),
        ("--max-fragments", "1000000"),
        ("--max-headers", "10000"),
        ("--threads", "65536"),
    ] {
        refused(&["serve", flag, "0"], &[flag, &format!("1..={most}")]);
    }
    refused(&["serve", "--queue", "100000000000"], &["--queue"]);
    refused(&["serve", "--max-message", "64TiB"], &["at most 1GiB"]);
    refused(&["serve", "--max-connections", "many"], &["'many'"]);
    refused(&["serve", "--max-fragments", "-1"], &["-1"]);
}

#[test]
fn a_bad_address_is_refused_and_shown_how_to_write() {
    for address in [
        "65536",
        ":80",
        "1:2:3",
        "host:",
        "localhost",
        "[::1]",
        "::1",
    ] {
        let service = format!("echo={address}");
        refused(&["serve", "--service", &service], &[address, "HOST:PORT"]);
    }
    refused(
        &["serve", "--service", "twin-echo=1"],
        &["needs 2 addresses"],
    );
    refused(&["serve", "--service", "echo=1,2"], &["needs 1 address"]);
}

#[test]
fn flags_of_the_pool_are_refused_with_another_model() {
    for flags in [
        ["--threads", "4"],
        ["--queue", "4"],
        ["--long-lived", "drop"],
        ["--when-full", "reject"],
        ["--slice", "1s"],
        ["--min-rate", "1k"],
    ] {
        let args = ["serve", "--model", "event-loop", flags[0], flags[1]];
        refused(&args, &[flags[0], "--model pool"]);
    }
}

#[test]
fn flags_of_the_pool_that_contradict_each_other_are_refused() {
    let pool = ["serve", "--model", "pool"];
    let hold = ["--long-lived", "hold", "--slice", "1s"];
    refused(
        &[&pool[..], &hold].concat(),
        &["--slice", "drop or requeue"],
    );
    let requeue = ["--long-lived", "requeue", "--min-rate", "1"];
    refused(&[&pool[..], &requeue].concat(), &["--min-rate", "drop"]);
}

#[test]
fn watching_is_refused_where_nobody_is_told() {
    let echo = ["serve", "--service", "echo=0"];
    for flags in [["--watch", "notes.txt"], ["--ignore", "*.bak"]] {
        refused(&[&echo[..], &flags].concat(), &["--watch", "notify"]);
    }
}

#[test]
fn two_services_on_one_port_are_refused_and_both_are_named() {
    let args = ["serve", "-s", "echo=7001", "-s", "reply=7001"];
    refused(&args, &["echo", "reply", "127.0.0.1:7001", "--service"]);
    refused(&["serve", "-s", "echo", "-s", "notify"], &["8765"]);
}

#[test]
fn quiet_and_verbose_are_refused_together() {
    refused(
        &["serve", "--quiet", "--verbose"],
        &["--quiet", "--verbose"],
    );
    refused(&["serve", "-qv"], &["--quiet", "--verbose"]);
}

#[test]
fn a_bad_glob_is_refused_before_anything_listens() {
    let notify = ["serve", "--service", "notify=0"];
    for flags in [
        ["--watch", "src/[a"],
        ["--watch", "{a,b"],
        ["--watch", ""],
        ["--ignore", "[z-a]"],
    ] {
        refused(&[&notify[..], &flags].concat(), &[flags[1]]);
    }
}

#[test]
fn a_bad_url_is_refused_and_shown_how_to_write() {
    refused(&["client"], &["<URL>"]);
    refused(&["client", "127.0.0.1:8766"], &["ws://127.0.0.1:8766"]);
    refused(&["client", "wss://127.0.0.1"], &["TLS"]);
    refused(&["client", "ws://127.0.0.1:99999"], &["65535"]);
    refused(&["client", "--count", "x", "ws://127.0.0.1"], &["'x'"]);
}

#[test]
fn an_unknown_shell_is_refused() {
    refused(&["completions", "abacus"], &["abacus", "bash"]);
}
