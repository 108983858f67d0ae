//! A run, told: to people in the terminal, on a page or in Markdown, to programs in JSON and CSV.
//!
//! All of them tell the same: [`table`] makes the rows once, `found` and `explanation` the sentences once,
//! and each form only sets them. A reader should know after a minute who was best, whether that is sure,
//! and which measured figures explain it.
//!
//! **Where it breaks:** rules see only what was measured. They say "it agrees with", never "because".

mod csv;
mod explanation;
mod findings;
mod html;
mod markdown;
mod plot;
mod side_by_side;
pub mod sweep;
pub mod table;
mod terminal;
mod write;

use super::format;
use super::result::{Machine, Parameters, Run, SCHEMA};
use crate::error::Error;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io};

pub use side_by_side::differences;
pub use terminal::{against_baseline, terminal, terminal_side_by_side};

/// Where to; `-` is standard output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// A page that needs no network.
    pub html: Option<PathBuf>,
    /// The run as it is, see [`Run`].
    pub json: Option<PathBuf>,
    /// A row a sample.
    pub csv: Option<PathBuf>,
    /// Tables and sentences.
    pub markdown: Option<PathBuf>,
}

impl Exports {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        *self == Exports::default()
    }

    /// Whether something goes to standard output, which then belongs to it alone.
    pub fn takes_stdout(&self) -> bool {
        let all = [&self.html, &self.json, &self.csv, &self.markdown];
        all.into_iter()
            .flatten()
            .any(|path| path.as_os_str() == "-")
    }
}

/// A run and what it is called beside others: its file's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// For people.
    pub name: String,
    /// What was in the file.
    pub run: Run,
}

/// Writes a run in every form that is asked for. A file that is there is replaced when the new one is
/// complete, and not before.
///
/// # Errors
/// One line, for the first that cannot be written.
pub fn export(run: &Run, exports: &Exports) -> Result<(), Error> {
    let saved = Saved {
        name: "this run".to_owned(),
        run: run.clone(),
    };
    export_side_by_side(std::slice::from_ref(&saved), exports)
}

/// The same of several runs; JSON is one run by its schema, and is refused.
///
/// # Errors
/// As [`export`].
pub fn export_side_by_side(runs: &[Saved], exports: &Exports) -> Result<(), Error> {
    if let Some(path) = &exports.json {
        let [saved] = runs else {
            return Err(Error::usage(
                "--export-json takes one run; the files are JSON already",
            ));
        };
        write::write(path, json(&saved.run)?.as_bytes())?;
    }
    if let Some(path) = &exports.csv {
        write::write(path, csv::rows(runs)?.as_bytes())?;
    }
    if let Some(path) = &exports.markdown {
        write::write(path, markdown::text(runs).as_bytes())?;
    }
    if let Some(path) = &exports.html {
        write::write(path, html::page(runs).as_bytes())?;
    }
    Ok(())
}

/// A row a sample, units in the names of the columns.
///
/// # Errors
/// None that is known; the writer might.
pub fn csv(run: &Run) -> Result<String, Error> {
    csv::rows(&[Saved {
        name: String::new(),
        run: run.clone(),
    }])
}

/// Tables and sentences.
pub fn markdown(run: &Run) -> String {
    markdown::text(&[Saved {
        name: String::new(),
        run: run.clone(),
    }])
}

/// A page that needs no network.
pub fn html(runs: &[Saved]) -> String {
    html::page(runs)
}

/// The run as [`Run`] says, indented.
///
/// # Errors
/// None that is known; the writer might.
pub fn json(run: &Run) -> Result<String, Error> {
    serde_json::to_string_pretty(run)
        .map(|text| text + "\n")
        .map_err(|error| Error::failure(format!("cannot write JSON: {error}")))
}

/// Reads a saved run; `-` is standard input.
///
/// # Errors
/// One line: not there, no JSON, no run, a run of another version.
pub fn read(path: &Path) -> Result<Saved, Error> {
    let name = path.display().to_string();
    let text = match name.as_str() {
        "-" => io::read_to_string(io::stdin()),
        _ => fs::read_to_string(path),
    };
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::failure(format!("{name} is no JSON: it is no UTF-8")),
        _ => Error::failure(format!("cannot read {name}: {error}")),
    })?;
    let run = parse(&text).map_err(|problem| Error::failure(format!("{name} {problem}")))?;
    Ok(Saved { name, run })
}

/// A run from its text; the error goes on after the file's name.
///
/// # Errors
/// One line: no JSON, no run, a run of another version.
pub fn parse(text: &str) -> Result<Run, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) if other.starts_with("gearshift-run/") => {
            let other = crate::text::plain(other);
            return Err(format!(
                "has schema {other}, and this gearshift reads {SCHEMA}"
            ));
        }
        _ => return Err(format!("is no saved run: its schema is not {SCHEMA}")),
    }
    serde_json::from_value(value).map_err(|error| {
        let error = crate::text::plain(&error.to_string());
        format!("is no saved run: {error}")
    })
}

