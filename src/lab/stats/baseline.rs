//! A run compared with an earlier one: did it get worse?
//!
//! The two runs were not measured in turn, so their rounds are not pairs. Each run has its own noise, and
//! the interval is wider for it (Welch's, or the bootstrap's if that is wider). A change counts when it is
//! beyond the threshold and its interval excludes 1. Intervals hold together with 95 % over all metrics and
//! subjects, because a run of seven models has 28 chances to be wrong.
//!
//! Only like is compared with like. Another machine, a debug build or another load is refused with a reason.
//! With `--force`, the reasons become notes.
//!
//! **Where it breaks:** on another day, the same program on the same machine may be a few percent faster or
//! slower in all rounds. No interval over rounds can show that, so the threshold has to allow for it.

use super::interval::{self, Interval, mean, times_within};
use super::verdict::values;
use super::{FEWEST_ROUNDS, Outcome};
use crate::error::Error;
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Machine, Run, ScenarioRun, SubjectRun};
use std::fmt;

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The smallest change that counts: 0.05 is 5 %.
    pub threshold: f64,
    /// Compare even if machine, build or load differ.
    pub force: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threshold: 0.05,
            force: false,
        }
    }
}

/// How one metric of one subject changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The name of the scenario.
    pub scenario: String,
    /// The name of the subject.
    pub subject: String,
    /// The metric that changed.
    pub metric: Metric,
    /// How many times worse it is now; below 1 it is better.
    pub factor: f64,
    /// The interval of the factor.
    pub interval: Option<Interval>,
    /// `Worse` is a regression and `Better` an improvement, both beyond the threshold.
    pub outcome: Outcome,
}

/// A run compared with its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The smallest change that counts.
    pub threshold: f64,
    /// All, in the order of the run.
    pub all: Vec<Change>,
    /// Subjects that worked in the baseline and fail now. Each is a regression.
    pub failed: Vec<String>,
    /// Scenarios and subjects that are in only one of the runs, and forced comparisons.
    pub notes: Vec<String>,
}

impl Changes {
    /// Metrics that got worse.
    pub fn regressions(&self) -> impl Iterator<Item = &Change> {
        self.with(Outcome::Worse)
    }

    pub(crate) fn with(&self, outcome: Outcome) -> impl Iterator<Item = &Change> {
        self.all
            .iter()
            .filter(move |change| change.outcome == outcome)
    }

    /// Why it fails, in one line.
    pub(crate) fn summary(&self) -> String {
        let regressions = self.regressions().count();
        let mut summary = format!(
            "{regressions} regressions beyond {}",
            format::percent(self.threshold)
        );
        if !self.failed.is_empty() {
            summary.push_str(&format!(", {} newly failing", self.failed.len()));
        }
        summary
    }

    /// Whether a build that must not get worse has to fail.
    pub fn must_fail(&self) -> bool {
        !self.failed.is_empty() || self.regressions().next().is_some()
    }
}

