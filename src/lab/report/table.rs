//! The tables of a scenario, made once for all forms of the report.
//!
//! There are two, because they answer two questions: what the clients got, and what it cost the server.
//! Units are in the headers of the columns. A cell keeps the value from which its text was made.
//!
//! **Where it breaks:** a subject without samples has a sentence instead of cells, and a subject that failed
//! half-way has both.

use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Latency, ScenarioRun, SubjectRun};
use crate::lab::stats::interval::times_within;
use crate::lab::stats::verdict::{compare_with_best, median_of, ranking, values};
use crate::lab::stats::{Comparison, Outcome, Summary, merge, quality};

/// Shown for values that the system does not provide.
pub(super) const NOT_AVAILABLE: &str = "n/a";

/// Latencies are shown in milliseconds if any subject's p99 is at least this many microseconds.
const MILLISECONDS_FROM_US: f64 = 10_000.0;

/// Rows under headers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) caption: String,
    /// The header of the first column, which names the rows.
    pub(super) corner: String,
    /// All other columns.
    pub(super) columns: Vec<Column>,
    /// From best to worst.
    pub(super) rows: Vec<Row>,
}

/// The header of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    /// "throughput".
    pub(super) title: String,
    /// "messages/s".
    pub(super) unit: String,
}

/// The row of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) name: String,
    /// Empty without samples.
    pub(super) cells: Vec<Cell>,
    /// Why it failed or was not measured, or how many errors it had.
    pub(super) sentence: Option<String>,
}

/// A value and its text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) text: String,
    /// In the unit of [`Metric::unit`]; in `vs best`, a factor.
    pub(super) value: Option<f64>,
}

impl Cell {
    pub(super) fn new(value: Option<f64>, show: impl Fn(f64) -> String) -> Cell {
        Cell {
            text: value.map_or(NOT_AVAILABLE.to_owned(), show),
            value,
        }
    }
}

impl Column {
    pub(super) fn new(title: &str, unit: &str) -> Column {
        Column {
            title: title.to_owned(),
            unit: unit.to_owned(),
        }
    }
}

impl Table {
    /// One row for each subject, ranked. Columns without a value, or with zeros only, are left out, such as
    /// throughput if all clients are silent.
    fn of(
        scenario: &ScenarioRun,
        caption: &str,
        mut columns: Vec<Column>,
        cells: impl Fn(&SubjectRun) -> Vec<Cell>,
    ) -> Table {
        let row = |subject: &SubjectRun| {
            let is_empty = subject.samples.is_empty();
            Row {
                name: subject.name.clone(),
                cells: if is_empty { Vec::new() } else { cells(subject) },
                sentence: match &subject.failure {
                    Some(failure) => Some(failure.clone()),
                    None if is_empty => Some("It was not measured.".to_owned()),
                    None => errors(subject),
                },
            }
        };
        let ranked = ranking(scenario, scenario.ranked_by()).into_iter();
        let mut rows: Vec<Row> = ranked.map(row).collect();
        for index in (0..columns.len()).rev() {
            let mut cells = rows.iter().filter_map(|row| row.cells.get(index));
            if !cells.any(|cell| cell.value.is_some_and(|value| value != 0.0)) {
                columns.remove(index);
                for row in rows.iter_mut().filter(|row| !row.cells.is_empty()) {
                    row.cells.remove(index);
                }
            }
        }
        Table {
            caption: caption.to_owned(),
            corner: "server".to_owned(),
            columns,
            rows,
        }
    }
}

/// Both tables of a scenario.
pub(super) fn tables(scenario: &ScenarioRun) -> [Table; 2] {
    [speed(scenario), cost(scenario)]
}

