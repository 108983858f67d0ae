//! Today's run beside a saved one: did it get worse?
//!
//! The two were not measured in turn, so their rounds are no pairs: each has its own noise, and the
//! interval (Welch's, or the bootstrap's if that is wider) is wider for it. A change counts when it is
//! beyond the threshold and its interval leaves out 1. Intervals hold together with 95 % over all
//! figures and subjects: a run of seven models has 28 chances to be wrong.
//!
//! Only like is compared with like. Another machine, a debug build or another load is refused with a
//! sentence, unless forced; then the sentences become notes.
//!
//! **Where it breaks:** the same program on the same machine is some percent faster or slower on another
//! day, evenly in all its rounds, and no interval of rounds knows that. The threshold has to.

use super::interval::{self, Interval, mean};
use super::verdict::values;
use super::{FEWEST_ROUNDS, Outcome};
use crate::error::Error;
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Machine, Run, ScenarioRun, SubjectRun};
use std::fmt;

/// Beyond which a change counts.
pub const THRESHOLD: f64 = 0.05;

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// 0.05: a change of less than 5 % does not count.
    pub threshold: f64,
    /// Also what cannot be compared.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threshold: THRESHOLD,
            force: false,
        }
    }
}

/// What became of one figure of one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The scenario, with what its name does not tell apart.
    pub scenario: String,
    /// Who.
    pub subject: String,
    /// In what.
    pub metric: Metric,
    /// How many times worse it is now; below 1 it is better.
    pub factor: f64,
    /// Where the factor lies.
    pub interval: Option<Interval>,
    /// `Worse` is a regression, `Better` an improvement, both beyond the threshold.
    pub outcome: Outcome,
}

/// A run beside its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Beyond which a change counts.
    pub threshold: f64,
    /// All, in the order of the run.
    pub all: Vec<Change>,
    /// Subjects that worked then and do not now: each is a regression.
    pub failed: Vec<String>,
    /// What is in one of the runs only, or was forced.
    pub notes: Vec<String>,
}

impl Changes {
    /// Those that count and are for the worse.
    pub fn regressions(&self) -> impl Iterator<Item = &Change> {
        self.all
            .iter()
            .filter(|change| change.outcome == Outcome::Worse)
    }

    /// Why it has to fail, in one line.
    pub fn summary(&self) -> String {
        let regressions = self.regressions().count();
        let threshold = format::percent(self.threshold);
        match self.failed.len() {
            0 => format!("{regressions} regressions beyond {threshold}"),
            failed => {
                format!("{regressions} regressions beyond {threshold}, {failed} that work no more")
            }
        }
    }

    /// Whether a build that must not get worse has to fail.
    pub fn must_fail(&self) -> bool {
        !self.failed.is_empty() || self.regressions().next().is_some()
    }
}

/// Compares `now` with `then`.
///
/// # Errors
/// Where machine, build or parameters differ and it is not forced; where nothing is in both.
pub fn compare(then: &Run, now: &Run, options: Options) -> Result<Changes, Error> {
    let pairs = pairs(then, now);
    let mut notes = differences(&then.machine, &now.machine);
    for (then, now) in &pairs {
        if then.parameters != now.parameters {
            notes.push(format!(
                "scenario {} was run with other parameters",
                now.name
            ));
        }
    }
    if !notes.is_empty() && !options.force {
        return Err(Error::failure(format!(
            "the baseline cannot be compared with this run: {} (--force does it all the same)",
            notes.join("; ")
        )));
    }
    if pairs.is_empty() {
        return Err(Error::failure(
            "no scenario is in the baseline and in this run",
        ));
    }
    let mut changes = Changes {
        threshold: options.threshold,
        all: Vec::new(),
        failed: Vec::new(),
        notes,
    };
    changes.notes.extend(only_in_one(then, now));
    let mut series = Vec::new();
    for (then, now) in pairs {
        series.extend(collect_series(then, now, &mut changes));
    }
    // Only now is known how many intervals have to hold.
    let alpha = interval::alpha(series.len());
    let judged = series
        .iter()
        .map(|one| judge(one, options.threshold, alpha));
    changes.all = judged.collect();
    Ok(changes)
}

/// The same name, and of several (a sweep) the same place among them.
fn pairs<'a>(then: &'a Run, now: &'a Run) -> Vec<(&'a ScenarioRun, &'a ScenarioRun)> {
    let mut pairs = Vec::new();
    for (index, scenario) in now.scenarios.iter().enumerate() {
        let same_name = |other: &&ScenarioRun| other.name == scenario.name;
        let nth = now.scenarios[..index].iter().filter(same_name).count();
        if let Some(other) = then.scenarios.iter().filter(same_name).nth(nth) {
            pairs.push((other, scenario));
        }
    }
    pairs
}

fn only_in_one(then: &Run, now: &Run) -> Vec<String> {
    let names = |run: &Run| -> Vec<String> {
        run.scenarios
            .iter()
            .map(|scenario| scenario.name.clone())
            .collect()
    };
    let (before, after) = (names(then), names(now));
    let gone = before.iter().filter(|name| !after.contains(name));
    let new = after.iter().filter(|name| !before.contains(name));
    let gone = gone.map(|name| format!("scenario {name} is in the baseline only"));
    let new = new.map(|name| format!("scenario {name} is not in the baseline"));
    let mut sentences: Vec<String> = gone.chain(new).collect();
    sentences.dedup();
    sentences
}

