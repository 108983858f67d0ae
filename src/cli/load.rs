//! `gearshift load` on the command line, as text.

use super::ExportArgs;
use super::values::{Choice, choice, duration, duration_or_zero, size};
use crate::lab::load::Check;
use clap::{Args, value_parser};
use std::time::Duration;

/// `gearshift load`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --rate a client asks again when it is answered (closed loop): how much
can the server do? With --rate messages leave on a schedule, answered or not
(open loop): how long do users wait? Latency counts from the time at which a
message should have left.

Examples:
  gearshift load ws://127.0.0.1:8766                       50 clients for 10 s
  gearshift load ws://127.0.0.1:8766 -c 1k -d 30s --rate 20k
  gearshift load ws://127.0.0.1:9002 -c 1k --fan-out       deliveries
  gearshift load tcp://127.0.0.1:55555 -n 100k             raw TCP
  gearshift load ws://127.0.0.1:8766 --export-json run.json

Exit codes: 0 measured, without errors, 1 not connected, wrong or missing
answers, connections lost, 2 wrong arguments, 130 ended by Ctrl-C, with what
there was.")]
pub struct Load {
    /// `ws://HOST[:PORT][/PATH]` or `tcp://HOST:PORT`
    #[arg(value_name = "URL")]
    pub url: String,
    /// Clients that talk
    #[arg(short, long, value_name = "N", value_parser = count, default_value = "50")]
    pub connections: u64,
    /// Measure so long [default: 10s without --messages]
    #[arg(short, long, short_alias = 'z', value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Measure so many messages; with --duration, whichever is first
    #[arg(short = 'n', long, value_name = "N", value_parser = count)]
    pub messages: Option<u64>,
    /// Messages a second, in total over all clients: an open loop
    #[arg(short, long, short_alias = 'R', value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// Talk so long before it counts [default: 500ms; none with --messages]
    #[arg(short, long = "warm-up", alias = "warmup", value_name = "TIME", value_parser = duration_or_zero)]
    pub warm_up: Option<Duration>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub what: What,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub clients: Clients,
    /// Percentiles to show
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = percentile, default_value = "50,90,99,99.9,99.99")]
    pub percentiles: Vec<f64>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
}

/// What is said.
#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
pub struct What {
    /// Size of a message: random letters behind its number
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "32")]
    pub size: usize,
    /// Text messages, not binary ones
    #[arg(long)]
    pub text: bool,
    /// Send this text, and no numbers: a swapped answer is not noticed
    #[arg(short, long, value_name = "TEXT", conflicts_with_all = ["size", "fan_out"])]
    pub message: Option<String>,
    /// What an answer has to be: auto (the message, perhaps behind some words or backwards, as the
    /// first answer was), same, length, none
    #[arg(long, value_name = "HOW", value_parser = choice(&CHECKS), default_value = "auto", hide_possible_values = true)]
    pub check: Check,
    /// Messages that a client may have under way
    #[arg(long, value_name = "N", value_parser = count, default_value = "1", conflicts_with = "rate")]
    pub in_flight: u64,
    /// A client pauses so long after an answer
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "rate")]
    pub think_time: Option<Duration>,
    /// One more client sends `pub …`, and deliveries to all others are counted
    #[arg(long, conflicts_with = "messages_per_connection")]
    pub fan_out: bool,
}

/// Who says it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clients")]
pub struct Clients {
    /// Clients that are connected and silent, besides
    #[arg(long, value_name = "N", value_parser = count, default_value = "0")]
    pub idle: u64,
    /// Clients that send and never read, besides
    #[arg(long, value_name = "N", value_parser = count, default_value = "0")]
    pub slow_readers: u64,
    /// A client hangs up after so many messages, and the next one connects; its first latency holds
    /// the connecting
    #[arg(long, value_name = "N", value_parser = count)]
    pub messages_per_connection: Option<u64>,
    /// Connect over so long
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub ramp_up: Option<Duration>,
    /// For an answer; a client that waits longer is given up
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub timeout: Duration,
    /// For connecting and the opening handshake
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub connect_timeout: Duration,
    /// Threads of the generator [default: 1; half the cores from 64 clients on]
    #[arg(short, long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

const CHECKS: [Choice<Check>; 4] = [
    (
        "auto",
        "The message, perhaps with a prefix or reversed, as the first reply was",
        Check::Auto,
    ),
    ("same", "The message, byte by byte", Check::Same),
    ("length", "As long as the first reply", Check::Length),
    ("none", "Anything", Check::None),
];

/// `100`, `10k`, `2m`: decimal, as wrk and oha have it.
fn scaled(text: &str) -> Option<f64> {
    let last = text.chars().last()?.to_ascii_lowercase();
    let scale = match last {
        'k' => 1e3,
        'm' => 1e6,
        _ => return text.parse().ok(),
    };
    Some(text[..text.len() - 1].parse::<f64>().ok()? * scale)
}

/// How often something may be.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let plain = text.replace('_', "");
    match scaled(&plain) {
        Some(number) if number.fract() != 0.0 || !(0.0..=1e12).contains(&number) => {
            Err("must be a whole number up to 1000000m".to_owned())
        }
        Some(number) => Ok(number as u64),
        None => Err("is no number (write it like 500, 10k or 1m)".to_owned()),
    }
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    match scaled(&text.replace('_', "")) {
        Some(number) if number > 0.0 && number <= 1e8 => Ok(number),
        Some(_) => Err("must be more than 0 and at most 100m".to_owned()),
        None => Err("is no number (write it like 500, 10k or 0.5)".to_owned()),
    }
}

fn percentile(text: &str) -> Result<f64, String> {
    match text.trim().trim_start_matches('p').parse::<f64>() {
        Ok(share) if (0.0..=100.0).contains(&share) => Ok(share),
        _ => Err("is no percentile (write them like 50,90,99.9)".to_owned()),
    }
}
