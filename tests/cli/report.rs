//! `gearshift report` as a process. `tests/lab_report` checks what it reports.

use std::fs;
use std::path::Path;

use gearshift::lab::result::{Machine, Parameters, Run, SCHEMA, Sample, ScenarioRun, SubjectRun};

use crate::process::run;

/// A run with two subjects and five rounds; the second is `factor` times as fast as the first.
fn saved(folder: &Path, name: &str, factor: f64) -> String {
    let subject = |name: &str, speed: f64| SubjectRun {
        name: name.to_owned(),
        command: None,
        url: String::new(),
        samples: (1..=5)
            .map(|round| Sample {
                round,
                elapsed_seconds: 1.0,
                messages: (speed * factor * (1.0 + f64::from(round) / 1000.0)) as u64,
                ..Sample::default()
            })
            .collect(),
        failure: None,
    };
    let run = Run {
        schema: SCHEMA.to_owned(),
        began_unix_seconds: 1_780_000_000,
        took_seconds: 10.0,
        command: "gearshift compare".to_owned(),
        machine: Machine::default(),
        scenarios: vec![ScenarioRun {
            name: "echo".to_owned(),
            shows: "Something.".to_owned(),
            expects: "Something else.".to_owned(),
            main_metric: None,
            expected: Vec::new(),
            parameters: Parameters {
                connections: 10,
                ..Parameters::default()
            },
            subjects: vec![subject("fast", 2e5), subject("slow", 1e5)],
            order: Vec::new(),
        }],
        warnings: Vec::new(),
        interrupted: false,
    };
    let path = folder.join(name);
    fs::write(&path, serde_json::to_string(&run).unwrap()).unwrap();
    path.display().to_string()
}

#[test]
fn a_saved_run_is_shown_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(folder.path(), "run.json", 1.0);
    let shown = run(&["report", &path]);
    assert_eq!((shown.code, shown.log.as_str()), (0, ""));
    assert!(
        shown.out.contains("slow is 2.00 x slower than fast."),
        "{}",
        shown.out
    );
    assert!(shown.out.lines().all(|line| line.chars().count() <= 80));
    let both = run(&["report", &path, &path, "--width", "100"]);
    assert!(
        both.out
            .starts_with("2 runs on similar machines and builds.")
    );
}

#[test]
fn an_export_to_standard_output_is_alone_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(folder.path(), "run.json", 1.0);
    let csv = run(&["report", &path, "--export-csv", "-"]);
    assert_eq!((csv.code, csv.out.lines().count()), (0, 11));
    let json = run(&["report", &path, "--export-json", "-"]);
    assert!(serde_json::from_str::<Run>(&json.out).is_ok());
    let page = folder.path().join("page.html").display().to_string();
    let shown = run(&["report", &path, "--export-html", &page]);
    assert!(shown.out.contains("Legend:"));
    assert!(
        fs::read_to_string(&page)
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
}

#[test]
fn a_regression_against_the_baseline_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (
        saved(folder.path(), "before.json", 1.0),
        saved(folder.path(), "after.json", 0.8),
    );
    let worse = run(&["report", &after, "--baseline", &before]);
    assert_eq!(worse.code, 1);
    assert_eq!(worse.log, "gearshift: 2 regressions beyond 5 %\n");
    assert!(
        worse
            .out
            .contains("REGRESSION echo, fast: throughput 1.25 x"),
        "{}",
        worse.out
    );
    let within = run(&["report", &after, "--baseline", &before, "--threshold", "30"]);
    assert_eq!((within.code, within.log.as_str()), (0, ""));
    assert_eq!(run(&["report", &before, "--baseline", &after]).code, 0);
}

#[test]
fn an_unreadable_or_contradictory_run_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = saved(folder.path(), "run.json", 1.0);
    let bad = folder.path().join("bad.json").display().to_string();
    fs::write(&bad, "{\"schema\": \"gearshift-run/9\"}").unwrap();
    for (args, code, words) in [
        (vec!["report", "none.json"], 1, "cannot read none.json"),
        (vec!["report", &bad], 1, "has schema gearshift-run/9"),
        (vec!["report", &path, "--baseline", &bad], 1, "has schema"),
        (
            vec!["report", &path, &path, "--baseline", &path],
            2,
            "give one file",
        ),
        (
            vec!["report", &path, &path, "--export-json", "-"],
            2,
            "takes one run",
        ),
    ] {
        let refused = run(&args);
        assert_eq!(refused.code, code, "{args:?}: {}", refused.log);
        assert!(refused.log.contains(words), "{}", refused.log);
        assert_eq!((refused.log.lines().count(), refused.out.as_str()), (1, ""));
    }
    for args in [
        &["report"][..],
        &["report", &path, "--threshold", "5"],
        &["report", &path, "--baseline", &path, "--threshold", "0"],
    ] {
        assert_eq!(run(args).code, 2, "{args:?}");
    }
}