/// Compares `now` with `then`.
///
/// # Errors
/// Machine, build or load differ, and it is not forced; no scenario is in both.
pub fn compare(then: &Run, now: &Run, options: Options) -> Result<Changes, Error> {
    let pairs = pairs(then, now);
    let mut notes = differences(&then.machine, &now.machine);
    for (then, now) in &pairs {
        if then.parameters != now.parameters {
            notes.push(format!("scenario {} had other parameters", now.name));
        }
    }
    if !notes.is_empty() && !options.force {
        return Err(Error::failure(format!(
            "the baseline cannot be compared with this run: {} (use --force to compare anyway)",
            notes.join("; ")
        )));
    }
    if pairs.is_empty() {
        return Err(Error::failure(
            "no scenario is in both the baseline and this run",
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
    // The number of intervals that have to hold is known only now.
    let alpha = interval::alpha(series.len());
    let judged = series
        .iter()
        .map(|one| judge(one, options.threshold, alpha));
    changes.all = judged.collect();
    Ok(changes)
}

/// Scenarios of the same name; in a sweep, in the same position.
fn pairs<'a>(then: &'a Run, now: &'a Run) -> Vec<(&'a ScenarioRun, &'a ScenarioRun)> {
    let other = |(scenario, key): (_, (&str, usize))| Some((then.scenario(key)?, scenario));
    now.keyed_scenarios().filter_map(other).collect()
}

fn only_in_one(then: &Run, now: &Run) -> Vec<String> {
    let missing = |run: &Run, other: &Run, where_it_is: &str| -> Vec<String> {
        let is_missing = |name: &&str| other.scenario((name, 0)).is_none();
        let names = run.scenarios.iter().map(|scenario| scenario.name.as_str());
        names
            .filter(is_missing)
            .map(|name| format!("scenario {name} is {where_it_is}"))
            .collect()
    };
    let mut sentences = missing(then, now, "only in the baseline");
    sentences.extend(missing(now, then, "not in the baseline"));
    sentences.dedup();
    sentences
}

/// The properties by which machines are told apart. The host name is not one of them: the machines of a
/// build farm have a new one every day.
pub(crate) fn machine_traits(machine: &Machine) -> [(&'static str, String); 6] {
    let gib = |bytes: u64| format!("{:.0} GiB", bytes as f64 / 1_073_741_824.0);
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
    let differ = |((name, then), (_, now)): ((&str, String), (&str, String))| {
        (then != now).then(|| format!("the {name} was {then} and is {now}"))
    };
    both.filter_map(differ).collect()
}

/// A metric of a subject that is in both runs.
struct Series<'a> {
    scenario: &'a str,
    subject: &'a str,
    metric: Metric,
    /// Then and now, as [`worse_logs`] makes them.
    logs: (Vec<f64>, Vec<f64>),
}

/// The series of a scenario to compare. Subjects in only one of the runs are noted.
fn collect_series<'a>(
    then: &ScenarioRun,
    now: &'a ScenarioRun,
    changes: &mut Changes,
) -> Vec<Series<'a>> {
    let mut series = Vec::new();
    for subject in &now.subjects {
        let name = format!("{}: {}", now.name, subject.name);
        let Some(before) = then.subject(&subject.name) else {
            changes.notes.push(format!("{name} is not in the baseline"));
            continue;
        };
        if let (None, Some(failure)) = (&before.failure, &subject.failure) {
            changes.failed.push(format!("{name} fails now: {failure}"));
        }
        let metrics = metrics(now).into_iter();
        series.extend(metrics.filter_map(|metric| {
            Some(Series {
                scenario: &now.name,
                subject: &subject.name,
                metric,
                logs: (worse_logs(metric, before)?, worse_logs(metric, subject)?),
            })
        }));
    }
    let gone = then
        .subjects
        .iter()
        .filter(|one| now.subject(&one.name).is_none());
    let notes = gone.map(|one| format!("{}: {} is only in the baseline", now.name, one.name));
    changes.notes.extend(notes);
    series
}

/// The main metric, the tail, and the cost.
fn metrics(scenario: &ScenarioRun) -> Vec<Metric> {
    let main = scenario.ranked_by();
    let others = [Metric::P99, Metric::Cpu, Metric::Memory];
    let others = others.into_iter().filter(|metric| *metric != main);
    std::iter::once(main).chain(others).collect()
}

/// Logarithms, with a sign that makes more worse; `None` if there are none.
fn worse_logs(metric: Metric, subject: &SubjectRun) -> Option<Vec<f64>> {
    let sign = if metric.more_is_better() { -1.0 } else { 1.0 };
    let values = values(metric, &subject.samples);
    let has_logs = !values.is_empty() && values.iter().all(|value| *value > 0.0);
    has_logs.then(|| values.iter().map(|value| sign * value.ln()).collect())
}

/// `alpha`: the accepted error of this interval.
fn judge(series: &Series<'_>, threshold: f64, alpha: f64) -> Change {
    let (then, now) = &series.logs;
    let factor = (mean(now) - mean(then)).exp();
    let is_enough = then.len().min(now.len()) >= FEWEST_ROUNDS;
    let interval = interval::of_difference(now, then, alpha)
        .filter(|_| is_enough)
        .map(Interval::exp);
    let differs = interval.is_some_and(|interval| !interval.contains(1.0));
    Change {
        scenario: series.scenario.to_owned(),
        subject: series.subject.to_owned(),
        metric: series.metric,
        factor,
        interval,
        outcome: match factor.ln() {
            _ if !is_enough => Outcome::NotEnoughRounds,
            log if !differs || log.abs() <= threshold.ln_1p() => Outcome::NoDifferenceShown,
            log if log > 0.0 => Outcome::Worse,
            _ => Outcome::Better,
        },
    }
}

impl fmt::Display for Change {
    /// One sentence without a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric.name();
        let worse_by = times_within(self.factor, self.interval);
        let (scenario, subject) = (&self.scenario, &self.subject);
        match self.outcome {
            Outcome::Worse => write!(
                f,
                "REGRESSION {scenario}, {subject}: {name} {worse_by} worse"
            ),
            Outcome::Better => {
                let interval = self.interval.map(Interval::inverse);
                let better_by = times_within(1.0 / self.factor, interval);
                write!(
                    f,
                    "improvement {scenario}, {subject}: {name} {better_by} better"
                )
            }
            Outcome::NoDifferenceShown => {
                write!(
                    f,
                    "no change shown in {scenario}, {subject}: {name} {worse_by}"
                )
            }
            Outcome::NotEnoughRounds | Outcome::NothingToCompare => write!(
                f,
                "{scenario}, {subject}: {name} {worse_by} worse, but not enough rounds for a verdict (at \
                 least {FEWEST_ROUNDS} in each run)"
            ),
        }
    }
}
