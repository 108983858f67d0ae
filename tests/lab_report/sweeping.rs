//! Sweeps: which server is ahead, and from which value on.

use crate::synthetic;
use gearshift::lab::metric::Metric;
use gearshift::lab::report;
use gearshift::lab::report::sweep::{Part, parts};

#[test]
fn two_lines_cross_where_they_were_made_to() {
    let run = synthetic::sweep(3);
    let parts = parts(&run);
    let [Part::Sweep(sweep)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert_eq!((sweep.parameter, sweep.points.len()), ("connections", 5));
    let crossings = sweep.crossings(Metric::Throughput);
    let one = crossings
        .iter()
        .find(|one| one.before == "thread-per-connection" && one.after == "event-loop")
        .unwrap();
    // 110,000 * 0.82^d = 60,000 * 1.25^d at d = 1.438 decades.
    assert_eq!(one.between, (10.0, 100.0));
    assert!((one.at.log10() - 1.438).abs() < 0.1, "{}", one.at);
    let never = sweep.crossings(Metric::Threads);
    assert!(
        never.iter().all(|one| one.before != "event-loop"),
        "{never:?}"
    );
    let text = report::terminal(&run, 80);
    assert!(text.contains("thread-per-connection is ahead up to 10 connections"));
}

#[test]
fn lines_that_cross_by_noise_are_not_a_crossing() {
    let mut run = synthetic::sweep(3);
    for (scenario, seed) in run.scenarios.iter_mut().zip(0..) {
        let noise = synthetic::Noise::Normal(0.05);
        scenario.subjects = vec![
            synthetic::subject(&synthetic::EVENT_LOOP, 5, noise, seed),
            synthetic::subject(
                &synthetic::Truth {
                    name: "its twin",
                    ..synthetic::EVENT_LOOP
                },
                5,
                noise,
                seed + 50,
            ),
        ];
    }
    let parts = parts(&run);
    let [Part::Sweep(sweep)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert_eq!(sweep.crossings(Metric::Throughput), []);
    assert!(sweep.sentences()[0].starts_with("No two servers are shown to change places"));
}

#[test]
fn the_same_scenario_twice_is_not_a_sweep() {
    let mut run = synthetic::run(1);
    let again = run.scenarios[0].clone();
    run.scenarios.insert(1, again);
    assert!(parts(&run).iter().all(|part| matches!(part, Part::One(_))));
}
