//! `gearshift report` on the command line, as text, and the flags that it shares with other commands.

use super::values::percent;
use clap::{Args, value_parser};
use std::path::PathBuf;

/// `gearshift report`.
#[derive(Debug, Args)]
#[command(after_help = "\
With several files there is a table of them side by side first; machines that
differ are named.

Examples:
  gearshift report run.json                          in the terminal
  gearshift report run.json --export-html run.html
  gearshift report anna.json ben.json                two machines side by side
  gearshift report today.json --baseline last.json   exit code 1 if it got worse

Exit codes: 0 shown, 1 a file that cannot be read or written, or a regression,
2 wrong arguments.")]
pub struct Report {
    /// Saved runs; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Columns to use [default: the terminal's up to 100; 80 where there is none]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub baseline: BaselineArgs,
}

/// Where a run goes besides the terminal.
#[derive(Debug, Args)]
#[command(next_help_heading = "Writing it down")]
pub struct ExportArgs {
    /// A page with tables and plots, complete in one file; `-` is standard output, here and below,
    /// and then nothing else is printed there
    #[arg(long, value_name = "FILE")]
    pub export_html: Option<PathBuf>,
    /// The run as it is, to be shown or compared again
    #[arg(long, value_name = "FILE")]
    pub export_json: Option<PathBuf>,
    /// A row a round, for spreadsheets
    #[arg(long, value_name = "FILE")]
    pub export_csv: Option<PathBuf>,
    /// Tables and sentences for an issue or a notebook
    #[arg(long, value_name = "FILE")]
    pub export_markdown: Option<PathBuf>,
}

/// A run beside an older one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing with a saved run")]
pub struct BaselineArgs {
    /// A saved run: did it get worse since? Refused if the machine, the build or the load is another
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// A change below counts for nothing, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent, requires = "baseline")]
    pub threshold: f64,
    /// Compare also what cannot be compared, and say so
    #[arg(long, requires = "baseline")]
    pub force: bool,
}
