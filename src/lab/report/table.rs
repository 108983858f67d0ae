//! The rows of a scenario, made once for every form of the report.
//!
//! Two tables, because they answer two questions: what the clients got, and what it cost the server. The
//! units are in the heads of the columns. A cell keeps the value that its text was made from.
//!
//! **Where it breaks:** a subject that measured nothing has no cells but a sentence, and a subject that
//! failed half-way has both.

use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Latency, ScenarioRun, SubjectRun};
use crate::lab::stats::verdict::{compare_with_best, ranking, values};
use crate::lab::stats::{Comparison, Outcome, Summary, median, merge, quality};

/// What the system does not tell.
pub const NOT_AVAILABLE: &str = "n/a";

/// Rows under heads.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it answers.
    pub caption: String,
    /// Of the first column: what the rows are.
    pub corner: String,
    /// Of all others.
    pub columns: Vec<Column>,
    /// From best to worst.
    pub rows: Vec<Row>,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// "throughput".
    pub title: String,
    /// "messages/s".
    pub unit: String,
}

/// A subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Empty if it measured nothing.
    pub cells: Vec<Cell>,
    /// What befell it.
    pub sentence: Option<String>,
}

/// A value and how it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// For people.
    pub text: String,
    /// What it was made from, in the unit of [`Metric`].
    pub value: Option<f64>,
}

impl Cell {
    fn new(value: Option<f64>, show: impl Fn(f64) -> String) -> Cell {
        Cell {
            text: value.map_or(NOT_AVAILABLE.to_owned(), show),
            value,
        }
    }
}

impl Table {
    /// Without columns in which nobody has a figure, and those of nothing but zeros: of silent clients
    /// there is no throughput.
    fn without_empty_columns(mut self) -> Table {
        let available = |index: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.cells.get(index));
            cells.any(|cell| cell.value.is_some_and(|value| value != 0.0))
        };
        let available: Vec<bool> = (0..self.columns.len()).map(available).collect();
        let mut indices = available.iter();
        self.columns.retain(|_| indices.next() == Some(&true));
        for row in &mut self.rows {
            let mut indices = available.iter();
            row.cells.retain(|_| indices.next() == Some(&true));
        }
        self
    }
}

fn column(title: &str, unit: &str) -> Column {
    Column {
        title: title.to_owned(),
        unit: unit.to_owned(),
    }
}

/// What the clients got, beside the best.
pub fn speed(scenario: &ScenarioRun) -> Table {
    let main = Metric::main(scenario);
    let order = ranking(scenario, main);
    let all: Vec<Option<Latency>> = scenario
        .subjects
        .iter()
        .map(|subject| merge::over_rounds(&subject.samples))
        .collect();
    let unit = LatencyUnit::of(all.iter().flatten());
    let comparisons = compare_with_best(scenario, main);
    let cells = |index: usize| {
        let subject = &scenario.subjects[index];
        let latency = all[index].as_ref();
        let time = |of: fn(&Latency) -> f64| {
            Cell::new(latency.map(of), |value| {
                format::digits(value / unit.microseconds())
            })
        };
        vec![
            throughput(subject),
            time(|latency| latency.p50_us),
            time(|latency| latency.p99_us),
            time(|latency| latency.max_us),
            relative(subject, main, &comparisons),
        ]
    };
    Table {
        caption: "What the clients got".to_owned(),
        corner: "server".to_owned(),
        columns: vec![
            column("throughput", "messages/s"),
            column("p50", unit.name()),
            column("p99", unit.name()),
            column("max", unit.name()),
            column("beside the best", &format!("in {}", main.name())),
        ],
        rows: rows(scenario, &order, cells),
    }
    .without_empty_columns()
}

fn rows(scenario: &ScenarioRun, order: &[usize], cells: impl Fn(usize) -> Vec<Cell>) -> Vec<Row> {
    let row = |index: &usize| {
        let subject = &scenario.subjects[*index];
        let nothing = subject.samples.is_empty();
        let sentence = match (&subject.failure, nothing) {
            (Some(failure), _) => Some(failure.clone()),
            (None, true) => Some("It was not measured.".to_owned()),
            (None, false) => with_errors(subject),
        };
        Row {
            name: subject.name.clone(),
            cells: if nothing { Vec::new() } else { cells(*index) },
            sentence,
        }
    };
    order.iter().map(row).collect()
}

