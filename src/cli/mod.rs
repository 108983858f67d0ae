//! The command line, as text. Nothing is decided here: `settings.rs` checks and understands.

mod client;
mod compare;
mod lesson;
mod listings;
mod load;
mod report;
mod serve;
mod timeline;
mod values;

pub use client::Client;
pub use compare::{Compare, Overrides};
pub use lesson::Lesson;
pub use listings::{print_completions, print_models};
pub use load::{Clients, Load, MessageArgs};
pub use report::{BaselineArgs, ExportArgs, Report};
pub use serve::{LimitArgs, Serve, ThreadArgs, WatchArgs};
pub use timeline::Timeline;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

/// One WebSocket service under every classic concurrency model.
#[derive(Debug, Parser)]
#[command(
    name = "gearshift",
    version,
    arg_required_else_help = true,
    propagate_version = true,
    max_term_width = 80 // a projected terminal, and what tests look at
)]
#[command(after_help = "\
Examples:
  gearshift serve                       push changes of watched_file.txt on 8765,
                                        answer messages on 8766
  gearshift serve --model threads --watch 'src/**/*.rs'
  echo hello | gearshift client ws://127.0.0.1:8766
  gearshift load ws://127.0.0.1:8766    how much it can do
  gearshift models                      the models and who waits in each
  gearshift lesson                      the lessons
  gearshift serve --trace run.json      record who waits, then look at it:
  gearshift timeline run.json")]
pub struct Cli {
    /// More log lines on stderr: -v connections and closes, -vv everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    #[command(subcommand)]
    #[allow(missing_docs, reason = "its variants are the documentation")]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service until Ctrl-C
    Serve(Box<Serve>),
    /// Send lines from stdin to a WebSocket server, print what it says
    Client(Client),
    /// Measure a server: how much it does, or how long its users wait
    Load(Box<Load>),
    /// Measure the models under the same load, and say which is best
    Compare(Box<Compare>),
    /// List the concurrency models
    Models {
        /// Also where each shines and where it breaks
        #[arg(short, long)]
        long: bool,
    },
    /// Show a recorded timeline: who ran, was ready, waited, and for what
    Timeline(Timeline),
    /// Show, run and explain small programs, from blocking calls to the event loop
    Lesson(Lesson),
    /// Show saved runs of `gearshift compare` again, or several side by side
    Report(Report),
    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
  gearshift completions bash > ~/.local/share/bash-completion/completions/gearshift")]
    Completions {
        /// The shell
        shell: Shell,
    },
}
