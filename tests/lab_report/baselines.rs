//! A run compared with a saved one.

use crate::synthetic::{self, EVENT_LOOP, Noise, THREADS, Truth};
use gearshift::lab::metric::Metric;
use gearshift::lab::result::Run;
use gearshift::lab::stats::Outcome;
use gearshift::lab::stats::baseline::{Options, compare};

fn run(throughput: f64, seed: u64) -> Run {
    let truth = Truth {
        messages_per_second: throughput,
        ..EVENT_LOOP
    };
    let noise = Noise::Normal(0.01);
    let subjects = vec![
        synthetic::subject(&truth, 7, noise, seed),
        synthetic::subject(&THREADS, 7, noise, seed + 1),
    ];
    synthetic::run_of(vec![synthetic::scenario("echo", subjects)])
}

#[test]
fn the_same_run_again_is_not_a_regression() {
    for seed in 0..20 {
        let changes = compare(&run(1e5, seed), &run(1e5, seed + 500), Options::default()).unwrap();
        assert!(!changes.must_fail(), "{changes:?}");
    }
}

#[test]
fn a_regression_beyond_the_threshold_fails_and_an_improvement_does_not() {
    let (fast, slow) = (run(1e5, 1), run(0.88e5, 2));
    let changes = compare(&fast, &slow, Options::default()).unwrap();
    let regressions: Vec<String> = changes.regressions().map(ToString::to_string).collect();
    assert_eq!(regressions.len(), 1, "{regressions:?}");
    assert!(regressions[0].starts_with("REGRESSION echo, event-loop: throughput 1.1"));
    assert!(changes.must_fail());
    let changes = compare(&slow, &fast, Options::default()).unwrap();
    assert!(!changes.must_fail());
    let better = |change: &&_| {
        matches!(
            change,
            gearshift::lab::stats::baseline::Change {
                outcome: Outcome::Better,
                ..
            }
        )
    };
    assert_eq!(changes.all.iter().filter(better).count(), 1);
    let patient = Options {
        threshold: 0.25,
        ..Options::default()
    };
    assert!(!compare(&fast, &slow, patient).unwrap().must_fail());
}

#[test]
fn different_machines_and_loads_are_refused_unless_forced() {
    let then = run(1e5, 1);
    let mut now = run(1e5, 2);
    now.machine.processor = Some("Apple M4".to_owned());
    now.machine.debug_build = true;
    now.machine.host = Some("another name of the same".to_owned());
    now.scenarios[0].parameters.message_bytes = 4096;
    let refused = compare(&then, &now, Options::default())
        .unwrap_err()
        .to_string();
    for reason in [
        "the processor was Ryzen 5 7600 and is Apple M4",
        "the build was release and is debug",
        "scenario echo had other parameters",
        "--force",
    ] {
        assert!(refused.contains(reason), "{refused}");
    }
    assert!(!refused.contains("another name") && !refused.contains('\n'));
    let forced = Options {
        force: true,
        ..Options::default()
    };
    let changes = compare(&then, &now, forced).unwrap();
    assert_eq!(changes.notes.len(), 3);
    assert!(
        changes
            .all
            .iter()
            .any(|change| change.metric == Metric::Cpu)
    );
}

#[test]
fn a_newly_failing_subject_is_a_regression() {
    let then = run(1e5, 1);
    let mut now = run(1e5, 2);
    now.scenarios[0].subjects[1].samples.clear();
    now.scenarios[0].subjects[1].failure = Some("it did not start.".to_owned());
    let changes = compare(&then, &now, Options::default()).unwrap();
    assert!(changes.must_fail());
    assert_eq!(changes.failed.len(), 1);
    now.scenarios[0].name = "other".to_owned();
    let refused = compare(&then, &now, Options::default()).unwrap_err();
    assert!(refused.to_string().contains("no scenario is in both"));
}

#[test]
fn two_rounds_are_not_enough_for_a_regression() {
    let mut then = run(1e5, 1);
    for subject in &mut then.scenarios[0].subjects {
        subject.samples.truncate(2);
    }
    let changes = compare(&then, &run(0.5e5, 2), Options::default()).unwrap();
    assert!(!changes.must_fail());
    assert!(changes.all[0].to_string().contains("not enough rounds"));
}