/// What makes two machines two, as far as they say. A host's name does not: the machines of a build
/// farm have a new one every day.
pub fn machine_traits(machine: &Machine) -> [(&'static str, String); 6] {
    let gib = |bytes: u64| format!("{:.0} GiB", bytes as f64 / format::MIB / 1024.0);
    let unknown = || "unknown".to_owned();
    let build = if machine.debug_build {
        "debug"
    } else {
        "release"
    };
    let power = match machine.on_battery {
        Some(true) => "battery",
        _ => "mains",
    };
    [
        ("system", machine.system.clone()),
        (
            "processor",
            machine.processor.clone().unwrap_or_else(unknown),
        ),
        ("number of cores", machine.cores.to_string()),
        ("memory", machine.memory_bytes.map_or_else(unknown, gib)),
        ("build", build.to_owned()),
        ("power", power.to_owned()),
    ]
}

fn differences(then: &Machine, now: &Machine) -> Vec<String> {
    let both = machine_traits(then).into_iter().zip(machine_traits(now));
    let differ = |((what, then), (_, now)): ((&str, String), (&str, String))| {
        (then != now).then(|| format!("the {what} was {then} and is {now}"))
    };
    both.filter_map(differ).collect()
}

/// A figure of a subject that is in both runs.
struct Series<'a> {
    scenario: &'a str,
    subject: &'a str,
    metric: Metric,
    /// Then and now, as [`worse_logs`] makes them.
    logs: (Vec<f64>, Vec<f64>),
}

/// What there is to be judged in a scenario. What is not to be is noted.
fn collect_series<'a>(
    then: &ScenarioRun,
    now: &'a ScenarioRun,
    changes: &mut Changes,
) -> Vec<Series<'a>> {
    let mut series = Vec::new();
    for subject in &now.subjects {
        let name = format!("{}: {}", now.name, subject.name);
        let Some(before) = then.subjects.iter().find(|one| one.name == subject.name) else {
            changes.notes.push(format!("{name} is not in the baseline"));
            continue;
        };
        if let (None, Some(failure)) = (&before.failure, &subject.failure) {
            changes
                .failed
                .push(format!("{name} works no more: {failure}"));
        }
        let metrics = metrics(now).into_iter();
        series.extend(metrics.filter_map(|metric| {
            Some(Series {
                scenario: &now.name,
                subject: &subject.name,
                metric,
                logs: worse_logs(metric, before, subject)?,
            })
        }));
    }
    for before in &then.subjects {
        if !now.subjects.iter().any(|one| one.name == before.name) {
            let name = format!("{}: {}", now.name, before.name);
            changes
                .notes
                .push(format!("{name} is in the baseline only"));
        }
    }
    series
}

/// What is watched: the main figure, the tail, and what it costs.
fn metrics(scenario: &ScenarioRun) -> Vec<Metric> {
    let main = Metric::main(scenario);
    let others = [Metric::P99, Metric::Cpu, Metric::Memory];
    let others = others.into_iter().filter(|metric| *metric != main);
    std::iter::once(main).chain(others).collect()
}

/// Logarithms, then and now, with signs that make more worse.
fn worse_logs(metric: Metric, then: &SubjectRun, now: &SubjectRun) -> Option<(Vec<f64>, Vec<f64>)> {
    let sign = if metric.more_is_better() { -1.0 } else { 1.0 };
    let logs = |subject: &SubjectRun| {
        let values = values(metric, &subject.samples);
        let all_positive = values.iter().all(|value| *value > 0.0);
        let logs = values.iter().map(|value| sign * value.ln());
        (!values.is_empty() && all_positive).then(|| logs.collect())
    };
    Some((logs(then)?, logs(now)?))
}

/// `alpha`: what may be wrong in this one.
fn judge(series: &Series<'_>, threshold: f64, alpha: f64) -> Change {
    let (then, now) = &series.logs;
    let factor = (mean(now) - mean(then)).exp();
    let enough = then.len().min(now.len()) >= FEWEST_ROUNDS;
    let interval = match enough {
        true => interval::of_difference(now, then, alpha).map(Interval::exp),
        false => None,
    };
    Change {
        scenario: series.scenario.to_owned(),
        subject: series.subject.to_owned(),
        metric: series.metric,
        factor,
        interval,
        outcome: match enough {
            true => outcome(factor, interval, threshold),
            false => Outcome::NotEnoughRounds,
        },
    }
}

fn outcome(factor: f64, interval: Option<Interval>, threshold: f64) -> Outcome {
    let differs = interval.is_some_and(|interval| !interval.contains(1.0));
    if !differs || factor.ln().abs() <= threshold.ln_1p() {
        Outcome::NoDifferenceShown
    } else if factor > 1.0 {
        Outcome::Worse
    } else {
        Outcome::Better
    }
}

impl fmt::Display for Change {
    /// One sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric.name();
        let by = format::times_within(self.factor, self.interval);
        let (scenario, subject) = (&self.scenario, &self.subject);
        match self.outcome {
            Outcome::Worse => write!(f, "REGRESSION {scenario}, {subject}: {name} {by} worse"),
            Outcome::Better => {
                let interval = self.interval.map(Interval::inverse);
                let by = format::times_within(1.0 / self.factor, interval);
                write!(f, "improvement {scenario}, {subject}: {name} {by} better")
            }
            Outcome::NoDifferenceShown => {
                write!(f, "no change shown in {scenario}, {subject}: {name} {by}")
            }
            Outcome::NotEnoughRounds | Outcome::NothingToCompare => write!(
                f,
                "{scenario}, {subject}: {name} {by} worse, but not enough rounds to tell (it takes \
                 {FEWEST_ROUNDS} in each run)"
            ),
        }
    }
}
