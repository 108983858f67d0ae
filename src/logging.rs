//! The log on standard error, and panics in it.

use crate::clock;
use env_logger::fmt::{Formatter, style::AnsiColor};
use std::io::{self, Write};
use std::thread;

/// Starts the log. `info` is shown by default if `informs`, else only warnings; `verbose` and `quiet`
/// change that, and the variable `RUST_LOG` overrides them all.
///
/// A panic in a service ends one connection, so it is one line in the log and not a backtrace.
pub fn start(verbose: u8, quiet: bool, informs: bool) {
    let filter = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) if informs => "gearshift=info",
        (false, 0) => "gearshift=warn",
        (false, 1) => "gearshift=debug",
        (false, _) => "trace",
    };
    let env = env_logger::Env::default().default_filter_or(filter);
    env_logger::Builder::from_env(env)
        .format(format_entry)
        .init();
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic
            .location()
            .map_or(String::new(), |at| format!(" at {at}"));
        log::error!(
            "panic in thread {}{place}: {message}",
            thread.name().unwrap_or("?")
        );
    }));
}

/// Writes `[2026-11-21T08:31:51Z INFO ] text`. It is written here because the time stamps of
/// `env_logger` bring a library of calendars and time zones with them.
fn format_entry(log: &mut Formatter, record: &log::Record<'_>) -> io::Result<()> {
    let grey = AnsiColor::BrightBlack.on_default();
    let color = log.default_level_style(record.level());
    let time = humantime::format_rfc3339_seconds(clock::system_time());
    let level = record.level();
    // Further lines are indented, so that none of them looks like an entry of its own.
    let text = record.args().to_string().replace('\n', "\n    ");
    writeln!(
        log,
        "{grey}[{grey:#}{time} {color}{level:<5}{color:#}{grey}]{grey:#} {text}"
    )
}
