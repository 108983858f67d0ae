//! `gearshift compare` and `gearshift report`: arguments → run → terminal and files → whether it was good
//! enough.

use super::compare::plan::Plan;
use super::compare::{self, CompareProgress};
use super::load::Progress;
use super::machine;
use super::report::{self, Exports, Saved};
use super::result::{Machine, Run, SCHEMA};
use super::stats::baseline::{self, Changes};
use crate::cli;
use crate::clock;
use crate::error::Error;
use crate::output::print;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How a comparison ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// As it should.
    Well,
    /// By `cancel`.
    Interrupted,
}

/// Measures, and writes to standard output and to files what came of it. `models`: the names of those
/// chosen.
///
/// # Blocks
/// As long as that takes; see [`Plan::estimate`].
///
/// # Errors
/// Usage; files that cannot be read or written; a baseline that was not reached; nothing measured at all.
pub fn compare(
    args: &cli::Compare,
    models: &[String],
    quiet: bool,
    cancel: &AtomicBool,
) -> Result<Ended, Error> {
    let plan = Plan::new(args, models)?;
    // Before anything is measured: a file that cannot be read is no surprise at the end.
    let before = read_baseline(&args.baseline)?;
    let machine = machine::this();
    let (calendar, began) = (calendar_seconds(), clock::now());
    let mut bar = Bar::new(&plan, quiet);
    let scenarios = compare::run(&plan, cancel, &mut |progress| bar.on(progress));
    bar.bar.finish_and_clear();
    let interrupted = cancel.load(Ordering::Relaxed);
    if scenarios.is_empty() {
        return match interrupted {
            true => Ok(Ended::Interrupted),
            false => Err(Error::failure("nothing was measured")),
        };
    }
    let run = Run {
        schema: SCHEMA.to_owned(),
        began_unix_seconds: calendar,
        took_seconds: (clock::now() - began).as_secs_f64(),
        command: command_line(),
        warnings: busy(&machine).into_iter().collect(),
        machine,
        scenarios,
        interrupted,
    };
    let exports = exports(&args.exports);
    if !exports.takes_stdout() {
        print(&report::terminal(&run, columns(None)))?;
    }
    report::export(&run, &exports)?;
    let saved = Exports {
        json: args.save_baseline.clone(),
        ..Exports::default()
    };
    report::export(&run, &saved)?;
    if let Some(before) = before {
        let changes = baseline::compare(&before, &run, options(&args.baseline))?;
        judge(&changes, !exports.takes_stdout(), None)?;
    }
    Ok(if interrupted {
        Ended::Interrupted
    } else {
        Ended::Well
    })
}

/// Shows saved runs again.
///
/// # Errors
/// Files that cannot be read or written; a baseline that was not reached.
pub fn report(args: &cli::Report) -> Result<(), Error> {
    let read = |path: &PathBuf| report::read(path);
    let runs: Vec<Saved> = args.files.iter().map(read).collect::<Result<_, _>>()?;
    // Before anything is written: a baseline that is refused leaves nothing half done.
    let changes = match (read_baseline(&args.baseline)?, &runs[..]) {
        (None, _) => None,
        (Some(before), [now]) => Some(baseline::compare(
            &before,
            &now.run,
            options(&args.baseline),
        )?),
        (Some(_), _) => {
            return Err(Error::usage("--baseline compares one run; give one file"));
        }
    };
    let exports = exports(&args.exports);
    report::export_side_by_side(&runs, &exports)?;
    let shown = !exports.takes_stdout();
    match changes {
        Some(changes) => judge(&changes, shown, args.width),
        None if shown => print(&report::terminal_side_by_side(&runs, columns(args.width))),
        None => Ok(()),
    }
}

/// Says what became of a run since its baseline, and fails if it became worse.
fn judge(changes: &Changes, shown: bool, width: Option<u16>) -> Result<(), Error> {
    if shown {
        print(&report::against_baseline(changes, columns(width)))?;
    }
    match changes.must_fail() {
        true => Err(Error::failure(changes.summary())),
        false => Ok(()),
    }
}

fn read_baseline(args: &cli::BaselineArgs) -> Result<Option<Run>, Error> {
    let read = |path: &PathBuf| report::read(path).map(|saved| saved.run);
    args.baseline.as_ref().map(read).transpose()
}

fn options(args: &cli::BaselineArgs) -> baseline::Options {
    baseline::Options {
        threshold: args.threshold / 100.0,
        force: args.force,
    }
}

/// Where a run goes, as the arguments say.
pub(super) fn exports(args: &cli::ExportArgs) -> Exports {
    Exports {
        html: args.export_html.clone(),
        json: args.export_json.clone(),
        csv: args.export_csv.clone(),
        markdown: args.export_markdown.clone(),
    }
}

/// What was asked for, or what the terminal has; a table wider than 100 columns is hard to read along.
fn columns(asked: Option<u16>) -> usize {
    let of_terminal = || {
        let (columns, _) = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal())?;
        Some(columns.0.clamp(40, 100))
    };
    asked.or_else(of_terminal).unwrap_or(80).into()
}

/// Half of the cores taken by others is too much to measure beside.
fn busy(machine: &Machine) -> Option<String> {
    let load = machine.load_average?;
    let cores = machine.cores as f64;
    (load > cores / 2.0).then(|| {
        format!(
            "The machine was busy before the run (load {load:.1} on {cores} cores): figures vary more \
             than on a quiet one, and intervals are wider."
        )
    })
}

/// As it was typed, to be typed again.
fn command_line() -> String {
    let quoted = |word: String| match word.contains([' ', '\'', '"', '*', '$', '&']) {
        true => format!("'{}'", word.replace('\'', r"'\''")),
        false => word,
    };
    let words = std::env::args().skip(1).map(quoted);
    std::iter::once("gearshift".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

fn calendar_seconds() -> u64 {
    clock::system_time()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs())
}

/// One line that says who is measured, on standard error where that is a terminal.
struct Bar {
    bar: ProgressBar,
    rounds: u32,
    doing: String,
}

impl Bar {
    fn new(plan: &Plan, quiet: bool) -> Bar {
        let target = match quiet || !io::stderr().is_terminal() {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(Some(plan.samples()), target);
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg} eta {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(250));
        Bar {
            bar,
            rounds: plan.rounds,
            doing: String::new(),
        }
    }

    fn on(&mut self, progress: CompareProgress<'_>) {
        match progress {
            CompareProgress::Sample {
                scenario,
                round,
                subject,
            } => {
                self.doing = format!("{scenario}, round {round} of {}: {subject}", self.rounds);
                self.bar.set_message(self.doing.clone());
            }
            CompareProgress::Load(Progress::Measuring {
                elapsed, messages, ..
            }) if !elapsed.is_zero() => {
                let rate = messages as f64 / elapsed.as_secs_f64();
                self.bar.set_message(format!("{}, {rate:.0}/s", self.doing));
            }
            CompareProgress::Load(_) => {}
            CompareProgress::Sampled => self.bar.inc(1),
        }
    }
}
