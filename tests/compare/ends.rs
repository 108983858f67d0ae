//! Baselines: what the exit code says.

use crate::{SHORT, program, saved, text};

#[test]
fn a_baseline_decides_the_exit_code() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let rounds = ["--rounds", "3", "-d", "60ms", "-w", "10ms"];
    let quick = [&["-s", "echo", "-m", "event-loop", "-c", "2"][..], &rounds].concat();
    saved(&[&quick[..], &["--save-baseline", path]].concat());
    // Nothing can become a thousand times worse by chance.
    let same = [&quick[..], &["--baseline", path, "--threshold", "1000"]].concat();
    let output = program(&same).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let slow = [
        &quick[..],
        &["--work-block", "20ms", "--baseline", path, "--force"],
    ]
    .concat();
    let output = program(&slow).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("regressions"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_baseline_of_another_load_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let quick = [&["-s", "echo", "-m", "event-loop"][..], &SHORT].concat();
    saved(&[&quick[..], &["-c", "1", "--save-baseline", path]].concat());
    let other = [&quick[..], &["-c", "2", "--baseline", path]].concat();
    let output = program(&other).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("parameters"),
        "{}",
        text(&output.stderr)
    );
}
