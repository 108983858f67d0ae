//! A scenario that was run several times with one parameter turned up, and where two models cross.
//!
//! One number teaches little: which of two models is better depends on how many clients there are. A
//! sweep shows from where on.
//!
//! **Where it breaks:** between two points that were measured the crossing is interpolated, on logarithms.
//! It is an estimate; the two points are what was seen.

use super::table::{Cell, Column, NOT_AVAILABLE, Row, Table};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Parameters, Run, ScenarioRun};
use crate::lab::stats::verdict::values;
use crate::lab::stats::{Outcome, compare, median};

/// What a run consists of.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// A scenario by itself.
    One(&'a ScenarioRun),
    /// Several of one name.
    Sweep(Sweep<'a>),
}

/// Scenarios of one name that differ in one parameter.
#[derive(Debug, Clone)]
pub struct Sweep<'a> {
    /// The parameter: "connections".
    pub parameter: &'static str,
    /// By its value, ascending.
    pub points: Vec<(f64, &'a ScenarioRun)>,
}

/// Two models change places.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// In what.
    pub metric: Metric,
    /// Ahead below.
    pub before: String,
    /// Ahead above.
    pub after: String,
    /// The last point at which the one is shown to be ahead, and the first at which the other is.
    pub between: (f64, f64),
    /// The estimate.
    pub at: f64,
}

type Parameter = (&'static str, fn(&Parameters) -> f64);

/// What can be swept.
const PARAMETERS: [Parameter; 9] = [
    ("connections", |p| p.connections as f64),
    ("silent connections", |p| p.idle as f64),
    ("messages/s asked for", |p| p.rate_per_second.unwrap_or(0.0)),
    ("bytes a message", |p| p.message_bytes as f64),
    ("messages under way", |p| p.in_flight as f64),
    ("slow readers", |p| p.slow_readers as f64),
    ("µs of work a message", |p| p.work_cpu_seconds * 1e6),
    ("µs blocked a message", |p| p.work_block_seconds * 1e6),
    ("messages a connection", |p| {
        p.messages_per_connection.unwrap_or(0) as f64
    }),
];

/// The scenarios of a run, those of one name together.
pub fn parts(run: &Run) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = run.scenarios.as_slice();
    while let [first, ..] = rest {
        let same = rest.iter().take_while(|one| one.name == first.name).count();
        let (group, after) = rest.split_at(same);
        match sweep(group) {
            Some(sweep) => parts.push(Part::Sweep(sweep)),
            None => parts.extend(group.iter().map(Part::One)),
        }
        rest = after;
    }
    parts
}

fn sweep(group: &[ScenarioRun]) -> Option<Sweep<'_>> {
    if group.len() < 2 {
        return None;
    }
    let points = |(parameter, of): &Parameter| {
        let mut points: Vec<(f64, &ScenarioRun)> =
            group.iter().map(|one| (of(&one.parameters), one)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all_differ = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let finite = points.iter().all(|(value, _)| value.is_finite());
        (all_differ && finite).then_some(Sweep { parameter, points })
    };
    PARAMETERS.iter().find_map(points)
}

