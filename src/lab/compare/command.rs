//! `gearshift compare`: measures, reports to the terminal and to files, and compares with a baseline.

use super::{CompareProgress, Plan};
use crate::clock;
use crate::error::Error;
use crate::lab::Ending;
use crate::lab::load::Progress;
use crate::lab::report::command::{Baseline, columns, judge};
use crate::lab::report::{self, Exports};
use crate::lab::result::Machine;
use crate::lab::run_start::RunStart;
use crate::lab::status_line::StatusLine;
use crate::output::print;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Where the results go.
#[derive(Debug, Clone)]
pub struct Output {
    /// Besides the terminal.
    pub exports: Exports,
    /// A file for later comparisons.
    pub save_baseline: Option<PathBuf>,
    /// An earlier run to compare with.
    pub baseline: Option<Baseline>,
    /// Show no progress.
    pub quiet: bool,
}

/// Runs `plan` and reports the results. When `cancel` becomes true, it ends soon with the results so far.
///
/// # Blocks
/// Until all is measured.
///
/// # Errors
/// Files that cannot be read or written; a regression against the baseline; nothing measured at all.
pub fn compare(plan: &Plan, output: &Output, cancel: &AtomicBool) -> Result<Ending, Error> {
    // Before anything is measured: an unreadable file should not be a surprise at the end.
    let baseline = output.baseline.as_ref();
    let before = baseline.map(Baseline::read).transpose()?;
    let start = RunStart::now();
    let mut status = Status::new(plan, output.quiet);
    let scenarios = super::run(plan, cancel, &mut |progress| status.on(progress));
    drop(status);
    let interrupted = cancel.load(Ordering::Relaxed);
    if scenarios.is_empty() && !interrupted {
        return Err(Error::failure("nothing was measured"));
    } else if scenarios.is_empty() {
        return Ok(Ending::Interrupted);
    }
    let warnings = busy(&start.machine).into_iter().collect();
    let run = start.finish(scenarios, warnings, interrupted);
    let exports = &output.exports;
    if !exports.takes_stdout() {
        print(&report::terminal(&run, columns(None)))?;
    }
    report::export(&run, exports)?;
    let saved = Exports {
        json: output.save_baseline.clone(),
        ..Exports::default()
    };
    report::export(&run, &saved)?;
    if let Some((baseline, before)) = baseline.zip(before) {
        judge(
            &baseline.compare(&before, &run)?,
            !exports.takes_stdout(),
            None,
        )?;
    }
    Ok(if interrupted {
        Ending::Interrupted
    } else {
        Ending::Complete
    })
}

/// With half of the cores taken by other programs, measurements are unreliable.
fn busy(machine: &Machine) -> Option<String> {
    let load = machine.load_average?;
    let cores = machine.cores as f64;
    (load > cores / 2.0).then(|| {
        format!(
            "The machine was busy before the run (load average {load:.1} on {cores} cores). Results vary \
             more than on a quiet machine, and intervals are wider."
        )
    })
}

/// The progress of a comparison, on one line.
struct Status {
    line: StatusLine,
    rounds: u32,
    all_samples: u64,
    done_samples: u64,
    began: Instant,
    sample: String,
}

impl Status {
    fn new(plan: &Plan, quiet: bool) -> Status {
        Status {
            line: StatusLine::new(quiet),
            rounds: plan.rounds,
            all_samples: plan.samples(),
            done_samples: 0,
            began: clock::now(),
            sample: String::new(),
        }
    }

    fn on(&mut self, progress: CompareProgress<'_>) {
        let mut rate = String::new();
        match progress {
            CompareProgress::Sample {
                scenario,
                round,
                subject,
            } => self.sample = format!("{scenario}, round {round} of {}: {subject}", self.rounds),
            CompareProgress::Load(Progress::Measuring {
                elapsed, messages, ..
            }) if !elapsed.is_zero() => {
                rate = format!(", {:.0}/s", messages as f64 / elapsed.as_secs_f64());
            }
            CompareProgress::Load(_) => {}
            CompareProgress::Sampled => self.done_samples += 1,
        }
        let (done, all) = (self.done_samples, self.all_samples);
        let left = match done {
            0 => String::new(),
            done => {
                let each = (clock::now() - self.began).as_secs_f64() / done as f64;
                let left = Duration::from_secs((each * (all - done) as f64) as u64);
                format!(", {} left", humantime::format_duration(left))
            }
        };
        self.line.set(done as f64 / all as f64, || {
            format!("{done}/{all} {}{rate}{left}", self.sample)
        });
    }
}
