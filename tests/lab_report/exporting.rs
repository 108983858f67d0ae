//! Exported files: their contents, and how they replace existing ones.

use crate::synthetic;
use gearshift::lab::metric::Metric;
use gearshift::lab::report::{self, Exports};
use gearshift::lab::result::{Run, SCHEMA};
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

#[test]
fn csv_read_back_is_the_run() {
    let mut run = synthetic::run(8);
    let name = "a \"quoted\", name\nof two lines";
    run.scenarios[0].subjects[0].name = name.to_owned();
    run.scenarios[0].subjects[0].samples[0].server.threads = None;
    let text = report::csv(&synthetic::saved(&run));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut next = rows.iter();
    for scenario in &run.scenarios {
        for subject in &scenario.subjects {
            if subject.samples.is_empty() {
                let row = next.next().unwrap();
                assert_eq!(row[column("failure")], *subject.failure.as_ref().unwrap());
                assert_eq!(&row[column("messages")], "");
            }
            for sample in &subject.samples {
                let row = next.next().unwrap();
                let number = |name: &str| row[column(name)].parse::<f64>().ok();
                assert_eq!(row[column("scenario")], scenario.name);
                assert_eq!(row[column("subject")], subject.name);
                assert_eq!(number("round"), Some(f64::from(sample.round)));
                assert_eq!(number("messages"), Some(sample.messages as f64));
                assert_eq!(
                    number("messages_per_second"),
                    sample.value(Metric::Throughput)
                );
                assert_eq!(number("latency_p99_us"), sample.value(Metric::P99));
                assert_eq!(
                    number("cpu_us_per_message"),
                    sample.server.cpu_us_per_message
                );
                assert_eq!(number("threads"), sample.value(Metric::Threads));
                assert_eq!(number("generator_busy_share"), sample.generator.busy_share);
            }
        }
    }
    assert_eq!(next.next(), None);
}

#[test]
fn markdown_has_tables_with_the_same_number_of_cells_in_every_row() {
    let mut run = synthetic::run(8);
    run.scenarios[0].subjects[0].name = "a|b*c".to_owned();
    let text = report::markdown(&synthetic::saved(&run));
    assert!(text.contains("| a\\|b\\*c | 19"));
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        if line.starts_with("|---") {
            let bars = |line: &str| line.replace("\\|", "").matches('|').count();
            assert_eq!(bars(lines[index - 1]), bars(line));
            assert_eq!(bars(lines[index + 1]), bars(line));
        }
    }
    assert!(text.matches("|---").count() >= 5);
}

fn all_into(folder: &std::path::Path) -> Exports {
    let path = |name: &str| Some(folder.join(name));
    Exports {
        html: path("run.html"),
        json: path("run.json"),
        csv: path("run.csv"),
        markdown: path("run.md"),
    }
}

#[test]
fn files_are_replaced_as_a_whole_and_no_others_are_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.json"), "x".repeat(10_000_000)).unwrap();
    let run = synthetic::run(2);
    for _ in 0..2 {
        report::export(&run, &all_into(folder.path())).unwrap();
        assert_eq!(
            report::read(&folder.path().join("run.json")).unwrap().run,
            run
        );
    }
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["run.csv", "run.html", "run.json", "run.md"]);
}

#[cfg(unix)]
#[test]
fn permissions_and_symbolic_links_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "before").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o604)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let exports = Exports {
        csv: Some(link.clone()),
        ..Exports::default()
    };
    report::export(&synthetic::run(2), &exports).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&file).unwrap().starts_with("file,host,"));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o604
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_in_one_line_and_the_device_is_kept() {
    use std::os::unix::fs::FileTypeExt;
    let exports = Exports {
        html: Some(PathBuf::from("/dev/full")),
        ..Exports::default()
    };
    let error = report::export(&synthetic::run(2), &exports).unwrap_err();
    assert_eq!(error.exit_code(), 1);
    assert_eq!(
        error.to_string(),
        "cannot write /dev/full: No space left on device (os error 28)"
    );
    assert!(
        fs::metadata("/dev/full")
            .unwrap()
            .file_type()
            .is_char_device()
    );
}

