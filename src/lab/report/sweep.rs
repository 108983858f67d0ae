//! A scenario that was run with several values of one parameter, and where two models cross.
//!
//! One number teaches little: which of two models is better depends on how many clients there are. A sweep
//! shows where that changes.
//!
//! **Where it breaks:** the crossing is interpolated between two measured points, on logarithms. It is an
//! estimate; the two points are what was measured.

use super::table::{Cell, Column, Row, Table};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Parameters, Run, ScenarioRun};
use crate::lab::stats::verdict::median_of;
use crate::lab::stats::{Outcome, compare};

/// A part of a run.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// A scenario by itself.
    One(&'a ScenarioRun),
    /// Several scenarios of one name.
    Sweep(Sweep<'a>),
}

/// Scenarios of one name that differ in one parameter.
#[derive(Debug, Clone)]
pub struct Sweep<'a> {
    /// The parameter: "connections".
    pub parameter: &'static str,
    /// By the value of the parameter, ascending. There are at least two.
    pub points: Vec<(f64, &'a ScenarioRun)>,
}

/// Two subjects change places.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    pub(super) metric: Metric,
    /// Ahead below the crossing.
    pub before: String,
    /// Ahead above the crossing.
    pub after: String,
    /// The last point at which one is shown to be ahead, and the first at which the other is.
    pub between: (f64, f64),
    /// The estimate.
    pub at: f64,
}

type Parameter = (&'static str, fn(&Parameters) -> f64);

/// The parameters that can be swept.
const PARAMETERS: [Parameter; 9] = [
    ("connections", |p| p.connections as f64),
    ("silent connections", |p| p.idle as f64),
    ("requested messages/s", |p| p.rate_per_second.unwrap_or(0.0)),
    ("bytes per message", |p| p.message_bytes as f64),
    ("messages in flight", |p| p.in_flight as f64),
    ("slow readers", |p| p.slow_readers as f64),
    ("µs of work per message", |p| p.work_cpu_seconds * 1e6),
    ("µs blocked per message", |p| p.work_block_seconds * 1e6),
    ("messages per connection", |p| {
        p.messages_per_connection.unwrap_or(0) as f64
    }),
];

/// The scenarios of a run, those of one name together.
pub fn parts(run: &Run) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for group in run.scenarios.chunk_by(|a, b| a.name == b.name) {
        match sweep(group) {
            Some(sweep) => parts.push(Part::Sweep(sweep)),
            None => parts.extend(group.iter().map(Part::One)),
        }
    }
    parts
}

fn sweep(group: &[ScenarioRun]) -> Option<Sweep<'_>> {
    if group.len() < 2 {
        return None;
    }
    let by = |(parameter, of): &Parameter| {
        let mut points: Vec<(f64, &ScenarioRun)> =
            group.iter().map(|one| (of(&one.parameters), one)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all_differ = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let all_finite = points.iter().all(|(value, _)| value.is_finite());
        (all_differ && all_finite).then_some(Sweep { parameter, points })
    };
    PARAMETERS.iter().find_map(by)
}

impl<'a> Sweep<'a> {
    pub(super) fn first(&self) -> (f64, &'a ScenarioRun) {
        self.points[0]
    }

    pub(super) fn last(&self) -> (f64, &'a ScenarioRun) {
        self.points[self.points.len() - 1]
    }

    /// "At 100 connections".
    pub(super) fn at(&self, value: f64) -> String {
        format!("At {} {}", format::round(value), self.parameter)
    }

    /// All subjects, in the order of their first appearance.
    pub(super) fn subjects(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let scenarios = self.points.iter().map(|(_, scenario)| *scenario);
        for subject in scenarios.flat_map(|scenario| &scenario.subjects) {
            if !names.contains(&subject.name.as_str()) {
                names.push(&subject.name);
            }
        }
        names
    }

    /// The medians of a subject by the value of the parameter.
    pub(super) fn line(&self, subject: &str, metric: Metric) -> Vec<(f64, f64)> {
        let at = |(value, scenario): &(f64, &ScenarioRun)| {
            Some((*value, point(scenario, subject, metric)?))
        };
        self.points.iter().filter_map(at).collect()
    }

    /// The metrics that any subject has, the main one first.
    pub(super) fn metrics(&self) -> Vec<Metric> {
        let main = self.first().1.ranked_by();
        let usual = [Metric::Throughput, Metric::P99, Metric::Cpu, Metric::Memory];
        let others = usual.into_iter().filter(|metric| *metric != main);
        let subjects = self.subjects();
        let is_available = |metric: &Metric| {
            let mut lines = subjects.iter().map(|name| self.line(name, *metric));
            lines.any(|line| !line.is_empty())
        };
        std::iter::once(main)
            .chain(others)
            .filter(is_available)
            .collect()
    }

