//! Several runs side by side: the laptops of a class, a column each.
//!
//! What is set side by side is the main figure of a scenario, and how the subjects rank on each machine.
//! Machines differ, so no interval is made of two of them: the ranking may be compared, the figures not.
//!
//! **Where it breaks:** scenarios of the same name with other parameters are told apart only by what the
//! sentence on differences says.

use super::Saved;
use super::sweep::capitalized;
use super::table::{Cell, Column, NOT_AVAILABLE, Row, Table};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Machine, ScenarioRun};
use crate::lab::stats::verdict::{ranking, values};
use crate::lab::stats::{baseline, median};

/// What there is to tell of several runs.
pub(super) struct SideBySide {
    /// Whether the machines are alike.
    pub(super) sentence: String,
    /// A line a run: the head of its column, and what it is.
    pub(super) legend: Vec<String>,
    /// One a scenario.
    pub(super) tables: Vec<Table>,
}

impl SideBySide {
    pub(super) fn of(runs: &[Saved]) -> SideBySide {
        let line = |(number, saved): (usize, &Saved)| {
            let machine = super::machine(&saved.run.machine);
            format!("{}: {}, {machine}", head(number, saved), saved.name)
        };
        let mut tables: Vec<Table> = Vec::new();
        for (key, scenario) in scenarios(runs) {
            tables.push(table(runs, &key, scenario));
        }
        SideBySide {
            sentence: sentence(runs),
            legend: runs.iter().enumerate().map(line).collect(),
            tables,
        }
    }
}

/// A number keeps two machines of the same name apart.
fn head(number: usize, saved: &Saved) -> String {
    let host = saved.run.machine.host.as_ref().unwrap_or(&saved.name);
    format!("{} {host}", number + 1)
}

fn sentence(runs: &[Saved]) -> String {
    let machines: Vec<&Machine> = runs.iter().map(|saved| &saved.run.machine).collect();
    let differences = differences(&machines);
    let mut sentence = match differences.is_empty() {
        true => format!("{} runs of like machines and builds.", runs.len()),
        false => format!(
            "{} runs, and the machines DIFFER in {}. Compare who is ahead on each, not the figures.",
            runs.len(),
            format::list(&differences)
        ),
    };
    let first = &runs[0].run;
    let other = |saved: &&Saved| {
        saved.run.scenarios.iter().any(|scenario| {
            let same = first
                .scenarios
                .iter()
                .filter(|one| one.name == scenario.name);
            let mut same = same.peekable();
            same.peek().is_some() && !same.any(|one| one.parameters == scenario.parameters)
        })
    };
    if runs[1..].iter().find(other).is_some() {
        sentence.push_str(" Not all were run with the same parameters.");
    }
    sentence
}

/// In what machines differ: "processor (A, B)".
pub fn differences(machines: &[&Machine]) -> Vec<String> {
    let all: Vec<_> = machines
        .iter()
        .map(|machine| baseline::machine_traits(machine))
        .collect();
    let Some(first) = all.first() else {
        return Vec::new();
    };
    let differ = |index: usize| {
        let told: Vec<&str> = all.iter().map(|one| one[index].1.as_str()).collect();
        let alike = told.iter().all(|one| *one == told[0]);
        (!alike).then(|| format!("{} ({})", first[index].0, told.join(", ")))
    };
    (0..first.len()).filter_map(differ).collect()
}

/// Each scenario of any run once, and what tells it from others: its name, and its place among those of
/// that name.
fn scenarios(runs: &[Saved]) -> Vec<((String, usize), &ScenarioRun)> {
    let mut all: Vec<((String, usize), &ScenarioRun)> = Vec::new();
    for saved in runs {
        for (index, scenario) in saved.run.scenarios.iter().enumerate() {
            let before = &saved.run.scenarios[..index];
            let nth = before
                .iter()
                .filter(|one| one.name == scenario.name)
                .count();
            let key = (scenario.name.clone(), nth);
            if !all.iter().any(|(known, _)| *known == key) {
                all.push((key, scenario));
            }
        }
    }
    all
}

fn of_run<'a>(saved: &'a Saved, (name, nth): &(String, usize)) -> Option<&'a ScenarioRun> {
    saved
        .run
        .scenarios
        .iter()
        .filter(|one| one.name == *name)
        .nth(*nth)
}

fn table(runs: &[Saved], key: &(String, usize), scenario: &ScenarioRun) -> Table {
    let main = Metric::main(scenario);
    let mut names: Vec<&str> = Vec::new();
    for scenario in runs.iter().filter_map(|saved| of_run(saved, key)) {
        for index in ranking(scenario, main) {
            let name = scenario.subjects[index].name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let cell = |saved: &Saved, name: &str| {
        let value = of_run(saved, key).and_then(|scenario| ranked(scenario, name, main));
        Cell {
            text: value.map_or(NOT_AVAILABLE.to_owned(), |(value, rank)| {
                format!("{} ({rank})", show(main, value))
            }),
            value: value.map(|(value, _)| value),
        }
    };
    let row = |name: &&str| Row {
        name: (*name).to_owned(),
        cells: runs.iter().map(|saved| cell(saved, name)).collect(),
        sentence: None,
    };
    let column = |(number, saved)| Column {
        title: head(number, saved),
        unit: unit(main).to_owned(),
    };
    Table {
        caption: format!(
            "{}: {} ({}), median, and the rank on that machine",
            super::load(&scenario.parameters),
            main.name(),
            unit(main)
        )
        .replacen("", &format!("{}, ", capitalized(&key.0)), 1),
        corner: "server".to_owned(),
        columns: runs.iter().enumerate().map(column).collect(),
        rows: names.iter().map(row).collect(),
    }
}

fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Memory => "MiB",
        _ => metric.unit(),
    }
}

fn show(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Memory => format::digits(value / format::MIB),
        _ => format::short(value),
    }
}

/// The median of a subject, and its rank.
fn ranked(scenario: &ScenarioRun, name: &str, main: Metric) -> Option<(f64, usize)> {
    let order = ranking(scenario, main);
    let rank = order
        .iter()
        .position(|index| scenario.subjects[*index].name == name)?;
    let samples = &scenario.subjects[order[rank]].samples;
    Some((median(&values(main, samples))?, rank + 1))
}
