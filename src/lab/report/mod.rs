//! The report of a run: for people in the terminal, as a web page or in Markdown, for programs in JSON and
//! CSV.
//!
//! All forms say the same. `table` makes the rows once, `findings` and `explanation` the sentences, and each
//! form only lays them out. After a minute, a reader should know which subject is best, whether that is
//! certain, and which metrics explain it.
//!
//! **Where it breaks:** the rules see only what was measured. They can say "it agrees with", never
//! "because".

pub mod command;
mod csv;
mod explanation;
mod findings;
mod html;
mod markdown;
mod markup;
mod plot;
mod side_by_side;
pub mod sweep;
mod table;
mod terminal;
mod write;

pub use csv::csv;
pub use html::html;
pub use markdown::markdown;
pub use terminal::{terminal, terminal_side_by_side};

pub(super) use terminal::against_baseline;

use super::format;
use super::result::{Machine, Parameters, Run, SCHEMA, ScenarioRun};
use super::stats::{FEWEST_ROUNDS, quality};
use crate::error::Error;
use crate::text::plain;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io};

/// Files to write; `-` is standard output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exports {
    /// A web page that loads nothing else.
    pub html: Option<PathBuf>,
    /// The run itself, see [`Run`].
    pub json: Option<PathBuf>,
    /// One row per sample.
    pub csv: Option<PathBuf>,
    /// Tables and sentences.
    pub markdown: Option<PathBuf>,
}

impl Exports {
    /// Whether an export goes to standard output, where nothing else may then be printed.
    pub(super) fn takes_stdout(&self) -> bool {
        let all = [&self.html, &self.json, &self.csv, &self.markdown];
        all.into_iter()
            .flatten()
            .any(|path| path.as_os_str() == "-")
    }
}

/// A run and the name of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// To tell runs apart.
    pub name: String,
    /// The contents of the file.
    pub run: Run,
}

/// Writes a run in all forms that are asked for. An existing file is replaced only when the new one is
/// complete.
///
/// # Errors
/// The first file that cannot be written.
pub fn export(run: &Run, exports: &Exports) -> Result<(), Error> {
    let saved = Saved {
        name: "this run".to_owned(),
        run: run.clone(),
    };
    export_side_by_side(&[saved], exports)
}

/// The same for several runs. JSON is refused, because its schema has one run.
fn export_side_by_side(runs: &[Saved], exports: &Exports) -> Result<(), Error> {
    if let Some(path) = &exports.json {
        let [saved] = runs else {
            return Err(Error::usage(
                "--export-json takes one run; the files are JSON already",
            ));
        };
        write::write(path, &json(&saved.run)?)?;
    }
    let forms = [
        (&exports.csv, csv as fn(&[Saved]) -> String),
        (&exports.markdown, markdown),
        (&exports.html, html),
    ];
    for (path, form) in forms {
        if let Some(path) = path {
            write::write(path, &form(runs))?;
        }
    }
    Ok(())
}

/// The run as [`Run`] describes it, indented.
///
/// # Errors
/// None is known.
pub fn json(run: &Run) -> Result<String, Error> {
    serde_json::to_string_pretty(run)
        .map(|text| text + "\n")
        .map_err(|error| Error::failure(format!("cannot write JSON: {error}")))
}

/// Reads a saved run; `-` is standard input.
///
/// # Errors
/// A file that cannot be read, or is not a run of this version.
pub fn read(path: &Path) -> Result<Saved, Error> {
    let name = path.display().to_string();
    let text = match name.as_str() {
        "-" => io::read_to_string(io::stdin()),
        _ => fs::read_to_string(path),
    };
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => {
            Error::failure(format!("{name} is not valid JSON: it is not UTF-8"))
        }
        _ => Error::failure(format!("cannot read {name}: {error}")),
    })?;
    let run = parse(&text).map_err(|problem| Error::failure(format!("{name} {problem}")))?;
    Ok(Saved { name, run })
}

/// Parses a saved run.
///
/// # Errors
/// One line, to follow the name of the file: not JSON, not a run, or a run of another version.
pub fn parse(text: &str) -> Result<Run, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("is not valid JSON: {error}"))?;
    match value.get("schema").and_then(Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) if other.starts_with("gearshift-run/") => {
            let other = plain(other);
            return Err(format!(
                "has schema {other}, and this gearshift reads {SCHEMA}"
            ));
        }
        _ => return Err(format!("is not a saved run: its schema is not {SCHEMA}")),
    }
    serde_json::from_value(value).map_err(|error| {
        let error = plain(&error.to_string());
        format!("is not a saved run: {error}")
    })
}

/// Sentences under a heading.
struct Section {
    heading: String,
    items: Vec<String>,
}

