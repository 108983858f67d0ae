//! `gearshift compare` as a program: what it measures, and what it reports about servers that fail.
#![allow(clippy::unwrap_used, missing_docs)]

#[cfg(target_os = "linux")] // it looks for child processes in /proc
mod ctrl_c;
mod ends;
mod peers;
mod runs;
mod truth;

use gearshift::lab::report;
use gearshift::lab::result::{Run, SubjectRun};
use std::path::Path;
use std::process::{Command, Output};

/// Very short samples: the tests do not check how fast anything is.
const SHORT: [&str; 6] = ["--rounds", "1", "-d", "60ms", "-w", "20ms"];

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gearshift"));
    command.arg("compare").args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The run that `compare` saves with these arguments, and its output.
fn saved(arguments: &[&str]) -> (Run, Output) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let mut all = vec!["--export-json", path];
    all.extend(arguments);
    let output = program(&all).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (report::read(Path::new(path)).unwrap().run, output)
}

fn subject<'r>(run: &'r Run, name: &str) -> &'r SubjectRun {
    let mut all = run.scenarios.iter().flat_map(|it| &it.subjects);
    all.find(|it| it.name == name)
        .unwrap_or_else(|| panic!("no {name} in {run:?}"))
}
