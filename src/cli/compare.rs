//! `gearshift compare` on the command line, as text.

use super::load::{count, rate};
use super::values::{duration, duration_or_zero, model, size};
use super::{BaselineArgs, ExportArgs};
use crate::models::ModelKind;
use clap::{Args, value_parser};
use std::path::PathBuf;
use std::time::Duration;

/// `gearshift compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Scenarios: echo, crowd, pipeline, blocking-handler, cpu-handler, idle-crowd,
slow-readers, churn, fan-out, long-lived, all. Each says what it shows and what
theory expects, and then what was found.

Each model is measured once a round, by a fresh server; rounds differ in order.

Examples:
  gearshift compare                                 two scenarios, two to three minutes
  gearshift compare --quick                         less of it
  gearshift compare -s blocking-handler -m threads,event-loop --work-block 20ms
  gearshift compare -s crowd --sweep connections=1,10,100,1000
  gearshift compare --peer 'node=node echo.js@ws://127.0.0.1:9100/'
  gearshift compare --export-html report.html --save-baseline before.json
  gearshift compare --baseline before.json --threshold 10

Exit codes: 0 measured, 1 a baseline was not reached, 2 wrong arguments,
130 ended by Ctrl-C, with what there was.")]
pub struct Compare {
    /// What to run, or `all`; repeatable [default: crowd and blocking-handler]
    #[arg(short, long = "scenario", value_name = "NAME", value_delimiter = ',')]
    pub scenarios: Vec<String>,
    /// The models, with commas between [default: all]
    #[arg(
        short,
        long = "models",
        value_name = "NAME",
        value_parser = model(),
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub models: Vec<ModelKind>,
    /// Another server in the same table; repeatable. COMMAND starts it, URL is where it listens then
    #[arg(long = "peer", value_name = "NAME=COMMAND@URL")]
    pub peers: Vec<String>,
    /// How often everybody is measured [default: 6, with --quick 4]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,
    /// Fewer rounds of shorter samples, one scenario: under half a minute
    #[arg(long)]
    pub quick: bool,
    /// The same scenario with one parameter changed: connections, idle, in-flight, size, rate,
    /// work-cpu-us, work-block-us
    #[arg(long, value_name = "WHAT=N,N,…")]
    pub sweep: Option<String>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub load: Parameters,
    /// Save this run, to compare later ones with it
    #[arg(long, value_name = "FILE")]
    pub save_baseline: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub baseline: BaselineArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
}

/// What a scenario says otherwise.
#[derive(Debug, Args)]
#[command(next_help_heading = "Instead of what the scenarios say")]
pub struct Parameters {
    /// Clients that talk
    #[arg(short, long, value_name = "N", value_parser = count)]
    pub connections: Option<u64>,
    /// Clients that are silent
    #[arg(long, value_name = "N", value_parser = count)]
    pub idle: Option<u64>,
    /// Clients that send and never read
    #[arg(long, value_name = "N", value_parser = count)]
    pub slow_readers: Option<u64>,
    /// Messages under way on a connection
    #[arg(long, value_name = "N", value_parser = count)]
    pub in_flight: Option<u64>,
    /// Bytes of a message
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub size: Option<usize>,
    /// Text messages, not binary ones
    #[arg(long)]
    pub text: bool,
    /// Messages a second, in total: an open loop
    #[arg(short, long, short_alias = 'R', value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// A client's pause after an answer
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub think_time: Option<Duration>,
    /// The duration of a sample
    #[arg(short, long, value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Before each sample, not measured
    #[arg(short, long = "warm-up", alias = "warmup", value_name = "TIME", value_parser = duration_or_zero)]
    pub warm_up: Option<Duration>,
    /// What each message costs a server of ours: processor time
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub work_cpu: Option<Duration>,
    /// The same: a call that blocks
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub work_block: Option<Duration>,
}
