//! `gearshift timeline` on the command line, as text.

use super::values::duration_or_zero;
use crate::timeline::LaneFilter;
use crate::timeline::command::Options;
use clap::{Args, ColorChoice, value_parser};
use std::path::PathBuf;
use std::time::Duration;

/// `gearshift timeline`.
#[derive(Debug, Args)]
#[command(after_help = "\
A row is a lane: a thread, a worker of a pool, a task or a callback, below the
one that made it. `gearshift serve --trace FILE` records one; ui.perfetto.dev
opens the file, too.

Examples:
  gearshift timeline run.json                        in the terminal
  gearshift timeline run.json --from 1s --to 1200ms --arrows
  gearshift timeline run.json --html run.html        a page for the browser

Exit codes: 0 shown, 1 a file that cannot be read or is no timeline, 2 wrong
arguments.")]
pub struct Timeline {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Columns to use [default: the terminal's; 100 where there is none]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    /// Begin so long after the start
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub from: Option<Duration>,
    /// End so long after the start
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub to: Option<Duration>,
    /// Only lanes whose name contains TEXT, whatever the case; repeatable
    #[arg(long = "lane", value_name = "TEXT")]
    pub lanes: Vec<String>,
    /// The most lanes; of more the busiest
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u32).range(1..))]
    pub max_lanes: u32,
    /// Also list who woke, cancelled or gave something to whom, and the notes
    #[arg(long)]
    pub arrows: bool,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, hide_possible_values = true)]
    pub color: ColorChoice,
    /// Write a page for the browser, complete in one file, instead; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["width", "lanes", "max_lanes", "arrows", "color"])]
    pub html: Option<PathBuf>,
}

impl Timeline {
    /// The same in the terms of the command.
    pub fn options(self) -> Options {
        Options {
            file: self.file,
            from: self.from,
            to: self.to,
            columns: self.width,
            colours: match self.color {
                ColorChoice::Auto => None,
                choice => Some(choice == ColorChoice::Always),
            },
            filter: LaneFilter {
                names: self.lanes,
                max_lanes: self.max_lanes as usize,
            },
            arrows: self.arrows,
            html: self.html,
        }
    }
}
