//! `gearshift timeline` as a program: files, streams, exit codes.

use std::fs;

use crate::process::{Outcome, run, run_with};
use crate::sample;

fn file(text: &str) -> (tempfile::TempDir, String) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("run.json");
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (place, path)
}

#[track_caller]
fn rejected(outcome: &Outcome, code: i32, parts: &[&str]) {
    let log = &outcome.log;
    assert_eq!((outcome.code, outcome.out.as_str()), (code, ""), "{log}");
    assert!(log.starts_with("gearshift: "), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
    for part in parts {
        assert!(log.contains(part), "no {part} in {log}");
    }
}

#[track_caller]
fn rejected_text(text: &str, part: &str) {
    let (_place, path) = file(text);
    rejected(&run(&["timeline", &path]), 1, &[part, &path]);
}

#[test]
fn a_file_or_standard_input_is_shown_in_100_columns_where_there_is_no_terminal() {
    let (_place, path) = file(&sample::text());
    let shown = run(&["timeline", &path]);
    assert_eq!((shown.code, shown.log.as_str()), (0, ""));
    let widest = shown.out.lines().map(|line| line.chars().count()).max();
    assert!(widest > Some(90) && widest <= Some(100), "{}", shown.out);
    assert!(!shown.out.contains('\x1b'), "no colours in a pipe");
    let input = run_with(&["timeline", "-"], &sample::text());
    assert_eq!(input.out, shown.out);
    let coloured = run(&["timeline", &path, "--color", "always"]);
    assert!(coloured.out.contains("\x1b[32m"));
}

#[test]
fn a_page_is_written_to_a_file_or_to_standard_output() {
    let (place, path) = file(&sample::text());
    let page = place.path().join("run.html");
    let page = page.to_str().unwrap();
    let written = run(&["timeline", &path, "--html", page]);
    assert_eq!(
        (written.code, written.out.as_str()),
        (0, ""),
        "{}",
        written.log
    );
    let printed = run(&["timeline", &path, "--html", "-"]);
    assert!(printed.out.starts_with("<!DOCTYPE html>"));
    assert_eq!(printed.out, fs::read_to_string(page).unwrap());
    let nowhere = format!("{path}/run.html");
    let outcome = run(&["timeline", &path, "--html", &nowhere]);
    rejected(&outcome, 1, &["cannot write", &nowhere]);
}

#[test]
fn a_file_that_is_not_a_timeline_is_rejected_in_one_line_that_says_why() {
    rejected(
        &run(&["timeline", "nowhere.json"]),
        1,
        &["cannot read nowhere.json"],
    );
    rejected(&run(&["timeline", "/"]), 1, &["cannot read /"]);
    rejected_text("", "is empty");
    rejected_text("who waits?", "is not valid JSON: see line 1 column 1");
    rejected_text("[1, 2]", "is JSON, but not a timeline");
    rejected_text("{\"traceEvents\": 7}", "is JSON, but not a timeline");
    rejected_text(
        "{\"traceEvents\": []}",
        "another program: open it in ui.perfetto.dev",
    );
    let mut value = sample::value();
    value["otherData"]["schema"] = "gearshift-timeline/2\x1b[2J".into();
    rejected_text(&value.to_string(), "gearshift-timeline/2\u{FFFD}[2J, which");
    let (_place, path) = file("");
    fs::write(&path, [0xff, 0xfe]).unwrap();
    rejected(&run(&["timeline", &path]), 1, &["not valid UTF-8"]);
}

#[test]
fn a_file_that_contradicts_itself_is_rejected() {
    let with = |change: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut value = sample::value();
        change(value["traceEvents"].as_array_mut().unwrap());
        value.to_string()
    };
    let state = |event: &serde_json::Value| event["ph"] == "X";
    rejected_text(
        &with(&|all| all[3]["tid"] = 99.into()),
        "lane 1, which it does not name",
    );
    let first = |all: &[serde_json::Value]| all.iter().position(state).unwrap();
    rejected_text(
        &with(&|all| {
            let i = first(all);
            all[i]["dur"] = 900_000.into();
        }),
        "overlap",
    );
    rejected_text(
        &with(&|all| {
            let i = first(all);
            all[i]["dur"] = (-1).into();
        }),
        "overlap",
    );
    rejected_text(
        &with(&|all| {
            let i = first(all);
            all[i]["args"]["state"] = "x".into();
        }),
        "where a state should be",
    );
    rejected_text(
        &with(&|all| all.retain(|it| it["ph"] != "f")),
        "without an end",
    );
    rejected_text(
        &with(&|all| all.retain(|it| it["ph"] != "s")),
        "without a beginning",
    );
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_rejected() {
    let text = sample::text();
    for length in (1..text.len() - 1).step_by(97) {
        let Some(part) = text.get(..length) else {
            continue;
        };
        let problem = gearshift::timeline::read::read(part).unwrap_err();
        assert!(
            problem.starts_with("ends in the middle"),
            "{length}: {problem}"
        );
    }
    rejected_text(&text[..700], "ends in the middle");
}

#[test]
fn lanes_that_are_each_others_parents_are_still_shown() {
    let mut value = sample::value();
    value["traceEvents"][3]["args"]["parent"] = 2.into();
    let (_place, path) = file(&value.to_string());
    let shown = run(&["timeline", &path]);
    assert_eq!(shown.code, 0, "{}", shown.log);
    assert!(shown.out.contains("on_readable"));
}

#[test]
fn invalid_arguments_are_rejected() {
    let (_place, path) = file(&sample::text());
    let outcome = run(&["timeline", &path, "--from", "2s", "--to", "1s"]);
    rejected(&outcome, 2, &["--from must be before --to"]);
    let outcome = run(&["timeline", &path, "--from", "9s"]);
    rejected(&outcome, 1, &["ends before --from", "0.500 s"]);
    for args in [
        &["--width", "39"][..],
        &["--html", "-", "--arrows"],
        &["--max-lanes", "0"],
        &["--from", "5"],
    ] {
        let args = [&["timeline", &path], args].concat();
        assert_eq!(run(&args).code, 2, "{args:?}");
    }
}
