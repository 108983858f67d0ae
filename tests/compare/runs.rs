//! What is measured and reported.

use crate::{SHORT, program, saved, subject, text};

#[test]
fn every_model_is_measured_once_per_round_in_changing_order() {
    let arguments = [
        "-s", "echo", "--rounds", "2", "-d", "40ms", "-w", "10ms", "-c", "1",
    ];
    let (run, output) = saved(&arguments);
    let [scenario] = &run.scenarios[..] else {
        panic!("{run:?}");
    };
    assert_eq!(scenario.subjects.len(), 7);
    for subject in &scenario.subjects {
        let rounds: Vec<u32> = subject.samples.iter().map(|it| it.round).collect();
        assert_eq!(rounds, [1, 2], "{}: {:?}", subject.name, subject.failure);
        assert!(
            subject
                .samples
                .iter()
                .all(|it| it.messages > 0 && it.errors == 0)
        );
    }
    let (first, second) = scenario.order.split_at(7);
    assert_ne!(first, second);
    let shown = text(&output.stdout);
    assert!(shown.contains("What was found"), "{shown}");
    assert!(
        shown.lines().all(|line| line.chars().count() <= 80),
        "{shown}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_cost_for_the_server_is_measured() {
    let (run, _) = saved(&[&["-s", "crowd", "-m", "event-loop"][..], &SHORT].concat());
    let cost = &subject(&run, "event-loop").samples[0].server;
    assert!(cost.cpu_us_per_message.unwrap() > 0.1, "{cost:?}");
    assert!(cost.memory_bytes.unwrap() > 1 << 20, "{cost:?}");
    assert_eq!(
        cost.threads,
        Some(3),
        "main, the log, and the one that waits for signals"
    );
    assert!(cost.voluntary_switches_per_message.is_some());
    assert!(cost.accept_queue.is_some());
}

#[test]
fn a_sweep_runs_the_scenario_once_for_each_value() {
    let arguments = [
        "-s",
        "echo",
        "-m",
        "event-loop",
        "--sweep",
        "connections=1,3",
    ];
    let (run, _) = saved(&[&arguments[..], &SHORT].concat());
    let connections: Vec<usize> = run
        .scenarios
        .iter()
        .map(|scenario| scenario.parameters.connections)
        .collect();
    assert_eq!(connections, [1, 3]);
}

#[test]
fn simulated_work_is_passed_to_the_servers() {
    let arguments = [
        "-s",
        "echo",
        "-m",
        "event-loop",
        "--work-block",
        "5ms",
        "-c",
        "1",
    ];
    let (run, _) = saved(&[&arguments[..], &SHORT].concat());
    let event_loop = subject(&run, "event-loop");
    assert!(
        event_loop
            .command
            .as_ref()
            .unwrap()
            .contains("--work-block 5000us")
    );
    assert!(event_loop.samples[0].latency.min_us >= 5000.0);
}

#[test]
fn a_model_that_cannot_hold_the_clients_says_how_many_it_holds() {
    let arguments = ["-s", "idle-crowd", "-m", "pool", "--idle", "30", "-c", "1"];
    let (run, output) = saved(&[&arguments[..], &SHORT].concat());
    let failure = subject(&run, "thread-pool").failure.clone().unwrap();
    assert!(
        failure.contains("20 of 31 clients") || failure.contains("no message"),
        "{failure}"
    );
    assert!(text(&output.stdout).contains("thread-pool"));
}

#[test]
fn wrong_arguments_are_refused_before_anything_runs() {
    for (wrong, explanation) in [
        (&["-s", "ecko"][..], "there is no scenario 'ecko'"),
        (&["--peer", "node"], "NAME=COMMAND@URL"),
        (&["--sweep", "connections"], "connections=1,10,100"),
        (&["--sweep", "colour=1"], "the parameters to sweep are"),
        (&["--sweep", "connections=0"], "not a whole number above 0"),
        (&["-m", "event-lop"], "event-lop"),
    ] {
        let output = program(wrong).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(
            text(&output.stderr).contains(explanation),
            "{}",
            text(&output.stderr)
        );
    }
}
