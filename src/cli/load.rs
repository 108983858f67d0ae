//! `gearshift load` on the command line, and the load that its arguments describe.

use super::ExportArgs;
use super::values::{Choice, choice, duration, duration_or_zero, size};
use crate::error::Error;
use crate::lab::load::command::Output;
use crate::lab::load::{Check, Plan, Target};
use crate::lab::result::Parameters;
use clap::{Args, value_parser};
use std::time::Duration;

/// If neither a duration nor a number of messages is given.
const DURATION: Duration = Duration::from_secs(10);

/// Enough to fill caches and to grow the buffers of connections, in the servers that were tried.
const WARM_UP: Duration = Duration::from_millis(500);

/// More would not get ports on one address, nor descriptors on most systems.
const MAX_CLIENTS: u64 = 1_000_000;

/// `pub ` and four digits.
const MIN_FAN_OUT_SIZE: usize = 8;

/// `gearshift load`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --rate, each client waits for its reply before it sends again. This
closed loop measures how much the server can do. With --rate, messages leave on
a schedule, whether replies have come or not. This open loop measures how long
users wait: latency counts from the time at which a message was due.

Examples:
  gearshift load ws://127.0.0.1:8766                       50 clients for 10 s
  gearshift load ws://127.0.0.1:8766 -c 1k -d 30s --rate 20k
  gearshift load ws://127.0.0.1:9002 -c 1k --fan-out       deliveries
  gearshift load tcp://127.0.0.1:55555 -n 100k             raw TCP
  gearshift load ws://127.0.0.1:8766 --export-json run.json

Exit codes: 0 measured without errors; 1 not connected, wrong or missing
replies, or lost connections; 2 wrong arguments; 130 interrupted by Ctrl-C,
with the results so far.")]
pub struct Load {
    /// Server to measure: `ws://HOST[:PORT][/PATH][?QUERY]` or `tcp://HOST:PORT`
    #[arg(value_name = "URL")]
    pub url: String,
    /// Number of clients that send messages
    #[arg(short, long, value_name = "N", value_parser = count, default_value = "50")]
    pub connections: u64,
    /// How long to measure [default: 10s without --messages]
    #[arg(short, long, short_alias = 'z', value_name = "TIME", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Number of messages to measure; with --duration, stop at the first limit reached
    #[arg(short = 'n', long, value_name = "N", value_parser = count)]
    pub messages: Option<u64>,
    /// Open loop: messages per second, in total over all clients
    #[arg(short, long, short_alias = 'R', value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// How long to send before measuring [default: 500ms; none with --messages]
    #[arg(short, long = "warm-up", alias = "warmup", value_name = "TIME", value_parser = duration_or_zero)]
    pub warm_up: Option<Duration>,
    /// Percentiles to show
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = percentile, default_value = "50,90,99,99.9,99.99")]
    pub percentiles: Vec<f64>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub message: MessageArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub clients: Clients,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
}

/// The messages.
#[derive(Debug, Args)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// Size of a message: its number, then random letters
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "32")]
    pub size: usize,
    /// Send text messages instead of binary ones
    #[arg(long)]
    pub text: bool,
    /// Send this text instead of numbered messages; swapped replies go unnoticed
    #[arg(short = 'm', long = "message", value_name = "TEXT", conflicts_with_all = ["size", "fan_out"])]
    pub verbatim: Option<String>,
    /// How to check replies: auto (same format as the first reply: plain, prefixed or reversed),
    /// same, length, none
    #[arg(long, value_name = "HOW", value_parser = choice(&CHECKS), default_value = "auto", hide_possible_values = true)]
    pub check: Check,
    /// Number of messages in flight per client
    #[arg(long, value_name = "N", value_parser = count, default_value = "1", conflicts_with = "rate")]
    pub in_flight: u64,
    /// How long a client pauses after each reply
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "rate")]
    pub think_time: Option<Duration>,
    /// Send `pub …` from one more client, and count deliveries to all others
    #[arg(long, conflicts_with = "messages_per_connection")]
    pub fan_out: bool,
}

