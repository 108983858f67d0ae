//! `gearshift lesson` as a program, for people and for scripts.

use crate::process::{Program, run, run_with};
use gearshift::lessons::all;
use std::fs;
use std::time::Duration;

/// The width of a projected terminal.
const COLUMNS: usize = 80;

#[track_caller]
fn shown(args: &[&str]) -> String {
    let shown = run(args);
    assert_eq!((shown.code, shown.log.as_str()), (0, ""), "{args:?}");
    for line in shown.out.lines() {
        let width = line.chars().count();
        assert!(width <= COLUMNS, "{width} columns in {args:?}: {line}");
    }
    shown.out
}

#[track_caller]
fn rejected(args: &[&str], code: i32, parts: &[&str]) {
    let refusal = run(args);
    assert_eq!((refusal.code, refusal.out.as_str()), (code, ""), "{args:?}");
    for part in parts {
        assert!(refusal.log.contains(part), "{args:?}: {}", refusal.log);
    }
}

#[test]
fn the_list_has_one_line_per_lesson_and_the_servers_in_80_columns() {
    let list = shown(&["lesson"]);
    let rows: Vec<&str> = list.lines().collect();
    for lesson in all() {
        let row = format!(
            "{:>3}  {:<25}  {}",
            lesson.number, lesson.name, lesson.page.title
        );
        assert!(rows.contains(&row.as_str()), "{row}");
    }
    assert!(list.contains("gearshift serve --service tcp-echo"));
    assert!(!list.contains('\x1b'));
}

#[test]
fn every_lesson_is_shown_run_and_explained_in_80_columns() {
    for lesson in all() {
        let page = shown(&["lesson", lesson.name, "--virtual"]);
        let order = [
            lesson.page.title,
            "-- The program -",
            lesson.source(),
            "-- It runs -",
            "-- What happened -",
            lesson.page.explanation,
            lesson.page.next,
        ];
        let mut rest = page.as_str();
        for part in order {
            let found = rest.split_once(part);
            (_, rest) = found.unwrap_or_else(|| panic!("{}: no {part:?}", lesson.name));
        }
    }
}

#[test]
fn a_lesson_can_be_named_by_its_number_and_by_the_beginning_of_its_name() {
    let page = shown(&["lesson", "8", "--virtual"]);
    assert_eq!(page, shown(&["lesson", "hello_async_world", "--virtual"]));
    assert_eq!(page, shown(&["lesson", "hello", "--virtual"]));
}

#[test]
fn an_unknown_name_is_rejected_with_similar_names() {
    let misspelled = ["lesson", "two_sleeprs"];
    rejected(
        &misspelled,
        2,
        &["no lesson 'two_sleeprs'", "did you mean two_sleepers?"],
    );
    rejected(&["lesson", "task"], 2, &["more than one", "task_states"]);
    rejected(&["lesson", "0"], 2, &["no lesson 0", "1 to "]);
    rejected(&["lesson", "abracadabra"], 2, &["`gearshift lesson`"]);
    rejected(&["lesson", ""], 2, &["no lesson ''"]);
}

#[test]
fn flags_that_contradict_each_other_are_rejected() {
    for flags in [
        ["--predict", "--output-only"],
        ["--predict", "--check=x"],
        ["--output-only", "--check=x"],
        ["--virtual", "--check=x"],
        ["--trace=y", "--check=x"],
    ] {
        let args = [&["lesson", "lock"], &flags[..]].concat();
        rejected(&args, 2, &["cannot be used with"]);
    }
    for flag in [
        "--virtual",
        "--seed=1",
        "--predict",
        "--check=x",
        "--trace=x",
    ] {
        rejected(&["lesson", flag], 2, &["required", "<NAME>"]);
    }
}

