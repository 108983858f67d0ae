//! The command line, as text. Nothing is decided here: `settings.rs` checks the arguments of `serve`.

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
pub use serve::Serve;
pub(crate) use serve::{LimitArgs, WatchArgs};
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
    max_term_width = 80 // a projected terminal; tests check it
)]
#[command(after_help = "\
Examples:
  gearshift serve                       push changes of watched_file.txt on 8765
                                        and reply to messages on 8766
  gearshift serve --model threads --watch 'src/**/*.rs'
  echo hello | gearshift client ws://127.0.0.1:8766
  gearshift load ws://127.0.0.1:8766    measure the server
  gearshift models                      list the models: which thread waits
  gearshift lesson                      list the lessons
  gearshift serve --trace run.json      record which thread waits for what
  gearshift timeline run.json           show the recording")]
pub struct Cli {
    /// Log more on stderr: -v logs connects and disconnects, -vv logs everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true, display_order = 900)]
    pub verbose: u8,
    /// Log only errors on stderr
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        display_order = 901
    )]
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
    /// Send lines from stdin to a WebSocket server and print its messages
    Client(Client),
    /// Measure the throughput of a server, or how long its users wait
    Load(Box<Load>),
    /// Measure the models under the same load and compare them
    Compare(Box<Compare>),
    /// List the concurrency models
    Models {
        /// Also show where each model shines and where it breaks
        #[arg(short, long)]
        long: bool,
    },
    /// Show a recorded timeline: what ran, was ready or waited, and for what
    Timeline(Timeline),
    /// Show, run and explain small programs, from blocking calls to the event loop
    Lesson(Lesson),
    /// Show saved runs; show several side by side
    Report(Report),
    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
  source <(gearshift completions bash)")]
    Completions {
        /// Shell to print the script for
        shell: Shell,
    },
}