/// "Linux 6.12.9, Ryzen 5 7600, 12 cores, 31 GiB of memory".
fn machine(machine: &Machine) -> String {
    let mut parts = vec![match &machine.kernel {
        Some(kernel) => format!("{}, {kernel}", machine.system),
        None => machine.system.clone(),
    }];
    parts.extend(machine.processor.clone());
    let plural = if machine.cores == 1 { "" } else { "s" };
    parts.push(format!("{} core{plural}", machine.cores));
    let gib = |bytes: u64| {
        format!(
            "{} GiB of memory",
            format::digits(bytes as f64 / format::MIB / 1024.0)
        )
    };
    parts.extend(machine.memory_bytes.map(gib));
    let when = |set: Option<bool>, words: &str| (set == Some(true)).then(|| words.to_owned());
    parts.extend(when(machine.virtual_machine, "a virtual machine"));
    parts.extend(when(machine.on_battery, "on battery"));
    let governor = machine.frequency_governor.as_ref();
    parts.extend(governor.map(|governor| format!("governor {governor}")));
    let load = |load: f64| format!("load {} before", format::digits(load));
    parts.extend(machine.load_average.map(load));
    parts.extend(machine.host.as_ref().map(|host| format!("host {host}")));
    parts.join(", ")
}

/// "gearshift 0.1.0 on 2026-05-28T20:26:40Z, took 312 s".
fn provenance(run: &Run) -> String {
    let build = if run.machine.debug_build {
        " (debug build)"
    } else {
        ""
    };
    let began = UNIX_EPOCH.checked_add(Duration::from_secs(run.began_unix_seconds));
    // Beyond the year 9999 there is no such format, and nobody measured then.
    let began = began.filter(|_| run.began_unix_seconds < 253_402_300_800);
    let began = began.map_or("an unknown day".to_owned(), |began| {
        humantime::format_rfc3339_seconds(began).to_string()
    });
    let took = format::digits(run.took_seconds);
    let version = &run.machine.gearshift_version;
    format!("gearshift {version}{build}, {began}, took {took} s")
}

/// What makes the whole run less worth.
fn run_warnings(run: &Run) -> Vec<String> {
    let mut all = run.warnings.clone();
    if run.machine.debug_build {
        all.push("This was a debug build: no figure here is worth anything.".to_owned());
    }
    if run.interrupted {
        all.push("The run was ended before its end; this is what there was.".to_owned());
    }
    all
}

/// "50 connections, 1 message under way each, 64 bytes, closed loop".
fn load(parameters: &Parameters) -> String {
    let p = parameters;
    let mut parts = Vec::new();
    let mut add = |wanted: bool, words: String| {
        if wanted {
            parts.push(words);
        }
    };
    let plural = if p.connections == 1 { "" } else { "s" };
    let talks = p.connections > 0;
    add(talks, format!("{} connection{plural}", p.connections));
    add(p.idle > 0, format!("{} silent connections", p.idle));
    add(
        p.slow_readers > 0,
        format!("{} that do not read", p.slow_readers),
    );
    add(talks, format!("{} B a message", p.message_bytes));
    match p.rate_per_second {
        Some(rate) => add(
            true,
            format!("{} messages/s asked for (open loop)", format::round(rate)),
        ),
        None => add(
            talks,
            format!("{} under way each (closed loop)", p.in_flight),
        ),
    }
    let pause = format::microseconds(p.think_seconds * 1e6);
    add(
        p.think_seconds > 0.0,
        format!("{pause} pause after an answer"),
    );
    if let Some(messages) = p.messages_per_connection {
        add(true, format!("a new connection every {messages} messages"));
    }
    add(p.fan_out, "one publisher to all".to_owned());
    let work = format::microseconds(p.work_cpu_seconds * 1e6);
    add(
        p.work_cpu_seconds > 0.0,
        format!("{work} of processor time a message"),
    );
    let block = format::microseconds(p.work_block_seconds * 1e6);
    add(
        p.work_block_seconds > 0.0,
        format!("{block} blocked a message"),
    );
    parts.join(", ")
}

/// "7 rounds of 5.00 s after 1.00 s of warm-up".
fn rounds(scenario: &super::result::ScenarioRun) -> String {
    let most = scenario
        .subjects
        .iter()
        .map(|subject| subject.samples.len())
        .max();
    let most = most.unwrap_or(0);
    let plural = if most == 1 { "" } else { "s" };
    let seconds = format::digits(scenario.parameters.duration_seconds);
    let warm_up = format::digits(scenario.parameters.warm_up_seconds);
    format!("{most} round{plural} of {seconds} s, each after {warm_up} s of warm-up")
}

/// What the signs in the tables mean.
fn legend() -> String {
    format!(
        "Legend: figures are medians over rounds, ± is where the median lies with 95 %; p50, p99 and max are \
         of all messages of all rounds: of a hundred, one takes longer than p99. Beside the best: how many \
         times worse, of rounds measured in turn, [with 95 % between these] over all pairs of a table; ~ no \
         difference shown, ? fewer than {} rounds, {} the system does not tell. µs is a millionth of a \
         second, k a thousand, M a million, MiB 1,048,576 bytes.",
        super::stats::FEWEST_ROUNDS,
        table::NOT_AVAILABLE,
    )
}
