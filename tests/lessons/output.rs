//! Every lesson prints, line for line, what CPython 3.11 printed for its Python (`expected/NAME.txt`).

use crate::running::{Output, run_lesson, virtual_clock};
use gearshift::lessons::{RunOptions, all};
use std::fs;
use std::path::Path;

fn expected(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lessons/expected");
    fs::read_to_string(directory.join(format!("{name}.txt"))).unwrap()
}

#[track_caller]
fn prints_what_python_prints(name: &str) {
    let expected = expected(name);
    // With every order that a seed chooses, the loop reports no misuse.
    for seed in [None, Some(1), Some(2)] {
        let output = run_lesson(name, &virtual_clock(seed));
        assert_eq!(output.lints, [""; 0], "seed {seed:?}");
        if seed.is_none() {
            let expected: Vec<&str> = expected.lines().collect();
            assert_eq!(output.texts(), expected);
        }
    }
}

/// One test per lesson; another one checks that none is missing.
macro_rules! lessons {
    ($($name:ident)+) => {
        mod prints_the_same_as_python {
            $(#[test]
            fn $name() {
                super::prints_what_python_prints(stringify!($name));
            })+
        }

        const TESTED: &[&str] = &[$(stringify!($name)),+];
    };
}

lessons! {
    downloads_one_by_one generators yield_from round_robin_tasks coroutine_by_hand
    loop_from_scratch callbacks hello_async_world pause_twice nested_coroutines await_runs_in_order
    create_task_runs_later task_done_before_await coroutines_and_tasks two_sleepers flow_of_control
    background_work downloads_at_once gather_results fetch_three_urls future_result
    future_callbacks task_states catch_an_error risky_operation wait_for_timeout cancel_and_timeout
    context_variables lock event semaphore bounded_queue async_iteration_and_scope
    blocking_call_in_executor read_file_in_chunks cpu_work_off_the_loop streams scraper subprocess_exec
    subprocess_shell loop_by_hand
}

#[test]
fn the_lessons_are_these_in_this_order() {
    let names: Vec<&str> = all().iter().map(|lesson| lesson.name).collect();
    assert_eq!(names, TESTED);
    let numbers: Vec<usize> = all().iter().map(|lesson| lesson.number).collect();
    assert_eq!(numbers, (1..=TESTED.len()).collect::<Vec<_>>());
}

/// Under the real clock a time is as expected or, on a busy machine, longer.
fn same_but_for_time(output: &str, expected: &str) -> bool {
    let words = || output.split(' ').zip(expected.split(' '));
    let time = |word: &str| word.parse::<f64>().ok().filter(|_| word.contains('.'));
    let agree = |(output, expected): (&str, &str)| match (time(output), time(expected)) {
        (Some(output), Some(expected)) => output >= expected,
        _ => output == expected,
    };
    output.split(' ').count() == expected.split(' ').count() && words().all(agree)
}

#[test]
fn the_real_clock_gives_the_same_lines() {
    for name in [
        "loop_from_scratch",
        "context_variables",
        "bounded_queue",
        "risky_operation",
        "blocking_call_in_executor",
        "scraper",
        "subprocess_shell",
        "loop_by_hand",
    ] {
        let output = run_lesson(name, &RunOptions::default());
        assert_eq!(output.lines.len(), expected(name).lines().count(), "{name}");
        for (output, expected) in output.texts().into_iter().zip(expected(name).lines()) {
            let why = format!("{name}: {output:?} for {expected:?}");
            assert!(same_but_for_time(output, expected), "{why}");
        }
    }
}

/// On a busy machine the thread may be late, so the order is not compared.
#[test]
fn a_thread_calls_back_under_the_real_clock() {
    let output = run_lesson("callbacks", &RunOptions::default());
    let (mut output, expected) = (output.texts(), expected("callbacks"));
    let mut expected: Vec<&str> = expected.lines().collect();
    output.sort_unstable();
    expected.sort_unstable();
    assert_eq!(output, expected);
}

/// Lessons whose threads and child processes take real time under any clock.
const TAKE_REAL_TIME: [&str; 7] = [
    "blocking_call_in_executor",
    "read_file_in_chunks",
    "cpu_work_off_the_loop",
    "streams",
    "scraper",
    "subprocess_exec",
    "subprocess_shell",
];

#[test]
fn the_same_seed_gives_the_same_run_to_the_nanosecond() {
    for name in TESTED {
        for seed in [None, Some(7), Some(8)] {
            let [first, second] = [(), ()].map(|()| run_lesson(name, &virtual_clock(seed)));
            let why = format!("{name} with seed {seed:?}");
            assert_eq!(first.texts(), second.texts(), "{why}");
            if !TAKE_REAL_TIME.contains(name) {
                assert_eq!(first, second, "{why}");
            }
        }
    }
}

#[test]
fn another_seed_gives_another_order() {
    let runs: Vec<Output> = (0..20)
        .map(|seed| run_lesson("lock", &virtual_clock(Some(seed))))
        .collect();
    assert!(runs.iter().any(|run| run != &runs[0]));
}