#[test]
fn an_error_names_the_file_that_was_asked_for() {
    let exports = Exports {
        csv: Some(PathBuf::from("/no/such/folder/run.csv")),
        ..Exports::default()
    };
    let error = report::export(&synthetic::run(2), &exports)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("cannot write /no/such/folder/run.csv: No such file"),
        "{error}"
    );
    assert!(!error.contains(".gearshift-"), "{error}");
}

#[test]
fn a_file_that_is_not_a_run_is_refused_in_one_line() {
    let good = report::json(&synthetic::run(1)).unwrap();
    for (text, reason) in [
        ("", "is not valid JSON: EOF"),
        ("nonsense", "is not valid JSON: expected"),
        (
            "[]",
            "is not a saved run: its schema is not gearshift-run/1",
        ),
        ("{\"schema\": 7}", "is not a saved run: its schema is not"),
        (
            "{\"schema\": \"gearshift-run/2\"}",
            "has schema gearshift-run/2, and this gearshift reads gearshift-run/1",
        ),
        (
            "{\"schema\": \"gearshift-run/1\"}",
            "is not a saved run: missing field `began_unix_seconds`",
        ),
        (
            &good.replacen("312.5", "null", 1),
            "is not a saved run: invalid type: null",
        ),
        (&good[..good.len() / 2], "is not valid JSON: EOF"),
    ] {
        let error = report::parse(text).unwrap_err();
        assert!(
            error.starts_with(reason) && !error.contains('\n'),
            "{error}"
        );
    }
    let missing = report::read(std::path::Path::new("no such file.json"))
        .unwrap_err()
        .to_string();
    assert!(missing.starts_with("cannot read no such file.json: No such file"));
}

#[test]
fn a_run_without_later_fields_is_still_read() {
    let mut value: serde_json::Value =
        serde_json::from_str(&report::json(&synthetic::run(1)).unwrap()).unwrap();
    let scenario = value["scenarios"][0].as_object_mut().unwrap();
    scenario.remove("main_figure").unwrap();
    scenario.remove("expected").unwrap();
    let run = report::parse(&value.to_string()).unwrap();
    assert_eq!(
        (run.schema.as_str(), run.scenarios[0].main_metric),
        (SCHEMA, None)
    );
}

/// Numbers that were never measured, but may be in a damaged file.
fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-1.0),
        Just(1e308),
        Just(1e-308),
        0.0..1e9_f64,
        any::<f64>().prop_filter("in JSON", |value| value.is_finite()),
    ]
}

fn damaged(numbers: &[f64], counts: &[u64]) -> Run {
    let mut run = synthetic::sweep(1);
    let (mut numbers, mut counts) = (
        numbers.iter().cycle().copied(),
        counts.iter().cycle().copied(),
    );
    let (mut number, mut count) = (|| numbers.next().unwrap(), || counts.next().unwrap());
    run.took_seconds = number();
    run.began_unix_seconds = count();
    for scenario in &mut run.scenarios {
        scenario.parameters.rate_per_second = Some(number());
        scenario.parameters.connections = count() as usize % 4;
        for sample in scenario
            .subjects
            .iter_mut()
            .flat_map(|subject| &mut subject.samples)
        {
            sample.elapsed_seconds = number();
            sample.messages = count();
            sample.latency.count = count();
            sample.latency.p99_us = number();
            sample.latency.min_us = number();
            sample.latency.max_us = number();
            sample.latency.buckets = vec![(number(), count()), (number(), count())];
            sample.server.cpu_us_per_message = Some(number());
            sample.server.memory_bytes = Some(count());
            sample.per_second = vec![count(), count(), count()];
        }
    }
    run
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 6,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn no_damaged_file_makes_it_panic(
        numbers in prop::collection::vec(wild(), 1..40),
        counts in prop::collection::vec(prop_oneof![Just(0), Just(u64::MAX), any::<u64>()], 1..20),
    ) {
        let run = damaged(&numbers, &counts);
        let [saved] = synthetic::saved(&run);
        let page = report::html(&[saved.clone(), saved.clone()]);
        prop_assert!(!page.contains("NaN"), "a plot with NaN");
        report::terminal(&run, 80);
        report::markdown(std::slice::from_ref(&saved));
        report::csv(&[saved]);
    }
}
