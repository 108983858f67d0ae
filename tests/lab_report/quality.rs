//! Warnings about results that are less reliable.

use crate::synthetic::{self, EVENT_LOOP, Noise, THREADS};
use gearshift::lab::result::ScenarioRun;
use gearshift::lab::stats::quality::warnings;

fn scenario(noise: Noise) -> ScenarioRun {
    let subjects = vec![
        synthetic::subject(&EVENT_LOOP, 7, noise, 1),
        synthetic::subject(&THREADS, 7, noise, 2),
    ];
    synthetic::scenario("echo", subjects)
}

fn one_of(scenario: &ScenarioRun, begins: &str) -> bool {
    let warnings = warnings(scenario);
    assert!(
        warnings.iter().all(|one| one.ends_with('.')),
        "{warnings:?}"
    );
    warnings.iter().any(|one| one.starts_with(begins))
}

#[test]
fn a_quiet_machine_causes_no_warning() {
    assert_eq!(warnings(&scenario(Noise::Normal(0.01))), [""; 0]);
}

#[test]
fn a_drifting_machine_causes_one_warning_and_no_difference() {
    let drifting = scenario(Noise::Drifting(0.01));
    assert!(one_of(
        &drifting,
        "The machine drifted: throughput of all subjects together fell by"
    ));
    assert!(!one_of(
        &scenario(Noise::Normal(0.01)),
        "The machine drifted"
    ));
}

#[test]
fn noise_outliers_and_a_cold_start_cause_warnings() {
    let mut noisy = scenario(Noise::Normal(0.0));
    for sample in noisy.subjects[0].samples.iter_mut().step_by(2) {
        sample.messages = sample.messages * 13 / 10;
    }
    assert!(one_of(&noisy, "event-loop: throughput varied by 14 %"));
    let mut slow = scenario(Noise::Normal(0.01));
    slow.subjects[0].samples[3].messages /= 3;
    assert!(one_of(
        &slow,
        "event-loop: round 4 is a severe low outlier: 5"
    ));
    let mut cold = scenario(Noise::Normal(0.01));
    for sample in &mut cold.subjects[1].samples {
        sample.per_second[0] /= 2;
    }
    assert!(one_of(
        &cold,
        "thread-per-connection: the first second was slower"
    ));
}

#[test]
fn errors_are_counted_by_kind() {
    let mut failing = scenario(Noise::Normal(0.01));
    for sample in &mut failing.subjects[0].samples {
        sample.errors = 3;
        sample.error_kinds = vec![("reset".to_owned(), 1), ("no reply".to_owned(), 2)];
    }
    let warnings = warnings(&failing);
    assert!(warnings[0].starts_with("event-loop: 21 errors and "));
    assert!(
        warnings[0].contains("14 x no reply and 7 x reset."),
        "{warnings:?}"
    );
}

#[test]
fn a_late_generator_is_blamed_for_a_rate_that_was_not_reached() {
    let mut late = scenario(Noise::Normal(0.01));
    late.parameters.rate_per_second = Some(1e5);
    for sample in &mut late.subjects[0].samples {
        sample.generator.achieved_rate_per_second = Some(5e4);
    }
    assert!(
        !one_of(&late, "The generator"),
        "the server did not keep up"
    );
    for sample in &mut late.subjects[0].samples {
        sample.generator.late_sends = 1000;
    }
    assert!(one_of(
        &late,
        "The generator was at its limit against event-loop:"
    ));
}
