//! Invalid arguments: exit code 2 and one line that says what is wrong.

use crate::process::run;

/// Checks that nothing was served, nothing crashed, and the line contains `parts`.
#[track_caller]
fn rejected(args: &[&str], parts: &[&str]) {
    let outcome = run(args);
    let log = &outcome.log;
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (2, ""),
        "{args:?}: {log}"
    );
    let is_error = |line: &&str| line.starts_with("gearshift: ") || line.starts_with("error: ");
    let errors: Vec<&str> = log.lines().filter(is_error).collect();
    assert_eq!(errors.len(), 1, "{args:?}: {log}");
    assert_eq!(log.lines().next(), errors.first().copied(), "{log}");
    for part in parts {
        assert!(log.contains(part), "{args:?} does not say {part}: {log}");
    }
    for crash in ["panic", "backtrace", ".rs:"] {
        assert!(!log.contains(crash), "{args:?}: {log}");
    }
}

#[test]
fn an_unknown_command_is_rejected() {
    rejected(&["sevre"], &["'sevre'", "serve"]);
}

#[test]
fn an_unknown_flag_is_rejected() {
    rejected(&["serve", "--colour"], &["'--colour'"]);
}

#[test]
fn an_unknown_model_is_rejected_and_the_known_ones_are_named() {
    let parts = ["'warp'", "sequential", "thread-pool", "event-loop"];
    rejected(&["serve", "--model", "warp"], &parts);
}

#[test]
fn an_unknown_service_is_rejected_and_the_known_ones_are_named() {
    let parts = ["'ecko'", "notify", "twin-echo", "tcp-echo"];
    rejected(&["serve", "--service", "ecko"], &parts);
}

#[test]
fn a_bad_duration_is_rejected_with_an_example() {
    rejected(
        &["serve", "--interval", "5"],
        &["'5'", "--interval", "200ms"],
    );
    rejected(&["serve", "--drain", "soon"], &["'soon'", "--drain", "2s"]);
    rejected(&["serve", "--slice", "0s"], &["--slice", "more than zero"]);
    rejected(&["serve", "--idle-timeout", "2y"], &["at most a year"]);
    rejected(&["serve", "--interval", "-1s"], &["-1"]);
}

#[test]
fn a_bad_size_is_rejected_with_an_example() {
    rejected(&["serve", "--max-message", "5z"], &["'5z'", "16k"]);
    rejected(&["serve", "--max-unsent", ""], &["--max-unsent"]);
    rejected(&["serve", "--max-head", "99999999999999999999"], &["1MiB"]);
}

#[test]
fn a_bad_number_is_rejected() {
    for (flag, most) in [
        ("--max-connections", "1000000"),
        ("--max-threads", "1000000"),
        ("--max-fragments", "1000000"),
        ("--max-headers", "10000"),
        ("--threads", "65536"),
    ] {
        rejected(&["serve", flag, "0"], &[flag, &format!("1..={most}")]);
    }
    rejected(&["serve", "--queue", "100000000000"], &["--queue"]);
    rejected(&["serve", "--max-message", "64TiB"], &["at most 1GiB"]);
    rejected(&["serve", "--max-connections", "many"], &["'many'"]);
    rejected(&["serve", "--max-fragments", "-1"], &["-1"]);
}

#[test]
fn a_bad_address_is_rejected_with_the_forms_that_are_accepted() {
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
        rejected(&["serve", "--service", &service], &[address, "HOST:PORT"]);
    }
    rejected(
        &["serve", "--service", "twin-echo=1"],
        &["needs 2 addresses"],
    );
    rejected(&["serve", "--service", "echo=1,2"], &["needs 1 address"]);
}

#[test]
fn flags_of_the_pool_are_rejected_with_another_model() {
    for flags in [
        ["--threads", "4"],
        ["--queue", "4"],
        ["--long-lived", "drop"],
        ["--when-full", "reject"],
        ["--slice", "1s"],
        ["--min-rate", "1k"],
    ] {
        let args = ["serve", "--model", "event-loop", flags[0], flags[1]];
        rejected(&args, &[flags[0], "--model pool"]);
    }
}

#[test]
fn flags_of_the_pool_that_contradict_each_other_are_rejected() {
    let pool = ["serve", "--model", "pool"];
    let hold = ["--long-lived", "hold", "--slice", "1s"];
    rejected(
        &[&pool[..], &hold].concat(),
        &["--slice", "drop or requeue"],
    );
    let requeue = ["--long-lived", "requeue", "--min-rate", "1"];
    rejected(&[&pool[..], &requeue].concat(), &["--min-rate", "drop"]);
}

#[test]
fn watching_is_rejected_without_notify() {
    let echo = ["serve", "--service", "echo=0"];
    for flags in [["--watch", "notes.txt"], ["--ignore", "*.bak"]] {
        rejected(&[&echo[..], &flags].concat(), &["--watch", "notify"]);
    }
}

#[test]
fn two_services_on_one_port_are_rejected_and_both_are_named() {
    let args = ["serve", "-s", "echo=7001", "-s", "reply=7001"];
    rejected(&args, &["echo", "reply", "127.0.0.1:7001", "--service"]);
    rejected(&["serve", "-s", "echo", "-s", "notify"], &["8765"]);
}

#[test]
fn quiet_and_verbose_are_rejected_together() {
    rejected(
        &["serve", "--quiet", "--verbose"],
        &["--quiet", "--verbose"],
    );
    rejected(&["serve", "-qv"], &["--quiet", "--verbose"]);
}

#[test]
fn a_bad_glob_is_rejected_before_anything_listens() {
    let notify = ["serve", "--service", "notify=0"];
    for flags in [
        ["--watch", "src/[a"],
        ["--watch", "{a,b"],
        ["--watch", ""],
        ["--ignore", "[z-a]"],
    ] {
        rejected(&[&notify[..], &flags].concat(), &[flags[1]]);
    }
}

#[test]
fn a_bad_url_is_rejected_with_an_example() {
    rejected(&["client"], &["<URL>"]);
    rejected(&["client", "127.0.0.1:8766"], &["ws://127.0.0.1:8766"]);
    rejected(&["client", "wss://127.0.0.1"], &["TLS"]);
    rejected(&["client", "ws://127.0.0.1:99999"], &["65535"]);
    rejected(&["client", "--count", "x", "ws://127.0.0.1"], &["'x'"]);
}

#[test]
fn an_unknown_shell_is_rejected() {
    rejected(&["completions", "abacus"], &["abacus", "bash"]);
}