#[test]
fn output_only_shows_each_line_as_soon_as_the_program_prints_it() {
    let output = shown(&["lesson", "hello", "--virtual", "--output-only"]);
    assert_eq!(output, "Hello\nWorld\n");
    // The next line is printed two seconds later.
    let mut program = Program::start(&["lesson", "downloads_one_by_one", "--output-only"]);
    assert_eq!(
        program.out.next().as_deref(),
        Some("Downloading file1.txt...")
    );
    assert!(!program.out.has_more(Duration::from_millis(200)));
}

#[test]
fn a_seed_gives_the_same_bytes_each_time() {
    let with_seed = |seed: &str| shown(&["lesson", "lock", "--virtual", "--seed", seed]);
    let runs: Vec<String> = (0..8).map(|seed| with_seed(&seed.to_string())).collect();
    assert_eq!(runs[3], with_seed("3"));
    assert!(runs.iter().any(|run| run != &runs[0]));
}

#[test]
fn a_lesson_under_the_virtual_clock_records_the_same_timeline_each_time() {
    let place = tempfile::tempdir().unwrap();
    let trace = |name: &str| {
        let path = place.path().join(name);
        let path_text = path.to_str().unwrap();
        let args = [
            "lesson",
            "two_sleepers",
            "-o",
            "--virtual",
            "--trace",
            path_text,
        ];
        let traced = run(&[&args[..], &["--quiet"]].concat());
        assert_eq!((traced.code, traced.log.as_str()), (0, ""));
        let timeline = shown(&["timeline", "--arrows", "--width", "80", path_text]);
        assert!(
            timeline.contains("Task-3 coro2: coro2: Finishing after 1 second"),
            "{timeline}"
        );
        fs::read_to_string(path).unwrap()
    };
    assert_eq!(trace("first"), trace("second"));
}

/// A row of the table below a timeline: the name of the lane, its lifetime and its states.
fn row<'t>(timeline: &'t str, lane: &str) -> Vec<&'t str> {
    let mut rows = timeline
        .lines()
        .filter(|row| row.trim_start().starts_with(lane));
    let row = rows
        .next_back()
        .unwrap_or_else(|| panic!("no {lane}: {timeline}"));
    row.split_whitespace().collect()
}

#[test]
fn a_virtual_timeline_is_as_long_as_the_program_says_with_two_loops_or_none() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("trace.json");
    let path = path.to_str().unwrap();
    let timeline = |lesson: &str| {
        let traced = run(&["lesson", lesson, "-qo", "--virtual", "--trace", path]);
        assert_eq!((traced.code, traced.log.as_str()), (0, ""));
        shown(&["timeline", "--width", "80", path])
    };
    let blocking = timeline("downloads_one_by_one");
    assert!(blocking.contains("6 s of virtual time"), "{blocking}");
    assert_eq!(row(&blocking, "main thread")[6], "100.0", "{blocking}"); // waiting
    let two_loops = timeline("task_done_before_await");
    assert!(two_loops.contains("3.20 s of virtual time"), "{two_loops}");
    assert_eq!(
        row(&two_loops, "Task-2 slow")[2..4],
        ["2", "s"],
        "{two_loops}"
    );
}

#[test]
fn a_trace_that_cannot_be_written_is_a_failure_before_anything_runs() {
    rejected(
        &["lesson", "lock", "-o", "--trace", "/nowhere/x.json"],
        1,
        &["cannot write /nowhere/x.json"],
    );
}

