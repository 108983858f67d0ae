//! Two subjects that were measured in turn: is one better?
//!
//! Rounds are **pairs**. In each round both subjects were measured within seconds, so a warm machine or
//! another program affects both and cancels out in their ratio. That ratio is compared, round by round, and
//! the reported factor is its geometric mean.
//!
//! A difference is shown when the whole interval of the factor is beyond `NOISE_FLOOR`. When several
//! subjects are compared with the best one, the intervals are wider, so that those of *all pairs* hold with
//! 95 %. The best subject was chosen from the same rounds, so it is often the luckiest one. One of seven
//! equal models is always the best, and with 5 % per pair every third table would say that another is worse.
//!
//! Tried on made-up rounds (`tests/lab_report/truth.rs`): 4,000 comparisons of a subject with itself over 5
//! to 10 rounds gave 0.6 % false alarms at 2 % noise, 3.4 % at 15 %, 4.2 % at 40 % lognormal noise, and
//! 0.3 % with a spike in one round of ten. A copy slower by 10 % at 2 % noise was found in 1,200 of 1,200.
//!
//! **Where it breaks:** "no difference shown" does not prove that there is none. More rounds may show one.

use super::interval::{self, Interval, times_within};
use super::{FEWEST_ROUNDS, NOISE_FLOOR};
use crate::lab::metric::Metric;
use crate::lab::result::{Sample, ScenarioRun, SubjectRun};
use std::fmt;

/// The result of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The subject is worse than the reference.
    Worse,
    /// The subject is better than the reference.
    Better,
    /// The interval reaches into the noise floor, or includes 1.
    NoDifferenceShown,
    /// Both were measured in too few rounds.
    NotEnoughRounds,
    /// One has no value in any round, or zero in some.
    NothingToCompare,
}

/// A subject compared with a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The metric that was compared.
    pub metric: Metric,
    /// The name of the subject.
    pub subject: String,
    /// The name of the reference.
    pub reference: String,
    /// Rounds in which both were measured.
    pub rounds: usize,
    /// How many times **worse** the subject is: 2.0 is half the throughput, or twice the latency. Below 1
    /// it is better.
    pub factor: Option<f64>,
    /// The 95 % interval of the factor.
    pub interval: Option<Interval>,
    /// The result.
    pub outcome: Outcome,
}

/// Compares two subjects round by round. `comparisons`: how many are made from these rounds, all of which
/// have to hold.
pub fn compare(
    metric: Metric,
    subject: &SubjectRun,
    reference: &SubjectRun,
    comparisons: usize,
) -> Comparison {
    let pairs = pairs(metric, &subject.samples, &reference.samples);
    let mut comparison = Comparison {
        metric,
        subject: subject.name.clone(),
        reference: reference.name.clone(),
        rounds: pairs.len(),
        factor: None,
        interval: None,
        outcome: Outcome::NothingToCompare,
    };
    let comparable = pairs.iter().all(|(a, b)| *a > 0.0 && *b > 0.0);
    if pairs.is_empty() || !comparable {
        return comparison;
    }
    let sign = if metric.more_is_better() { -1.0 } else { 1.0 };
    let worse_by = |(subject, reference): &(f64, f64)| sign * (subject / reference).ln();
    let logs: Vec<f64> = pairs.iter().map(worse_by).collect();
    comparison.factor = Some(interval::mean(&logs).exp());
    comparison.outcome = Outcome::NotEnoughRounds;
    if logs.len() >= FEWEST_ROUNDS {
        let interval = interval::of_mean(&logs, interval::alpha(comparisons)).map(Interval::exp);
        comparison.interval = interval;
        comparison.outcome = judge(interval);
    }
    comparison
}

fn judge(interval: Option<Interval>) -> Outcome {
    let floor = 1.0 + NOISE_FLOOR;
    match interval {
        Some(interval) if interval.low > floor => Outcome::Worse,
        Some(interval) if interval.high < 1.0 / floor => Outcome::Better,
        _ => Outcome::NoDifferenceShown,
    }
}

/// The values of rounds in which both have one.
fn pairs(metric: Metric, subject: &[Sample], reference: &[Sample]) -> Vec<(f64, f64)> {
    let pair = |sample: &Sample| {
        let other = reference.iter().find(|other| other.round == sample.round)?;
        Some((sample.value(metric)?, other.value(metric)?))
    };
    subject.iter().filter_map(pair).collect()
}

/// The values of a metric, in the order of the rounds.
pub fn values(metric: Metric, samples: &[Sample]) -> Vec<f64> {
    samples.iter().filter_map(|one| one.value(metric)).collect()
}

/// The median of a metric over the rounds.
pub(crate) fn median_of(metric: Metric, subject: &SubjectRun) -> Option<f64> {
    super::median(&values(metric, &subject.samples))
}

/// The subjects by their median of `metric`, the best first, those without a value last.
pub(crate) fn ranking(scenario: &ScenarioRun, metric: Metric) -> Vec<&SubjectRun> {
    let key = |subject: &&SubjectRun| match median_of(metric, subject) {
        Some(median) if metric.more_is_better() => -median,
        Some(median) => median,
        None => f64::INFINITY,
    };
    let mut subjects: Vec<&SubjectRun> = scenario.subjects.iter().collect();
    subjects.sort_by(|a, b| key(a).total_cmp(&key(b)));
    subjects
}

/// Compares all other subjects with the best one in `metric`, in the order of their ranks. Their intervals
/// hold together with 95 %. Empty if fewer than two subjects have values.
pub fn compare_with_best(scenario: &ScenarioRun, metric: Metric) -> Vec<Comparison> {
    let mut ranked = ranking(scenario, metric);
    ranked.retain(|subject| median_of(metric, subject).is_some());
    let [best, others @ ..] = ranked.as_slice() else {
        return Vec::new();
    };
    let all_pairs = ranked.len() * others.len() / 2;
    others
        .iter()
        .map(|other| compare(metric, other, best, all_pairs))
        .collect()
}

impl fmt::Display for Comparison {
    /// One sentence without a full stop: "threads is 1.80 x [1.60, 2.00] slower than event-loop".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subject, reference, name) = (&self.subject, &self.reference, self.metric.name());
        let Some(factor) = self.factor else {
            return write!(f, "{subject} and {reference} cannot be compared in {name}");
        };
        let worse_by = times_within(factor, self.interval);
        let better_by = times_within(1.0 / factor, self.interval.map(Interval::inverse));
        match (self.outcome, self.metric) {
            (Outcome::Worse, Metric::Throughput) => {
                write!(f, "{subject} is {worse_by} slower than {reference}")
            }
            (Outcome::Better, Metric::Throughput) => {
                write!(f, "{subject} is {better_by} faster than {reference}")
            }
            (Outcome::Worse | Outcome::Better, metric) => {
                let by = if metric.more_is_better() {
                    better_by
                } else {
                    worse_by
                };
                write!(f, "{subject} has {by} the {name} of {reference}")
            }
            (Outcome::NotEnoughRounds | Outcome::NothingToCompare, _) => write!(
                f,
                "{subject} and {reference}: not enough rounds for a verdict ({} of at least \
                 {FEWEST_ROUNDS})",
                self.rounds
            ),
            (Outcome::NoDifferenceShown, _) => write!(
                f,
                "{subject} and {reference}: no difference shown in {name}, {worse_by}"
            ),
        }
    }
}
