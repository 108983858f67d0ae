//! The log on standard error, and panics in it.
//!
//! The log never blocks the service. Standard error may be a pipe that nobody reads, and a handful of clients
//! could fill it. So lines go into a bounded queue, and a thread of its own writes them.
//!
//! **Where it breaks:** lines that find the queue full are dropped. Their number is logged as soon as there is
//! room again.

use crate::clock;
use crate::text;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use env_logger::fmt::{Formatter, style::AnsiColor};
use env_logger::{Target, WriteStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Lines that may wait to be written.
const QUEUE: usize = 4096;

/// How long the end of the process waits for the lines that are left.
const FLUSH_LIMIT: Duration = Duration::from_millis(200);

/// Lines that found the queue full.
static DROPPED: AtomicU64 = AtomicU64::new(0);

static LOG: OnceLock<Sender<Entry>> = OnceLock::new();

enum Entry {
    Line(Vec<u8>),
    /// Dropped by the writer when everything before it is written.
    Flush(Sender<()>),
}

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
    let mut builder = env_logger::Builder::from_env(env);
    builder.format(format_entry);
    if let Some(queue) = start_writer() {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_set("RUST_LOG_STYLE") {
            builder.write_style(WriteStyle::Always);
        }
        builder.target(Target::Pipe(Box::new(queue)));
    }
    builder.init();
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

/// Writes the lines that are left. To be called before the process ends.
///
/// # Blocks
/// Until they are written, at most 0.4 s.
pub fn flush() {
    if let Some(log) = LOG.get() {
        let (written, wait) = bounded(0);
        if log.send_timeout(Entry::Flush(written), FLUSH_LIMIT).is_ok() {
            let _ = wait.recv_timeout(FLUSH_LIMIT); // ends when the other side is dropped
        }
    }
}

/// Writes `[2026-11-21T08:31:51Z INFO ] text`. It is written here because the time stamps of
/// `env_logger` bring a library of calendars and time zones with them.
fn format_entry(log: &mut Formatter, record: &log::Record<'_>) -> io::Result<()> {
    let grey = AnsiColor::BrightBlack.on_default();
    let color = log.default_level_style(record.level());
    let time = humantime::format_rfc3339_seconds(clock::system_time());
    let level = record.level();
    let text = harmless(&record.args().to_string());
    writeln!(
        log,
        "{grey}[{grey:#}{time} {color}{level:<5}{color:#}{grey}]{grey:#} {text}"
    )
}

/// File names and the words of peers are part of the text: they must not control the terminal. Further lines
/// are indented, so that none of them looks like an entry of its own.
fn harmless(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(text::plain).collect();
    lines.join("\n    ")
}

/// Where the logger writes to: one call per entry.
struct Queue(Sender<Entry>);

impl Write for Queue {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.0.try_send(Entry::Line(bytes.to_vec())) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `None` if there is no thread for it: then the logger writes by itself.
fn start_writer() -> Option<Queue> {
    let (sender, receiver) = bounded(QUEUE);
    let writer = thread::Builder::new().name("log".to_owned());
    writer.spawn(move || write_entries(&receiver)).ok()?;
    let _ = LOG.set(sender.clone());
    Some(Queue(sender))
}

fn write_entries(entries: &Receiver<Entry>) {
    let mut out = io::stderr();
    for entry in entries {
        match entry {
            Entry::Line(line) => {
                let _ = out.write_all(&line);
            }
            Entry::Flush(written) => drop(written),
        }
        if entries.is_empty() {
            let dropped = DROPPED.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                log::warn!("{dropped} lines of the log were dropped: they were not read in time");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_entry_neither_controls_the_terminal_nor_forges_an_entry() {
        assert_eq!(
            harmless("red \u{1b}[31m\n[2026-11-21T08:31:51Z INFO ] forged\r"),
            "red \u{FFFD}[31m\n    [2026-11-21T08:31:51Z INFO ] forged\u{FFFD}"
        );
    }
}
