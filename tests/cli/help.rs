//! Help, version, the list of models, completions.

use std::io::Write;
use std::process::{Command, Stdio};

use gearshift::models::ModelKind;

use crate::process::{Program, print_note, run};

/// The width of a terminal that was not resized.
const COLUMNS: usize = 80;

#[track_caller]
fn shown(args: &[&str], naming: &[&str]) -> String {
    let shown = run(args);
    assert_eq!((shown.code, shown.log.as_str()), (0, ""), "{args:?}");
    for line in shown.out.lines() {
        let width = line.chars().count();
        assert!(width <= COLUMNS, "{width} columns in {args:?}: {line}");
    }
    for name in naming {
        assert!(shown.out.contains(name), "{args:?} does not name {name}");
    }
    shown.out
}

#[test]
fn help_names_the_commands_in_80_columns() {
    let naming = [
        "serve",
        "client",
        "load",
        "models",
        "lesson",
        "timeline",
        "report",
        "completions",
        "Examples:",
        "--quiet",
    ];
    shown(&["--help"], &naming);
    shown(&["-h"], &naming);
}

#[test]
fn help_on_serving_names_services_flags_and_signals_in_80_columns() {
    let naming = [
        "notify (8765)",
        "reply (8766)",
        "echo (8765)",
        "twin-echo (8765,8766)",
        "periodic (8765)",
        "mirror (9001)",
        "broadcast (9002)",
        "tcp-echo (55555)",
        "http-hello (8888)",
        "listening NAME URL",
        "--model",
        "gearshift models",
        "--watch",
        "[default: watched_file.txt]",
        "--interval",
        "--long-lived",
        "--max-connections",
        "--drain",
        "--trace",
        "gearshift timeline",
        "Ctrl-C",
        "1001",
        "130",
    ];
    shown(&["serve", "--help"], &naming);
    shown(&["serve", "-h"], &[]);
}

#[test]
fn help_on_the_timeline_names_what_can_be_chosen_in_80_columns() {
    let naming = [
        "<FILE>",
        "--html",
        "--from",
        "--lane",
        "--max-lanes",
        "--arrows",
        "NO_COLOR",
        "gearshift serve --trace",
        "ui.perfetto.dev",
        "Exit codes: 0",
    ];
    shown(&["timeline", "--help"], &naming);
}

#[test]
fn help_on_load_names_both_loops_and_the_exit_codes_in_80_columns() {
    let naming = [
        "tcp://HOST:PORT",
        "--connections",
        "--rate",
        "in total",
        "closed loop",
        "open loop",
        "--warm-up",
        "--check",
        "--fan-out",
        "--slow-readers",
        "--export-json",
        "Exit codes: 0",
        "130",
    ];
    shown(&["load", "--help"], &naming);
}

#[test]
fn help_on_the_client_names_the_url_and_the_exit_codes_in_80_columns() {
    let naming = [
        "ws://HOST[:PORT]",
        "--no-close",
        "--count",
        "--origin",
        "Exit codes: 0",
    ];
    shown(&["client", "--help"], &naming);
}

#[test]
fn help_on_lessons_names_flags_answers_and_exit_codes_in_80_columns() {
    let naming = [
        "[NAME]",
        "--output-only",
        "--virtual",
        "--seed",
        "--predict",
        "--check",
        "--trace",
        "C A B",
        "Exit codes: 0",
    ];
    shown(&["lesson", "--help"], &naming);
    shown(&["lesson", "-h"], &[]);
}

#[test]
fn models_has_one_line_per_model_in_80_columns() {
    shown(&["models", "--long"], &["shines", "breaks"]);
    let table = shown(&["models"], &["WHICH THREAD WAITS"]);
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows.len(), ModelKind::ALL.len(), "{table}");
    for (row, kind) in rows.iter().zip(ModelKind::ALL) {
        let about = kind.about();
        assert!(row.starts_with(&format!("{} ", about.name)), "{row}");
        assert!(row.ends_with(about.who_waits), "{row}");
        let alias = about.alias.map(|alias| format!("({alias})"));
        assert!(alias.is_none_or(|alias| row.contains(&alias)), "{row}");
    }
}

#[test]
fn the_readme_describes_the_models_as_the_program_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let table: Vec<String> = readme
        .lines()
        .filter(|line| line.starts_with("| [`"))
        .map(|line| line.replace('`', ""))
        .collect();
    assert_eq!(table.len(), ModelKind::ALL.len());
    for (row, kind) in table.iter().zip(ModelKind::ALL) {
        let about = kind.about();
        let cells = [about.who_waits, about.shines, about.breaks].join(" | ");
        assert!(row.ends_with(&format!("| {cells} |")), "{row}");
    }
}

#[test]
fn each_model_is_started_by_its_name_and_its_short_name() {
    for about in ModelKind::ALL.map(ModelKind::about) {
        for name in [Some(about.name), about.alias].into_iter().flatten() {
            let mut server = Program::serve(name, &["echo=0"], &[]);
            server.log.until(&format!("serving under {};", about.name));
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = concat!("gearshift ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(shown(&["--version"], &[]), version);
}

#[test]
fn without_arguments_there_is_help_and_exit_code_2() {
    let shown = run(&[]);
    assert_eq!((shown.code, shown.out.as_str()), (2, ""));
    assert!(shown.log.contains("Usage: gearshift"), "{}", shown.log);
    assert!(shown.log.contains("Examples:"), "{}", shown.log);
}

#[test]
fn help_on_reports_names_exports_and_baselines_in_80_columns() {
    let naming = [
        "FILE",
        "--export-html",
        "--export-json",
        "--export-csv",
        "--export-markdown",
        "--baseline",
        "--threshold",
        "--force",
        "[default: 5]",
        "Exit codes:",
    ];
    shown(&["report", "--help"], &naming);
}

#[test]
fn completions_are_scripts_that_their_shells_can_read() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        assert_eq!((script.code, script.log.as_str()), (0, ""), "{shell}");
        assert!(script.out.contains("long-lived"), "{shell}: {}", script.out);
        let check = Command::new(shell)
            .arg("-n")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut check) = check else {
            print_note(&format!("skipped: {shell} is not installed"));
            continue;
        };
        let mut input = check.stdin.take().unwrap();
        input.write_all(script.out.as_bytes()).unwrap();
        drop(input);
        let checked = check.wait_with_output().unwrap();
        assert!(checked.status.success() && checked.stderr.is_empty());
    }
}
