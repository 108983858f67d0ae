//! Several runs side by side: the laptops of a class, one column each.
//!
//! The tables show the main metric of a scenario and how the subjects rank on each machine. Machines differ,
//! so there are no intervals across them: compare the ranks, not the values.
//!
//! **Where it breaks:** scenarios of the same name but with other parameters share a table. Only the
//! introductory sentence says so.

use super::Saved;
use super::sweep::capitalized;
use super::table::{Cell, Column, Row, Table};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Machine, ScenarioRun};
use crate::lab::stats::baseline;
use crate::lab::stats::verdict::{median_of, ranking};

/// Several runs next to each other.
pub(super) struct SideBySide {
    /// Whether the machines differ.
    pub(super) sentence: String,
    /// For each run, the header of its column and what it is.
    pub(super) legend: Vec<String>,
    /// One for each scenario.
    pub(super) tables: Vec<Table>,
}

impl SideBySide {
    pub(super) fn of(runs: &[Saved]) -> SideBySide {
        let line = |(index, saved): (usize, &Saved)| {
            let machine = super::machine(&saved.run.machine);
            format!("{}: {}, {machine}", header(index, saved), saved.name)
        };
        let mut keys: Vec<(&str, usize)> = Vec::new();
        for (_, key) in runs.iter().flat_map(|saved| saved.run.keyed_scenarios()) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        SideBySide {
            sentence: sentence(runs),
            legend: runs.iter().enumerate().map(line).collect(),
            tables: keys.iter().filter_map(|key| table(runs, *key)).collect(),
        }
    }
}

/// The number tells two machines of the same name apart.
fn header(index: usize, saved: &Saved) -> String {
    let host = saved.run.machine.host.as_ref().unwrap_or(&saved.name);
    format!("{} {host}", index + 1)
}

fn sentence(runs: &[Saved]) -> String {
    let machines: Vec<&Machine> = runs.iter().map(|saved| &saved.run.machine).collect();
    let differences = differences(&machines);
    let count = runs.len();
    let mut sentence = if differences.is_empty() {
        format!("{count} runs on similar machines and builds.")
    } else {
        format!(
            "{count} runs, and the machines DIFFER in {}. Compare the ranks on each, not the values.",
            format::list(&differences)
        )
    };
    let first = &runs[0].run.scenarios;
    let has_other_parameters = |scenario: &ScenarioRun| {
        let mut same_name = first
            .iter()
            .filter(|one| one.name == scenario.name)
            .peekable();
        same_name.peek().is_some() && !same_name.any(|one| one.parameters == scenario.parameters)
    };
    let mut others = runs[1..].iter().flat_map(|saved| &saved.run.scenarios);
    if others.any(has_other_parameters) {
        sentence.push_str(" Not all runs have the same parameters.");
    }
    sentence
}

/// How machines differ: "processor (A, B)".
fn differences(machines: &[&Machine]) -> Vec<String> {
    let all: Vec<_> = machines
        .iter()
        .map(|machine| baseline::machine_traits(machine))
        .collect();
    let Some(first) = all.first() else {
        return Vec::new();
    };
    let difference = |index: usize| {
        let values: Vec<&str> = all.iter().map(|one| one[index].1.as_str()).collect();
        let differ = values.iter().any(|one| *one != values[0]);
        differ.then(|| format!("{} ({})", first[index].0, values.join(", ")))
    };
    (0..first.len()).filter_map(difference).collect()
}

/// The scenario with that key, one column for each run.
fn table(runs: &[Saved], key: (&str, usize)) -> Option<Table> {
    let of_runs: Vec<Option<&ScenarioRun>> =
        runs.iter().map(|saved| saved.run.scenario(key)).collect();
    let scenario = of_runs.iter().flatten().next()?;
    let main = scenario.ranked_by();
    let mut names: Vec<&str> = Vec::new();
    for subject in of_runs.iter().flatten().flat_map(|one| ranking(one, main)) {
        if !names.contains(&subject.name.as_str()) {
            names.push(&subject.name);
        }
    }
    let cell = |scenario: &Option<&ScenarioRun>, name: &str| {
        let ranked = scenario.and_then(|scenario| ranked(scenario, name, main));
        Cell::new(ranked.map(|(value, _)| value), |value| {
            let rank = ranked.map_or(0, |(_, rank)| rank);
            format!("{} ({rank})", format::in_table(main, value))
        })
    };
    let row = |name: &&str| Row {
        name: (*name).to_owned(),
        cells: of_runs
            .iter()
            .map(|scenario| cell(scenario, name))
            .collect(),
        sentence: None,
    };
    let (unit, _) = main.shown_in();
    let column = |(index, saved)| Column::new(&header(index, saved), unit);
    Some(Table {
        caption: format!(
            "{}, {}: {} ({unit}), median and rank on that machine",
            capitalized(key.0),
            super::load(&scenario.parameters),
            main.name(),
        ),
        corner: "server".to_owned(),
        columns: runs.iter().enumerate().map(column).collect(),
        rows: names.iter().map(row).collect(),
    })
}

/// The median of a subject, and its rank.
fn ranked(scenario: &ScenarioRun, name: &str, main: Metric) -> Option<(f64, usize)> {
    let order = ranking(scenario, main);
    let index = order.iter().position(|subject| subject.name == name)?;
    Some((median_of(main, order[index])?, index + 1))
}
