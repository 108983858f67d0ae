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
Each row is a lane: a thread, a worker of a pool, a task or a callback, below
the lane that made it. `gearshift serve --trace FILE` records a timeline.
ui.perfetto.dev opens the file as well.

Examples:
  gearshift timeline run.json                        in the terminal
  gearshift timeline run.json --from 1s --to 1200ms --arrows
  gearshift timeline run.json --html run.html        a page for the browser

Exit codes: 0 shown, 1 the file cannot be read or is not a timeline, 2 wrong
arguments.")]
pub struct Timeline {
    /// Recorded timeline; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Number of columns [default: terminal width; 100 if not a terminal]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
    /// Begin at this time after the start
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    from: Option<Duration>,
    /// End at this time after the start
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    to: Option<Duration>,
    /// Show only lanes whose name contains TEXT, in upper or lower case; repeatable
    #[arg(long = "lane", value_name = "TEXT")]
    lanes: Vec<String>,
    /// Number of lanes to show; the busiest are chosen
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u32).range(1..))]
    max_lanes: u32,
    /// Also list notes, and each wake-up, cancellation and hand-over between lanes
    #[arg(long)]
    arrows: bool,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, hide_possible_values = true)]
    color: ColorChoice,
    /// Write one self-contained page for the browser instead; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["width", "lanes", "max_lanes", "arrows", "color"])]
    html: Option<PathBuf>,
}

impl Timeline {
    /// The options of the command.
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