/// The results for the clients, compared with the best subject.
fn speed(scenario: &ScenarioRun) -> Table {
    let main = scenario.ranked_by();
    let subjects = scenario.subjects.iter();
    let all = subjects.filter_map(|subject| merge::over_rounds(&subject.samples));
    let longest = all.map(|latency| latency.p99_us).fold(0.0, f64::max);
    let (unit, us) = if longest >= MILLISECONDS_FROM_US {
        ("ms", 1000.0)
    } else {
        ("µs", 1.0)
    };
    let comparisons = compare_with_best(scenario, main);
    let cells = |subject: &SubjectRun| {
        let latency = merge::over_rounds(&subject.samples);
        let time = |of: fn(&Latency) -> f64| {
            Cell::new(latency.as_ref().map(of), |value| format::digits(value / us))
        };
        vec![
            throughput(subject),
            time(|latency| latency.p50_us),
            time(|latency| latency.p99_us),
            time(|latency| latency.max_us),
            relative(subject, main, &comparisons),
        ]
    };
    let columns = vec![
        Column::new("throughput", "messages/s"),
        Column::new("p50", unit),
        Column::new("p99", unit),
        Column::new("max", unit),
        Column::new("vs best", &format!("in {}", main.name())),
    ];
    Table::of(scenario, "What the clients got", columns, cells)
}

/// The cost for the server.
fn cost(scenario: &ScenarioRun) -> Table {
    let columns = [
        ("CPU", "µs/message", Metric::Cpu),
        ("cores", "used", Metric::Cores),
        ("memory", "MiB", Metric::Memory),
        ("memory", "B/client", Metric::MemoryPerConnection),
        ("threads", "count", Metric::Threads),
        ("switches", "per message", Metric::Switches),
    ];
    let cells = |subject: &SubjectRun| {
        let cell = |(_, _, metric)| {
            Cell::new(median_of(metric, subject), |value| {
                format::in_table(metric, value)
            })
        };
        columns.map(cell).to_vec()
    };
    let headers = columns.map(|(title, unit, _)| Column::new(title, unit));
    let caption = "What it cost the server";
    let mut table = Table::of(scenario, caption, headers.to_vec(), cells);
    // The other table has the sentences.
    table.rows.retain(|row| !row.cells.is_empty());
    table.rows.iter_mut().for_each(|row| row.sentence = None);
    table
}

/// Errors stand next to the results, because the results cover only the clients that were served.
fn errors(subject: &SubjectRun) -> Option<String> {
    let (errors, kinds) = quality::errors_by_kind(subject);
    let kinds = match &kinds[..] {
        [] => String::new(),
        [(kind, _)] => format!(": {kind}"),
        [(kind, _), ..] => format!(", mostly: {kind}"),
    };
    (errors > 0).then(|| {
        let errors = format::count(errors as usize, "error");
        format!("plus {errors}{kinds}")
    })
}

fn throughput(subject: &SubjectRun) -> Cell {
    let summary = Summary::of(&values(Metric::Throughput, &subject.samples));
    Cell::new(summary.as_ref().map(|summary| summary.median), |median| {
        let interval = summary.as_ref().and_then(|summary| summary.interval);
        let within = interval.map_or(String::new(), |interval| {
            format!(" {}", interval.plus_minus(median))
        });
        format::short(median) + &within
    })
}

/// `best`, or `1.80 x [1.60, 2.00]`; after `~` if no difference is shown, after `?` if there are too few
/// rounds.
fn relative(subject: &SubjectRun, main: Metric, comparisons: &[Comparison]) -> Cell {
    let Some(comparison) = comparisons.iter().find(|one| one.subject == subject.name) else {
        let best = median_of(main, subject).map(|_| 1.0);
        return Cell::new(best, |_| "best".to_owned());
    };
    let sign = match comparison.outcome {
        Outcome::NoDifferenceShown => "~ ",
        Outcome::NotEnoughRounds => "? ",
        _ => "",
    };
    Cell::new(comparison.factor, |factor| {
        format!("{sign}{}", times_within(factor, comparison.interval))
    })
}
