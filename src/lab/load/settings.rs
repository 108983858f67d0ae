//! What the arguments of `gearshift load` mean: checked once, before the first packet.

use super::{Plan, Target};
use crate::cli;
use crate::error::Error;
use crate::lab::result::Parameters;
use std::time::Duration;

/// If neither a time nor a number of messages is given.
const DURATION: Duration = Duration::from_secs(10);

/// Caches filled and connections' buffers grown, for the servers that were looked at.
const WARM_UP: Duration = Duration::from_millis(500);

/// More would not get ports on one address, nor descriptors on most systems.
const CLIENTS_MAX: u64 = 1_000_000;

/// "pub " and four digits.
const FAN_OUT_MIN: usize = 8;

/// # Errors
/// One line on what makes no sense; failure for a host without address.
pub fn plan(args: &cli::Load) -> Result<Plan, Error> {
    let (what, clients) = (&args.what, &args.clients);
    let all = args.connections + clients.idle + clients.slow_readers;
    let silent = args.connections == 0;
    for (wrong, why) in [
        (
            all == 0,
            "no clients: give -c, --idle or --slow-readers at least one",
        ),
        (all > CLIENTS_MAX, "more than 1m clients"),
        (args.messages == Some(0), "-n 0 measures nothing"),
        (what.in_flight == 0, "--in-flight must be at least 1"),
        (
            clients.messages_per_connection == Some(0),
            "--messages-per-connection must be at least 1",
        ),
        (
            silent && args.messages.is_some(),
            "-n needs clients that talk; -c is 0",
        ),
        (
            silent && args.rate.is_some(),
            "--rate needs clients that talk; -c is 0",
        ),
        (
            silent && what.fan_out,
            "--fan-out needs clients that listen; -c is 0",
        ),
        (
            what.fan_out && what.size < FAN_OUT_MIN,
            "--fan-out needs a --size of at least 8: `pub ` and a number",
        ),
    ] {
        if wrong {
            return Err(Error::usage(why));
        }
    }
    let target = Target::parse(&args.url)?;
    if target.is_raw() && (what.fan_out || what.text) {
        return Err(Error::usage(
            "--text and --fan-out are for ws://, not for raw TCP",
        ));
    }
    if target.is_raw() && what.message.as_ref().map_or(what.size, String::len) == 0 {
        return Err(Error::usage("an empty message cannot be seen on raw TCP"));
    }
    let timed = args
        .duration
        .or(args.messages.is_none().then_some(DURATION));
    let warm_up = args.warm_up.unwrap_or(match args.messages {
        Some(_) => Duration::ZERO,
        None => WARM_UP,
    });
    let parameters = Parameters {
        connections: args.connections as usize,
        idle: clients.idle as usize,
        slow_readers: clients.slow_readers as usize,
        in_flight: what.in_flight as usize,
        message_bytes: what.message.as_ref().map_or(what.size, String::len),
        text: what.text || what.message.is_some(),
        rate_per_second: args.rate,
        think_seconds: what.think_time.unwrap_or_default().as_secs_f64(),
        warm_up_seconds: warm_up.as_secs_f64(),
        duration_seconds: timed.unwrap_or_default().as_secs_f64(),
        messages_per_connection: clients.messages_per_connection,
        fan_out: what.fan_out,
        ..Parameters::default()
    };
    Ok(Plan {
        messages: args.messages,
        message: what.message.as_ref().map(|text| text.clone().into_bytes()),
        check: what.check,
        ramp_up: clients.ramp_up.unwrap_or_default(),
        connect_timeout: clients.connect_timeout,
        reply_timeout: clients.timeout,
        threads: clients.threads.map(usize::from),
        ..Plan::new(target, parameters)
    })
}
