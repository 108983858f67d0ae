//! `gearshift load`: runs one load, and reports to the terminal and to files.

use super::{Outcome, Plan, Progress, run, terminal};
use crate::error::Error;
use crate::lab::Ending;
use crate::lab::report::{self, Exports};
use crate::lab::result::{ScenarioRun, SubjectRun};
use crate::lab::run_start::RunStart;
use crate::lab::status_line::StatusLine;
use crate::output::print;
use std::sync::atomic::AtomicBool;

/// Where the results go.
#[derive(Debug, Clone)]
pub struct Output {
    /// Besides the terminal.
    pub exports: Exports,
    /// Percentiles to show in the terminal.
    pub percentiles: Vec<f64>,
    /// Show no progress.
    pub quiet: bool,
}

/// Runs `plan` and reports the results. When `cancel` becomes true, it ends soon with the results so far.
///
/// # Blocks
/// As [`run`].
///
/// # Errors
/// Those of [`run`]; a file that cannot be written.
pub fn load(plan: &Plan, output: &Output, cancel: &AtomicBool) -> Result<Ending, Error> {
    let start = RunStart::now();
    let mut line = StatusLine::new(output.quiet);
    let outcome = run(plan, cancel, &mut |progress| {
        show(&mut line, plan, progress);
    });
    drop(line);
    let outcome = outcome?;
    let exports = &output.exports;
    if !exports.takes_stdout() {
        print(&terminal::report(plan, &outcome, &output.percentiles))?;
    }
    let scenarios = vec![scenario(plan, &outcome)];
    let run = start.finish(scenarios, outcome.notes.clone(), outcome.interrupted);
    report::export(&run, exports)?;
    Ok(match &outcome {
        outcome if outcome.interrupted => Ending::Interrupted,
        outcome if outcome.sample.errors > 0 => Ending::WithErrors,
        _ => Ending::Complete,
    })
}

fn show(line: &mut StatusLine, plan: &Plan, progress: Progress) {
    match progress {
        Progress::Connecting { open, of } => {
            line.set(open as f64 / of as f64, || {
                format!("{open} of {of} connected")
            });
        }
        Progress::WarmingUp => line.set(0.0, || "warming up".to_owned()),
        Progress::Measuring {
            elapsed,
            messages,
            errors,
        } => {
            let seconds = elapsed.as_secs_f64();
            let done = match plan.messages {
                Some(all) => messages as f64 / all as f64,
                None => seconds / plan.parameters.duration_seconds,
            };
            let rate = messages as f64 / seconds.max(1e-9);
            let errors = match errors {
                0 => String::new(),
                errors => format!(", {errors} errors"),
            };
            line.set(done, || format!("{rate:.0} messages/s{errors}"));
        }
        Progress::MeasuringEnds => line.set(1.0, || "waiting for the last replies".to_owned()),
        Progress::Connected { .. } | Progress::MeasuringBegins => {}
    }
}

/// One scenario with one subject.
fn scenario(plan: &Plan, outcome: &Outcome) -> ScenarioRun {
    let (shows, expects) = match plan.parameters.rate_per_second {
        Some(_) => (
            "How long users wait at a given rate.",
            "Latency stays flat until the server has no time left, and then grows without bound.",
        ),
        None => (
            "How much the server does for clients that wait for each reply.",
            "Messages in flight = messages per second x mean latency (Little's law).",
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
