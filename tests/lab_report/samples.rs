//! Writes sample files to try `gearshift report` by hand.

use crate::synthetic;
use gearshift::lab::report;
use std::fs;
use std::path::Path;

#[test]
#[ignore = "writes files: SAMPLES=folder cargo test --test lab_report -- --ignored samples"]
fn sample_runs_are_written_into_a_folder() {
    let folder =
        std::env::var("SAMPLES").unwrap_or_else(|_| std::env::temp_dir().display().to_string());
    let mut both = synthetic::run(1);
    both.scenarios.extend(synthetic::sweep(2).scenarios);
    let mut other = synthetic::run(9);
    other.machine.host = Some("lab-04".to_owned());
    other.machine.processor = Some("Core i5-8250U".to_owned());
    other.machine.cores = 8;
    for (name, run) in [
        ("run.json", both),
        ("other.json", other),
        ("again.json", synthetic::run(77)),
    ] {
        fs::write(Path::new(&folder).join(name), report::json(&run).unwrap()).unwrap();
    }
}
