//! `gearshift report`: shows saved runs, and compares one with a baseline.

use super::{Exports, Saved};
use crate::error::Error;
use crate::lab::result::Run;
use crate::lab::stats::baseline::{self, Changes, Options};
use crate::output::{self, print};
use std::path::PathBuf;

/// A saved run to compare with, and how.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The file.
    pub file: PathBuf,
    /// Which changes count.
    pub options: Options,
}

impl Baseline {
    pub(in crate::lab) fn read(&self) -> Result<Run, Error> {
        super::read(&self.file).map(|saved| saved.run)
    }

    /// Compares `now` with `before`, the run in the file.
    pub(in crate::lab) fn compare(&self, before: &Run, now: &Run) -> Result<Changes, Error> {
        baseline::compare(before, now, self.options)
    }
}

/// Shows the runs saved in `files`. `width`: columns to use, if not those of the terminal.
///
/// # Errors
/// Files that cannot be read or written; a regression against the baseline.
pub fn report(
    files: &[PathBuf],
    baseline: Option<&Baseline>,
    exports: &Exports,
    width: Option<u16>,
) -> Result<(), Error> {
    let runs: Vec<Saved> = files
        .iter()
        .map(|file| super::read(file))
        .collect::<Result<_, _>>()?;
    // Before anything is written: a baseline that is refused leaves no files behind.
    let changes = match (baseline, &runs[..]) {
        (None, _) => None,
        (Some(baseline), [now]) => Some(baseline.compare(&baseline.read()?, &now.run)?),
        (Some(_), _) => return Err(Error::usage("--baseline compares one run; give one file")),
    };
    super::export_side_by_side(&runs, exports)?;
    let is_shown = !exports.takes_stdout();
    match changes {
        Some(changes) => judge(&changes, is_shown, width),
        None if is_shown => print(&super::terminal_side_by_side(&runs, columns(width))),
        None => Ok(()),
    }
}

/// Prints what changed since the baseline, and fails on a regression.
pub(in crate::lab) fn judge(
    changes: &Changes,
    is_shown: bool,
    width: Option<u16>,
) -> Result<(), Error> {
    if is_shown {
        print(&super::against_baseline(changes, columns(width)))?;
    }
    if changes.must_fail() {
        return Err(Error::failure(changes.summary()));
    }
    Ok(())
}

/// The width asked for, or that of the terminal. A table wider than 100 columns is hard to read.
pub(in crate::lab) fn columns(asked: Option<u16>) -> usize {
    let of_terminal = || output::columns().map(|columns| columns.clamp(40, 100));
    asked.or_else(of_terminal).unwrap_or(80).into()
}
