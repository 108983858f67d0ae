//! `gearshift report` on the command line, and the flags that it shares with `load` and `compare`.

use super::values::percent;
use crate::lab::report::Exports;
use crate::lab::report::command::Baseline;
use crate::lab::stats::baseline::Options;
use clap::{Args, value_parser};
use std::path::PathBuf;

/// `gearshift report`.
#[derive(Debug, Args)]
#[command(after_help = "\
Several files are first shown side by side in one table, with the differences
between their machines.

Examples:
  gearshift report run.json                          in the terminal
  gearshift report run.json --export-html run.html
  gearshift report anna.json ben.json                two machines side by side
  gearshift report today.json --baseline last.json   exit code 1 if it got worse

Exit codes: 0 shown; 1 a file that cannot be read or written, or a regression;
2 wrong arguments.")]
pub struct Report {
    /// Saved runs; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Number of columns [default: terminal width, at most 100; 80 if not a terminal]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub baseline: BaselineArgs,
}

/// Files to write a run to.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Export (FILE `-` is standard output; then nothing else is printed there)"
)]
pub struct ExportArgs {
    /// Write one self-contained web page with tables and plots
    #[arg(long, value_name = "FILE")]
    pub export_html: Option<PathBuf>,
    /// Write the run itself, to show or compare it later
    #[arg(long, value_name = "FILE")]
    pub export_json: Option<PathBuf>,
    /// Write one row per sample, for spreadsheets
    #[arg(long, value_name = "FILE")]
    pub export_csv: Option<PathBuf>,
    /// Write tables and sentences, for an issue or a notebook
    #[arg(long, value_name = "FILE")]
    pub export_markdown: Option<PathBuf>,
}

impl ExportArgs {
    /// The same without the command line.
    pub fn to_exports(&self) -> Exports {
        Exports {
            html: self.export_html.clone(),
            json: self.export_json.clone(),
            csv: self.export_csv.clone(),
            markdown: self.export_markdown.clone(),
        }
    }
}

/// A run to compare with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing with a saved run")]
pub struct BaselineArgs {
    /// Fail if results are worse than in this saved run, which must have the same machine, build and
    /// load
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Smallest change that counts, in %
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent, requires = "baseline")]
    pub threshold: f64,
    /// Compare even if machine, build or load differ; the report notes it
    #[arg(long, requires = "baseline")]
    pub force: bool,
}

impl BaselineArgs {
    /// The same without the command line.
    pub fn to_baseline(&self) -> Option<Baseline> {
        self.baseline.as_ref().map(|file| Baseline {
            file: file.clone(),
            options: Options {
                threshold: self.threshold / 100.0,
                force: self.force,
            },
        })
    }
}