#[test]
fn a_prediction_is_asked_for_scored_and_explained() {
    let args = ["lesson", "two_sleepers", "--virtual", "--predict"];
    let asked = run_with(&args, "a b c d e\n");
    assert_eq!((asked.code, asked.log.as_str()), (0, ""));
    let shuffled: Vec<&str> = asked.out.lines().filter(|line| is_choice(line)).collect();
    assert_eq!(shuffled.len(), 5, "{}", asked.out);
    assert!(
        asked.out.contains("score: 0 of 5 lines in their place"),
        "{}",
        asked.out
    );
    assert!(asked.out.contains("The first difference is line 1:"));
    let printed = run(&["lesson", "two_sleepers", "--virtual", "--output-only"]).out;
    let letter = |line: &str| {
        let choice = shuffled.iter().find(|choice| &choice[3..] == line);
        choice.unwrap().chars().next().unwrap()
    };
    let right: String = printed.lines().map(letter).collect();
    // After an invalid answer it asks again, and letters need no spaces.
    let right = run_with(&args, &format!("hello?\n{right}\n"));
    assert!(right.out.contains("try again:"), "{}", right.out);
    assert!(
        right
            .out
            .contains("score: 5 of 5 lines in their place, 5 of 5"),
        "{}",
        right.out
    );
    assert!(!right.out.contains("first difference"));
    for line in asked.out.lines().chain(right.out.lines()) {
        assert!(line.chars().count() <= COLUMNS, "{line}");
    }
}

/// `C  coro2: Starting`
fn is_choice(line: &str) -> bool {
    let mut letters = line.chars();
    letters.next().is_some_and(|it| it.is_ascii_uppercase()) && line[1..].starts_with("  ")
}

#[test]
fn an_input_without_a_prediction_is_a_failure() {
    let asked = run_with(&["lesson", "lock", "--virtual", "--predict"], "");
    assert_eq!(asked.code, 1);
    assert!(asked.log.contains("without an answer"), "{}", asked.log);
}

#[test]
fn an_answer_in_a_file_is_scored_and_sets_the_exit_code() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("answer.txt");
    let check = |answer: &str| {
        fs::write(&file, answer).unwrap();
        run(&["lesson", "two_sleepers", "--check", file.to_str().unwrap()])
    };
    let lines = run(&["lesson", "two_sleepers", "--virtual", "--output-only"]).out;
    // A run under the real clock takes a little longer.
    let right = check(&lines.replace("2.0 s", "2.1 s"));
    let score = "score: 5 of 5 lines in their place, 5 of 5 in the right order\n";
    assert_eq!((right.code, right.out.as_str()), (0, score));
    let swapped: Vec<&str> = lines.lines().collect();
    let swapped = [swapped[0], swapped[1], swapped[3], swapped[2], swapped[4]].join("\n");
    let wrong = check(&swapped);
    assert_eq!(wrong.code, 1, "{}", wrong.out);
    assert_eq!(
        wrong.out,
        "score: 3 of 5 lines in their place, 4 of 5 in the right order\n\
         The first difference is line 3:\n\
         \x20 yours:   coro1: Finishing after 2 seconds\n\
         \x20 printed: coro2: Finishing after 1 second\n\
         It is printed at 1 s, by Task-3 coro2.\n\
         Yours is printed at 2 s, by Task-2 coro1.\n\
         Find out what each of them waits for.\n"
    );
    assert!(
        wrong.log.contains("two_sleepers is not right yet"),
        "{}",
        wrong.log
    );
    assert_eq!(check("").code, 1);
    assert_eq!(check("A B C D E").code, 1);
    let too_much = check(&format!("{lines}one more\n"));
    assert_eq!(too_much.code, 1);
    assert!(too_much.out.contains("line 6"), "{}", too_much.out);
}

#[test]
fn an_answer_that_cannot_be_read_is_a_failure() {
    let unreadable = ["lesson", "lock", "--check", "/nowhere/answer.txt"];
    rejected(&unreadable, 1, &["cannot read /nowhere/answer.txt"]);
}

#[test]
fn a_lesson_leaves_no_file_behind() {
    let place = tempfile::tempdir().unwrap();
    let mut command = Program::command(&["lesson", "read_file_in_chunks", "-qo"]);
    command.env("TMPDIR", place.path());
    assert_eq!(Program::spawn(command).outcome().code, 0);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn a_reader_that_has_gone_is_not_a_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Program::command(&["lesson", "hello_async_world"]);
    command.stdout(writer);
    let outcome = Program::spawn(command).outcome();
    assert_eq!((outcome.code, outcome.log.as_str()), (0, ""));
}