/// The conclusions from a scenario: findings, an explanation and warnings.
fn conclusions(scenario: &ScenarioRun) -> Vec<Section> {
    let section = |heading: &str, items| Section {
        heading: heading.to_owned(),
        items,
    };
    let mut all = vec![section("What was found", findings::sentences(scenario))];
    let explanation = explanation::explain(scenario);
    all.extend(explanation.map(|it| section(&it.heading, it.paragraphs)));
    all.push(section("Warnings", quality::warnings(scenario)));
    all.retain(|section| !section.items.is_empty());
    all
}

/// "Linux 6.12.9, Ryzen 5 7600, 12 cores, 31.2 GiB of memory".
fn machine(machine: &Machine) -> String {
    let yes = |answer: Option<bool>, text: &str| answer.filter(|yes| *yes).map(|_| text.to_owned());
    let governor = machine.frequency_governor.as_ref();
    let parts = [
        Some(machine.system.clone()),
        machine.kernel.clone(),
        machine.processor.clone(),
        Some(format::count(machine.cores, "core")),
        machine
            .memory_bytes
            .map(|bytes| format!("{} of memory", format::gib(bytes))),
        yes(machine.virtual_machine, "virtual machine"),
        yes(machine.on_battery, "on battery"),
        governor.map(|governor| format!("governor {governor}")),
        machine
            .load_average
            .map(|load| format!("load average {} before", format::digits(load))),
        machine.host.as_ref().map(|host| format!("host {host}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// "gearshift 0.1.0, 2026-05-28T20:26:40Z, took 312 s".
fn provenance(run: &Run) -> String {
    let build = if run.machine.debug_build {
        " (debug build)"
    } else {
        ""
    };
    let began = UNIX_EPOCH.checked_add(Duration::from_secs(run.began_unix_seconds));
    // The format ends with the year 9999.
    let began = began.filter(|_| run.began_unix_seconds < 253_402_300_800);
    let began = began.map_or("an unknown day".to_owned(), |began| {
        humantime::format_rfc3339_seconds(began).to_string()
    });
    let took = format::digits(run.took_seconds);
    let version = &run.machine.gearshift_version;
    format!("gearshift {version}{build}, {began}, took {took} s")
}

/// Warnings about the whole run.
fn run_warnings(run: &Run) -> Vec<String> {
    let mut all = run.warnings.clone();
    if run.machine.debug_build {
        all.push("This was a debug build: none of these results is meaningful.".to_owned());
    }
    if run.interrupted {
        all.push("The run was interrupted; these are the results until then.".to_owned());
    }
    all
}

/// "50 connections, 64 B per message, 1 in flight each (closed loop)".
fn load(parameters: &Parameters) -> String {
    let p = parameters;
    let sends = p.connections > 0;
    let time = |seconds: f64| format::microseconds(seconds * 1e6);
    let parts = [
        sends.then(|| format::count(p.connections, "connection")),
        (p.idle > 0).then(|| format!("{} silent connections", p.idle)),
        (p.slow_readers > 0).then(|| format!("{} that never read", p.slow_readers)),
        sends.then(|| format!("{} B per message", p.message_bytes)),
        match p.rate_per_second {
            Some(rate) => Some(format!(
                "{} requested messages/s (open loop)",
                format::round(rate)
            )),
            None => sends.then(|| format!("{} in flight each (closed loop)", p.in_flight)),
        },
        (p.think_seconds > 0.0).then(|| format!("{} pause after a reply", time(p.think_seconds))),
        p.messages_per_connection
            .map(|messages| format!("a new connection every {messages} messages")),
        p.fan_out.then(|| "one publisher to all".to_owned()),
        (p.work_cpu_seconds > 0.0)
            .then(|| format!("{} of CPU time per message", time(p.work_cpu_seconds))),
        (p.work_block_seconds > 0.0)
            .then(|| format!("{} blocked per message", time(p.work_block_seconds))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// "7 rounds of 5.00 s, each after 1.00 s of warm-up".
fn rounds(scenario: &ScenarioRun) -> String {
    let counts = scenario
        .subjects
        .iter()
        .map(|subject| subject.samples.len());
    let rounds = format::count(counts.max().unwrap_or(0), "round");
    let seconds = format::digits(scenario.parameters.duration_seconds);
    let warm_up = format::digits(scenario.parameters.warm_up_seconds);
    format!("{rounds} of {seconds} s, each after {warm_up} s of warm-up")
}

/// The meaning of the signs in the tables.
fn legend() -> String {
    format!(
        "Legend: values are medians over the rounds, ± their 95 % interval. p50, p99 and max are of all \
         messages of all rounds: 1 in 100 messages takes longer than p99. vs best: how many times worse \
         than the best server, from rounds measured in turn [95 % interval over all pairs of a table]; ~ no \
         difference shown, ? fewer than {FEWEST_ROUNDS} rounds, {} not available on this system. µs is a \
         millionth of a second, k a thousand, M a million, MiB 1,048,576 bytes.",
        table::NOT_AVAILABLE,
    )
}