    /// One row for each subject, one column for each value.
    pub(super) fn table(&self, metric: Metric) -> Table {
        let cell = |subject: &str, scenario: &ScenarioRun| {
            let show = |value| format::in_table(metric, value);
            Cell::new(point(scenario, subject, metric), show)
        };
        let row = |name: &&str| Row {
            name: (*name).to_owned(),
            cells: self
                .points
                .iter()
                .map(|(_, scenario)| cell(name, scenario))
                .collect(),
            sentence: self.failure(name),
        };
        let values = self.points.iter().map(|(value, _)| format::round(*value));
        Table {
            caption: format!(
                "{} ({}), by {}",
                capitalized(metric.name()),
                metric.shown_in().0,
                self.parameter
            ),
            corner: format!("server \\ {}", self.parameter),
            columns: values.map(|value| Column::new(&value, "")).collect(),
            rows: self.subjects().iter().map(row).collect(),
        }
    }

    fn failure(&self, name: &str) -> Option<String> {
        let failure = |(value, scenario): &(f64, &ScenarioRun)| {
            let failure = scenario.subject(name)?.failure.as_ref()?;
            Some(format!("{}: {failure}", self.at(*value)))
        };
        self.points.iter().find_map(failure)
    }

    /// Where two subjects change places in `metric`, both shown to be ahead on their side.
    pub fn crossings(&self, metric: Metric) -> Vec<Crossing> {
        let names = self.subjects();
        let mut all = Vec::new();
        for (index, a) in names.iter().enumerate() {
            for b in &names[index + 1..] {
                all.extend(self.crossings_of(a, b, metric, names.len()));
            }
        }
        all
    }

    fn crossings_of(&self, a: &str, b: &str, metric: Metric, subjects: usize) -> Vec<Crossing> {
        // Two wrong verdicts make a crossing, and each point may give one.
        let all_pairs = subjects * (subjects - 1) / 2 * self.points.len();
        let mut crossings = Vec::new();
        // The last point at which one was shown to be ahead: its index, and whether that was `a`.
        let mut last: Option<(usize, bool)> = None;
        for (index, (_, scenario)) in self.points.iter().enumerate() {
            let Some((of_a, of_b)) = scenario.subject(a).zip(scenario.subject(b)) else {
                continue;
            };
            let is_a_ahead = match compare(metric, of_b, of_a, all_pairs).outcome {
                Outcome::Worse => true,
                Outcome::Better => false,
                _ => continue,
            };
            if let Some((before, was_a_ahead)) = last
                && was_a_ahead != is_a_ahead
            {
                let (before_name, after_name) = if was_a_ahead { (a, b) } else { (b, a) };
                let between = (self.points[before].0, self.points[index].0);
                let estimate = self.where_equal(a, b, metric, before, index);
                crossings.push(Crossing {
                    metric,
                    before: before_name.to_owned(),
                    after: after_name.to_owned(),
                    between,
                    at: estimate.unwrap_or(between.1),
                });
            }
            last = Some((index, is_a_ahead));
        }
        crossings
    }

    /// Where the lines of two subjects meet between two points, as straight lines on logarithms.
    fn where_equal(
        &self,
        a: &str,
        b: &str,
        metric: Metric,
        from: usize,
        until: usize,
    ) -> Option<f64> {
        let ratio = |(value, scenario): &(f64, &ScenarioRun)| {
            let (a, b) = (point(scenario, a, metric)?, point(scenario, b, metric)?);
            Some((*value, (a / b).ln()))
        };
        let ratios: Vec<(f64, f64)> = self.points[from..=until].iter().filter_map(ratio).collect();
        let cross = |pair: &&[(f64, f64)]| pair[0].1 * pair[1].1 <= 0.0;
        let [(x0, y0), (x1, y1)] = *ratios.windows(2).find(cross)? else {
            return None;
        };
        let share = if y0 == y1 { 0.5 } else { y0 / (y0 - y1) };
        Some(if x0 > 0.0 {
            (x0.ln() + share * (x1.ln() - x0.ln())).exp()
        } else {
            x0 + share * (x1 - x0)
        })
    }

    /// All crossings as sentences, or one that says that there are none.
    pub fn sentences(&self) -> Vec<String> {
        let sentence = |one: &Crossing| {
            format!(
                "{}: {} is ahead up to {} {}, {} from {} on; the lines cross near {}.",
                capitalized(one.metric.name()),
                one.before,
                format::round(one.between.0),
                self.parameter,
                one.after,
                format::round(one.between.1),
                format::short(one.at),
            )
        };
        let metrics = self.metrics();
        let crossings = metrics.iter().flat_map(|metric| self.crossings(*metric));
        let all: Vec<String> = crossings.map(|one| sentence(&one)).collect();
        if !all.is_empty() {
            return all;
        }
        let names: Vec<&str> = metrics.iter().map(|metric| metric.name()).collect();
        vec![format!(
            "No two servers are shown to change places in {} between {} and {} {}.",
            format::list(&names),
            format::round(self.first().0),
            format::round(self.last().0),
            self.parameter,
        )]
    }
}

fn point(scenario: &ScenarioRun, subject: &str, metric: Metric) -> Option<f64> {
    median_of(metric, scenario.subject(subject)?)
}

/// With a capital letter, except for names such as "p99".
pub(super) fn capitalized(text: &str) -> String {
    if text.starts_with('p') && text[1..].starts_with(|letter: char| letter.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