impl Sweep<'_> {
    /// Its scenario's name.
    pub fn name(&self) -> &str {
        self.points
            .first()
            .map_or("", |(_, scenario)| &scenario.name)
    }

    /// All subjects, in the order of their first appearance.
    pub fn subjects(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let all = self
            .points
            .iter()
            .flat_map(|(_, scenario)| &scenario.subjects);
        for subject in all {
            if !names.contains(&subject.name.as_str()) {
                names.push(&subject.name);
            }
        }
        names
    }

    /// A subject's medians by the swept value, where it has some.
    pub fn line(&self, subject: &str, metric: Metric) -> Vec<(f64, f64)> {
        let at = |(value, scenario): &(f64, &ScenarioRun)| {
            Some((*value, point(scenario, subject, metric)?))
        };
        self.points.iter().filter_map(at).collect()
    }

    /// The figures that somebody has, the main one first.
    pub fn metrics(&self) -> Vec<Metric> {
        let main = self
            .points
            .first()
            .map(|(_, scenario)| Metric::main(scenario));
        let usual = [Metric::Throughput, Metric::P99, Metric::Cpu, Metric::Memory];
        let others = usual.into_iter().filter(|metric| Some(*metric) != main);
        let subjects = self.subjects();
        let available = |metric: &Metric| {
            subjects
                .iter()
                .any(|name| !self.line(name, *metric).is_empty())
        };
        main.into_iter().chain(others).filter(available).collect()
    }

    /// A row a subject, a column a value.
    pub fn table(&self, metric: Metric) -> Table {
        let show = |value: f64| match metric {
            Metric::Memory => format::digits(value / format::MIB),
            _ => format::short(value),
        };
        let cell = |subject: &str, scenario: &ScenarioRun| {
            let value = point(scenario, subject, metric);
            Cell {
                text: value.map_or(NOT_AVAILABLE.to_owned(), show),
                value,
            }
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
        let unit = if metric == Metric::Memory {
            "MiB"
        } else {
            metric.unit()
        };
        let column = |(value, _): &(f64, &ScenarioRun)| Column {
            title: format::round(*value),
            unit: String::new(),
        };
        Table {
            caption: format!(
                "{} ({unit}), by {}",
                capitalized(metric.name()),
                self.parameter
            ),
            corner: format!("server \\ {}", self.parameter),
            columns: self.points.iter().map(column).collect(),
            rows: self.subjects().iter().map(row).collect(),
        }
    }

    fn failure(&self, name: &str) -> Option<String> {
        let failure = |(value, scenario): &(f64, &ScenarioRun)| {
            let subject = scenario.subjects.iter().find(|one| one.name == name)?;
            let failure = subject.failure.as_ref()?;
            Some(format!(
                "At {} {}: {failure}",
                format::short(*value),
                self.parameter
            ))
        };
        self.points.iter().find_map(failure)
    }

    /// Where two change places in `metric`, and both sides are shown.
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
        // Two wrong verdicts make a crossing, and each point has a chance of one.
        let all_pairs = subjects * (subjects - 1) / 2 * self.points.len();
        let mut crossings = Vec::new();
        // The last point at which one was shown to be ahead: its place, and whether it was `a`.
        let mut last: Option<(usize, bool)> = None;
        for (index, (_, scenario)) in self.points.iter().enumerate() {
            let find = |name| scenario.subjects.iter().find(|one| one.name == name);
            let Some((of_a, of_b)) = find(a).zip(find(b)) else {
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
                crossings.push(Crossing {
                    metric,
                    before: before_name.to_owned(),
                    after: after_name.to_owned(),
                    between,
                    at: self
                        .where_equal(a, b, metric, before, index)
                        .unwrap_or(between.1),
                });
            }
            last = Some((index, is_a_ahead));
        }
        crossings
    }

    /// Where the lines of two meet between two places, straight lines on logarithms.
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
        Some(match x0 > 0.0 {
            true => (x0.ln() + share * (x1.ln() - x0.ln())).exp(),
            false => x0 + share * (x1 - x0),
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
        let all: Vec<Crossing> = metrics
            .iter()
            .flat_map(|metric| self.crossings(*metric))
            .collect();
        if all.is_empty() {
            let names: Vec<&str> = metrics.iter().map(|metric| metric.name()).collect();
            return vec![format!(
                "No two are shown to change places in {} between {} and {} {}.",
                format::list(&names),
                format::round(self.points.first().map_or(0.0, |first| first.0)),
                format::round(self.points.last().map_or(0.0, |last| last.0)),
                self.parameter,
            )];
        }
        all.iter().map(sentence).collect()
    }
}

fn point(scenario: &ScenarioRun, subject: &str, metric: Metric) -> Option<f64> {
    let subject = scenario.subjects.iter().find(|one| one.name == subject)?;
    median(&values(metric, &subject.samples))
}

/// With a capital letter.
pub(super) fn capitalized(text: &str) -> String {
    // "p99" is a name and has no capital.
    if text.starts_with('p') && text[1..].starts_with(|letter: char| letter.is_ascii_digit()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}