/// The clients.
#[derive(Debug, Args)]
#[command(next_help_heading = "Clients")]
pub struct Clients {
    /// Number of additional clients that stay silent
    #[arg(long, value_name = "N", value_parser = count, default_value = "0")]
    pub idle: u64,
    /// Number of additional clients that send but never read
    #[arg(long, value_name = "N", value_parser = count, default_value = "0")]
    pub slow_readers: u64,
    /// Close and reconnect after this many messages; the first latency of each connection includes
    /// connecting
    #[arg(long, value_name = "N", value_parser = count)]
    pub messages_per_connection: Option<u64>,
    /// Spread connection attempts over this time
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub ramp_up: Option<Duration>,
    /// How long a client waits for a reply before it disconnects
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub timeout: Duration,
    /// Time limit for connecting and the opening handshake
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub connect_timeout: Duration,
    /// Number of generator threads [default: 1, or half the cores with 64 or more clients]; 1 with
    /// --fan-out
    #[arg(short, long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

const CHECKS: [Choice<Check>; 4] = [
    (
        "auto",
        "Same format as the first reply: plain, prefixed or reversed",
        Check::Auto,
    ),
    ("same", "The message, byte by byte", Check::Same),
    ("length", "As long as the first reply", Check::Length),
    ("none", "Anything", Check::None),
];

impl Load {
    /// The load that was asked for.
    ///
    /// # Errors
    /// Usage for arguments that contradict each other; failure for a host without an address.
    pub fn plan(&self) -> Result<Plan, Error> {
        let (message, clients) = (&self.message, &self.clients);
        if let Some(reason) = self.contradiction() {
            return Err(Error::usage(reason));
        }
        let target = Target::parse(&self.url)?;
        let message_bytes = message.verbatim.as_ref().map_or(message.size, String::len);
        if target.is_raw() && (message.fan_out || message.text) {
            return Err(Error::usage("--text and --fan-out need ws://, not raw TCP"));
        }
        if target.is_raw() && message_bytes == 0 {
            return Err(Error::usage("an empty message cannot be seen on raw TCP"));
        }
        let by_count = self.messages.is_some();
        let duration = self.duration.or((!by_count).then_some(DURATION));
        let warm_up = self.warm_up.or((!by_count).then_some(WARM_UP));
        let parameters = Parameters {
            connections: self.connections as usize,
            idle: clients.idle as usize,
            slow_readers: clients.slow_readers as usize,
            in_flight: message.in_flight as usize,
            message_bytes,
            text: message.text || message.verbatim.is_some(),
            rate_per_second: self.rate,
            think_seconds: message.think_time.unwrap_or_default().as_secs_f64(),
            warm_up_seconds: warm_up.unwrap_or_default().as_secs_f64(),
            duration_seconds: duration.unwrap_or_default().as_secs_f64(),
            messages_per_connection: clients.messages_per_connection,
            fan_out: message.fan_out,
            ..Parameters::default()
        };
        Ok(Plan {
            messages: self.messages,
            message: message.verbatim.clone().map(String::into_bytes),
            check: message.check,
            ramp_up: clients.ramp_up.unwrap_or_default(),
            connect_timeout: clients.connect_timeout,
            reply_timeout: clients.timeout,
            threads: clients.threads.map(usize::from),
            ..Plan::new(target, parameters)
        })
    }

    /// Where the results go.
    pub fn output(&self, quiet: bool) -> Output {
        Output {
            exports: self.exports.to_exports(),
            percentiles: self.percentiles.clone(),
            quiet,
        }
    }

    fn contradiction(&self) -> Option<&'static str> {
        let (message, clients) = (&self.message, &self.clients);
        let all = self.connections + clients.idle + clients.slow_readers;
        let silent = self.connections == 0;
        let rules = [
            (
                all == 0,
                "no clients: -c, --idle or --slow-readers must be at least 1",
            ),
            (all > MAX_CLIENTS, "more than 1m clients"),
            (self.messages == Some(0), "-n 0 measures nothing"),
            (message.in_flight == 0, "--in-flight must be at least 1"),
            (
                clients.messages_per_connection == Some(0),
                "--messages-per-connection must be at least 1",
            ),
            (
                silent && self.messages.is_some(),
                "-n needs clients that send; -c is 0",
            ),
            (
                silent && self.rate.is_some(),
                "--rate needs clients that send; -c is 0",
            ),
            (
                silent && message.fan_out,
                "--fan-out needs clients that receive; -c is 0",
            ),
            (
                message.fan_out && message.size < MIN_FAN_OUT_SIZE,
                "--fan-out needs a --size of at least 8: `pub ` and a number",
            ),
        ];
        let broken = rules.into_iter().find(|(is_broken, _)| *is_broken);
        broken.map(|(_, reason)| reason)
    }
}

/// `100`, `10k`, `2m`: decimal, as in wrk and oha.
fn scaled(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let (number, scale) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 1e3),
        b'm' => (&text[..text.len() - 1], 1e6),
        _ => (&text[..], 1.0),
    };
    Some(number.parse::<f64>().ok()? * scale)
}

pub(super) fn count(text: &str) -> Result<u64, String> {
    match scaled(text) {
        Some(number) if number.fract() != 0.0 || !(0.0..=1e12).contains(&number) => {
            Err("must be a whole number up to 1000000m".to_owned())
        }
        Some(number) => Ok(number as u64),
        None => Err("is not a number (write it like 500, 10k or 1m)".to_owned()),
    }
}

/// Per second.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    match scaled(text) {
        Some(number) if number > 0.0 && number <= 1e8 => Ok(number),
        Some(_) => Err("must be more than 0 and at most 100m".to_owned()),
        None => Err("is not a number (write it like 500, 10k or 0.5)".to_owned()),
    }
}

fn percentile(text: &str) -> Result<f64, String> {
    match text.trim().trim_start_matches('p').parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("is not a percentile (write them like 50,90,99.9)".to_owned()),
    }
}
