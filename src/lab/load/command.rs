//! `gearshift load`: arguments → plan → run → report and files.

use super::progress_line::ProgressLine;
use super::{Outcome, Plan, run, settings, terminal};
use crate::cli;
use crate::clock;
use crate::error::Error;
use crate::lab::command::exports;
use crate::lab::machine;
use crate::lab::report;
use crate::lab::result::{Run, SCHEMA, ScenarioRun, SubjectRun};
use crate::output::print;
use std::sync::atomic::AtomicBool;
use std::time::UNIX_EPOCH;

/// How a load ended that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As it should.
    Well,
    /// With errors, which the report has told.
    WithErrors,
    /// By `cancel`.
    Interrupted,
}

/// Measures, and writes to standard output and to files what came of it.
///
/// # Blocks
/// As [`run`].
///
/// # Errors
/// Those of [`settings::plan`] and [`run`]; a file that cannot be written.
pub fn load(args: &cli::Load, quiet: bool, cancel: &AtomicBool) -> Result<Ended, Error> {
    let plan = settings::plan(args)?;
    let exports = exports(&args.exports);
    let machine = machine::this();
    let calendar = clock::system_time().duration_since(UNIX_EPOCH);
    let began = clock::now();
    let mut line = ProgressLine::new(&plan, quiet);
    let outcome = run(&plan, cancel, &mut |progress| line.on(progress));
    line.end();
    let outcome = outcome?;
    if !exports.takes_stdout() {
        print(&terminal::report(&plan, &outcome, &args.percentiles))?;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let run = Run {
        schema: SCHEMA.to_owned(),
        began_unix_seconds: calendar.unwrap_or_default().as_secs(),
        took_seconds: (clock::now() - began).as_secs_f64(),
        command: format!("gearshift {}", words.join(" ")),
        machine,
        scenarios: vec![scenario(&plan, &outcome)],
        warnings: outcome.notes.clone(),
        interrupted: outcome.interrupted,
    };
    report::export(&run, &exports)?;
    Ok(match &outcome {
        outcome if outcome.interrupted => Ended::Interrupted,
        outcome if outcome.sample.errors > 0 => Ended::WithErrors,
        _ => Ended::Well,
    })
}

/// One scenario with one subject.
fn scenario(plan: &Plan, outcome: &Outcome) -> ScenarioRun {
    let (shows, expects) = match plan.parameters.rate_per_second {
        Some(_) => (
            "How long users wait at a given rate.",
            "Flat until the server has no time left, and then without bound.",
        ),
        None => (
            "How much the server does for clients that wait for their answers.",
            "Clients under way = messages a second x mean latency (Little's law).",
        ),
    };
    let subject = SubjectRun {
        name: plan.target.url.clone(),
        command: None,
        url: plan.target.url.clone(),
        samples: vec![outcome.sample.clone()],
        failure: None,
    };
    ScenarioRun {
        name: "load".to_owned(),
        shows: shows.to_owned(),
        expects: expects.to_owned(),
        main_metric: None,
        expected: Vec::new(),
        parameters: plan.parameters.clone(),
        subjects: vec![subject],
        order: vec![0],
    }
}