/// What it cost the server.
pub fn cost(scenario: &ScenarioRun) -> Table {
    let order = ranking(scenario, Metric::main(scenario));
    let cells = |index: usize| {
        let subject = &scenario.subjects[index];
        let cell = |metric: Metric, show: fn(f64) -> String| {
            Cell::new(median(&values(metric, &subject.samples)), show)
        };
        vec![
            cell(Metric::Cpu, format::digits),
            cell(Metric::Cores, format::digits),
            cell(Metric::Memory, |bytes| format::digits(bytes / format::MIB)),
            cell(Metric::MemoryPerConnection, format::short),
            cell(Metric::Threads, |threads| format!("{threads:.0}")),
            cell(Metric::Switches, format::digits),
        ]
    };
    Table {
        caption: "What it cost the server".to_owned(),
        corner: "server".to_owned(),
        columns: vec![
            column("CPU", "µs/message"),
            column("cores", "used"),
            column("memory", "MiB"),
            column("memory", "B/client"),
            column("threads", "count"),
            column("switches", "a message"),
        ],
        rows: rows(scenario, &order, cells)
            .into_iter()
            .map(|row| Row {
                sentence: None,
                ..row
            })
            .filter(|row| !row.cells.is_empty())
            .collect(),
    }
    .without_empty_columns()
}

/// Beside its figures, because they are only of those who were served.
fn with_errors(subject: &SubjectRun) -> Option<String> {
    let (errors, kinds) = quality::errors_by_kind(subject);
    let mostly = kinds
        .first()
        .map_or(String::new(), |(kind, _)| match kinds.len() {
            1 => format!(": {kind}"),
            _ => format!(", mostly {kind}"),
        });
    (errors > 0).then(|| format!("{errors} errors besides{mostly}"))
}

fn throughput(subject: &SubjectRun) -> Cell {
    let summary = Summary::of(values(Metric::Throughput, &subject.samples));
    Cell {
        text: summary
            .as_ref()
            .map_or(NOT_AVAILABLE.to_owned(), |summary| {
                let within = summary
                    .interval
                    .map(|interval| format::plus_minus(summary.median, interval));
                [Some(format::short(summary.median)), within]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
            }),
        value: summary.map(|summary| summary.median),
    }
}

/// `best`, `1.80 x [1.60, 2.00]`, or with a `~` where no difference is shown.
fn relative(subject: &SubjectRun, main: Metric, comparisons: &[Comparison]) -> Cell {
    let Some(comparison) = comparisons.iter().find(|one| one.subject == subject.name) else {
        let measured = !values(main, &subject.samples).is_empty();
        return Cell {
            text: if measured { "best" } else { NOT_AVAILABLE }.to_owned(),
            value: measured.then_some(1.0),
        };
    };
    let sign = match comparison.outcome {
        Outcome::NoDifferenceShown => "~ ",
        Outcome::NotEnoughRounds => "? ",
        _ => "",
    };
    Cell::new(comparison.factor, |factor| {
        format!(
            "{sign}{}",
            format::times_within(factor, comparison.interval)
        )
    })
}

/// One for the three columns of a table, so that they can be compared by eye.
#[derive(Clone, Copy)]
enum LatencyUnit {
    Microseconds,
    Milliseconds,
}

impl LatencyUnit {
    /// Milliseconds, if somebody's p99 is 10 of them.
    fn of<'a>(all: impl Iterator<Item = &'a Latency>) -> LatencyUnit {
        let longest = all.map(|latency| latency.p99_us).fold(0.0, f64::max);
        match longest >= 10_000.0 {
            true => LatencyUnit::Milliseconds,
            false => LatencyUnit::Microseconds,
        }
    }

    fn microseconds(self) -> f64 {
        match self {
            LatencyUnit::Microseconds => 1.0,
            LatencyUnit::Milliseconds => 1000.0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            LatencyUnit::Microseconds => "µs",
            LatencyUnit::Milliseconds => "ms",
        }
    }
}
