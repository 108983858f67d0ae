//! `gearshift load`: arguments → plan → run → report and files.

use super::progress::Progress;
use super::{Outcome, Plan, run, settings, show};
use crate::cli;
use crate::clock;
use crate::error::Error;
use crate::lab::machine;
use crate::lab::result::{Run, SCHEMA, ScenarioRun, SubjectRun};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, UNIX_EPOCH};

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
    // Opened before anything is measured: a path that cannot be written to is no surprise at the end.
    let json = args.out.export_json.as_deref().map(open).transpose()?;
    let machine = machine::this();
    let calendar = clock::calendar().duration_since(UNIX_EPOCH);
    let began = clock::now();
    let mut progress = Progress::new(&plan, quiet);
    let outcome = run(&plan, cancel, &mut |moment| progress.on(moment));
    progress.end();
    let outcome = outcome?;
    let took = clock::now() - began;
    if !args.out.writes_to_stdout() {
        print(&show::report(&plan, &outcome, &args.out.percentiles))?;
    }
    let run = Run {
        machine,
        ..saved(&plan, &outcome, calendar.unwrap_or_default(), took)
    };
    if let Some((path, file)) = json {
        write_json(&run, &path, file)?;
    }
    Ok(match &outcome {
        outcome if outcome.interrupted => Ended::Interrupted,
        outcome if outcome.sample.errors > 0 => Ended::WithErrors,
        _ => Ended::Well,
    })
}

impl cli::Out {
    fn writes_to_stdout(&self) -> bool {
        self.export_json
            .as_deref()
            .is_some_and(|path| path.as_os_str() == "-")
    }
}

/// A run of one scenario and one subject.
fn saved(plan: &Plan, outcome: &Outcome, calendar: Duration, took: Duration) -> Run {
    let open = plan.parameters.rate_per_second.is_some();
    let subject = SubjectRun {
        name: plan.target.url.clone(),
        command: None,
        url: plan.target.url.clone(),
        samples: vec![outcome.sample.clone()],
        failure: None,
    };
    let scenario = ScenarioRun {
        name: "load".to_owned(),
        shows: match open {
            true => "How long users wait at a given rate.".to_owned(),
            false => "How much the server does for clients that wait for their answers.".to_owned(),
        },
        expects: match open {
            true => "Flat until the server has no time left, and then without bound.".to_owned(),
            false => {
                "Clients under way = messages a second x mean latency (Little's law).".to_owned()
            }
        },
        main_figure: None,
        expected: Vec::new(),
        parameters: plan.parameters.clone(),
        subjects: vec![subject],
        order: vec![0],
    };
    let words: Vec<String> = std::env::args().skip(1).collect();
    Run {
        schema: SCHEMA.to_owned(),
        began_unix_seconds: calendar.as_secs(),
        took_seconds: took.as_secs_f64(),
        command: format!("gearshift {}", words.join(" ")),
        machine: machine::this(),
        scenarios: vec![scenario],
        warnings: outcome.notes.clone(),
        interrupted: outcome.interrupted,
    }
}

/// `None`: standard output.
fn open(path: &Path) -> Result<(PathBuf, Option<File>), Error> {
    let file = match path.as_os_str() == "-" {
        true => None,
        false => Some(File::create(path).map_err(|error| cannot_write(path, &error))?),
    };
    Ok((path.to_owned(), file))
}

fn write_json(run: &Run, path: &Path, file: Option<File>) -> Result<(), Error> {
    let mut text = serde_json::to_string_pretty(run)
        .map_err(|error| Error::failure(format!("the result cannot be spelt as JSON: {error}")))?;
    text.push('\n');
    match file {
        None => print(&text),
        Some(mut file) => {
            let written = file.write_all(text.as_bytes());
            written.map_err(|error| cannot_write(path, &error))
        }
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::failure(format!("cannot write {}: {error}", path.display()))
}

/// A reader that has gone (`| head -1`) is no failure.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::failure(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}
