//! `gearshift compare` on the command line, and the comparison that its arguments describe.

use super::load::{count, rate};
use super::values::{duration, duration_or_zero, model, size};
use super::{BaselineArgs, ExportArgs};
use crate::error::Error;
use crate::lab::compare::command::Output;
use crate::lab::compare::{Plan, Request};
use crate::lab::result::Parameters;
use crate::models::ModelKind;
use clap::{Args, value_parser};
use std::path::PathBuf;
use std::time::Duration;

/// `gearshift compare`.
#[derive(Debug, Args)]
#[command(after_help = "\
Scenarios: echo, crowd, pipeline, blocking-handler, cpu-handler, idle-crowd,
slow-readers, churn, fan-out, long-lived, all. For each, the report says what it
shows, what theory expects, and what was found.

Each round measures every model once, with a fresh server. The order differs
from round to round.

Examples:
  gearshift compare                                 two scenarios, 3 minutes
  gearshift compare --quick                         crowd only, under 30 s
  gearshift compare -s blocking-handler -m threads,event-loop --work-block 20ms
  gearshift compare -s crowd --sweep connections=1,10,100,1000
  gearshift compare --peer 'node=node echo.js@ws://127.0.0.1:9100/'
  gearshift compare --export-html report.html --save-baseline before.json
  gearshift compare --baseline before.json --threshold 10

Exit codes: 0 measured; 1 a failure, or a regression against the baseline;
2 wrong arguments; 130 interrupted by Ctrl-C, with the results so far.")]
pub struct Compare {
    /// Scenarios to run, separated by commas, or `all` [default: crowd and blocking-handler]
    #[arg(short, long = "scenario", value_name = "NAME", value_delimiter = ',')]
    pub scenarios: Vec<String>,
    /// Models to measure, separated by commas; long-lived has its own [default: all]
    #[arg(
        short,
        long = "models",
        value_name = "NAME",
        value_parser = model(),
        value_delimiter = ',',
        hide_possible_values = true
    )]
    pub models: Vec<ModelKind>,
    /// Another server to measure: COMMAND starts it, and it listens at URL; repeatable
    #[arg(long = "peer", value_name = "NAME=COMMAND@URL")]
    pub peers: Vec<String>,
    /// Number of rounds [default: 6, with --quick 4]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,
    /// Use fewer rounds and shorter samples; without --scenario, run only crowd (under half a
    /// minute)
    #[arg(long)]
    pub quick: bool,
    /// Repeat each scenario with different values of one parameter: connections, idle, in-flight,
    /// size, rate, work-cpu-us, work-block-us
    #[arg(long, value_name = "PARAMETER=N,N,…")]
    pub sweep: Option<String>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub load: Overrides,
    /// Save this run as a baseline for later ones
    #[arg(long, help_heading = "Comparing with a saved run", value_name = "FILE")]
    pub save_baseline: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub baseline: BaselineArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
}

/// Parameters that replace those of the scenarios.
#[derive(Debug, Args)]
#[command(next_help_heading = "Overriding the scenarios' parameters")]
pub struct Overrides {
    /// Number of clients that send messages
    #[arg(short, long, value_name = "N", value_parser = count)]
    pub connections: Option<u64>,
    /// Number of clients that stay silent
    #[arg(long, value_name = "N", value_parser = count)]
    pub idle: Option<u64>,
    /// Number of clients that send but never read
    #[arg(long, value_name = "N", value_parser = count)]
    pub slow_readers: Option<u64>,
    /// Number of messages in flight per client
    #[arg(long, value_name = "N", value_parser = count)]
    pub in_flight: Option<u64>,
    /// Size of a message
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub size: Option<usize>,
    /// Send text messages instead of binary ones
    #[arg(long)]
    pub text: bool,
    /// Open loop: messages per second, in total over all clients
    #[arg(short, long, short_alias = 'R', value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// How long a client pauses after each reply
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub think_time: Option<Duration>,
    /// How long to measure in each round
    #[arg(short, long, value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// How long to send before measuring
    #[arg(short, long = "warm-up", alias = "warmup", value_name = "TIME", value_parser = duration_or_zero)]
    pub warm_up: Option<Duration>,
    /// CPU time that gearshift uses before each reply (not --peer)
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub work_cpu: Option<Duration>,
    /// Time that gearshift blocks before each reply (not --peer)
    #[arg(long, value_name = "TIME", value_parser = duration_or_zero)]
    pub work_block: Option<Duration>,
}

impl Compare {
    /// The comparison that was asked for.
    ///
    /// # Errors
    /// Usage: unknown scenarios, malformed peers and sweeps.
    pub fn plan(&self) -> Result<Plan, Error> {
        let models: &[ModelKind] = match &self.models[..] {
            [] => &ModelKind::ALL,
            chosen => chosen,
        };
        let names: Vec<&str> = models.iter().map(|kind| kind.about().name).collect();
        Plan::new(&Request {
            scenarios: &self.scenarios,
            models: &names,
            peers: &self.peers,
            rounds: self.rounds,
            quick: self.quick,
            sweep: self.sweep.as_deref(),
            overrides: &|parameters| self.load.replace(parameters),
        })
    }

    /// Where the results go.
    pub fn output(&self, quiet: bool) -> Output {
        Output {
            exports: self.exports.to_exports(),
            save_baseline: self.save_baseline.clone(),
            baseline: self.baseline.to_baseline(),
            quiet,
        }
    }
}

impl Overrides {
    fn replace(&self, parameters: &mut Parameters) {
        fn set<T>(parameter: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *parameter = value;
            }
        }
        let number = |value: Option<u64>| value.map(|number| number as usize);
        let seconds = |value: Option<Duration>| value.map(|time| time.as_secs_f64());
        set(&mut parameters.connections, number(self.connections));
        set(&mut parameters.idle, number(self.idle));
        set(&mut parameters.slow_readers, number(self.slow_readers));
        set(&mut parameters.in_flight, number(self.in_flight));
        set(&mut parameters.message_bytes, self.size);
        set(&mut parameters.rate_per_second, self.rate.map(Some));
        set(&mut parameters.think_seconds, seconds(self.think_time));
        set(&mut parameters.duration_seconds, seconds(self.duration));
        set(&mut parameters.warm_up_seconds, seconds(self.warm_up));
        set(&mut parameters.work_cpu_seconds, seconds(self.work_cpu));
        set(&mut parameters.work_block_seconds, seconds(self.work_block));
        parameters.text |= self.text;
    }
}
