//! Two subjects that were measured in turn: is one better?
//!
//! Rounds are **pairs**: in each round both were measured within seconds, so the heat of the machine and
//! the neighbour's backup are in both values and cancel in their ratio. What is compared is that ratio,
//! round by round; the factor told is its geometric mean.
//!
//! A difference is shown when the whole interval of the factor is beyond [`NOISE_FLOOR`]. If several are
//! compared with the best of them, the intervals are wider, so that those of *all pairs* hold with 95 %:
//! who is best was seen in the same rounds, so each comparison is one of the luckiest with one of the
//! others. Of seven equal models one always is the best, and at 5 % a pair every third table would say
//! that another is worse.
//!
//! Tried on made-up rounds (`tests/lab_report/truth.rs`), 4,000 comparisons of a thing with itself over 5
//! to 10 rounds each: 0.6 % false alarms at 2 % noise, 3.4 % at 15 %, 4.2 % at 40 % lognormal noise,
//! 0.3 % with a spike in one round of ten. A copy slower by 10 % at 2 % noise was found in 1,200 of 1,200.
//!
//! **Where it breaks:** "no difference shown" is no proof that there is none; more rounds may show one.

use super::interval::{self, Interval};
use super::{FEWEST_ROUNDS, NOISE_FLOOR};
use crate::lab::metric::Metric;
use crate::lab::result::{Sample, ScenarioRun, SubjectRun};
use crate::lab::{format, stats};
use std::fmt;

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The subject is worse than the reference.
    Worse,
    /// The subject is better than the reference.
    Better,
    /// Some of the interval is within the noise floor, or 1 is in it.
    NoDifferenceShown,
    /// Fewer than [`FEWEST_ROUNDS`] in which both were measured.
    NotEnoughRounds,
    /// One has no such figure in any round, or nothing was done in some of them.
    NothingToCompare,
}

/// A subject beside a reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// In what.
    pub metric: Metric,
    /// Who is judged.
    pub subject: String,
    /// By whom.
    pub reference: String,
    /// In which both were measured.
    pub rounds: usize,
    /// How many times **worse** the subject is: 2.0 is half the throughput, or double the latency. Below
    /// 1 it is better.
    pub factor: Option<f64>,
    /// Where the factor lies with 95 %.
    pub interval: Option<Interval>,
    /// What can be said.
    pub outcome: Outcome,
}

/// Compares them round by round. `comparisons`: so many are made of these rounds, and all are to hold.
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
    let worse_by = |(subject, reference): &(f64, f64)| match metric.more_is_better() {
        true => (reference / subject).ln(),
        false => (subject / reference).ln(),
    };
    let logs: Vec<f64> = pairs.iter().map(worse_by).collect();
    let factor = interval::mean(&logs).exp();
    comparison.factor = Some(factor);
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
    let in_round = |round| reference.iter().find(|sample| sample.round == round);
    let pair = |sample: &Sample| {
        let other = in_round(sample.round)?;
        Some((metric.of(sample)?, metric.of(other)?))
    };
    subject.iter().filter_map(pair).collect()
}

/// The values of a figure, in the order of the rounds.
pub fn values(metric: Metric, samples: &[Sample]) -> Vec<f64> {
    samples.iter().filter_map(|one| metric.of(one)).collect()
}

/// The subjects by their median of `metric`, the best first; who has none comes last.
pub fn ranking(scenario: &ScenarioRun, metric: Metric) -> Vec<usize> {
    let key = |index: &usize| {
        let median = stats::median(&values(metric, &scenario.subjects[*index].samples));
        match median {
            Some(median) if metric.more_is_better() => -median,
            Some(median) => median,
            None => f64::INFINITY,
        }
    };
    let mut indices: Vec<usize> = (0..scenario.subjects.len()).collect();
    indices.sort_by(|a, b| key(a).total_cmp(&key(b)));
    indices
}

/// Everybody beside the best in `metric`, by rank, the best left out. Their intervals hold together
/// with 95 %. Empty if fewer than two have figures.
pub fn compare_with_best(scenario: &ScenarioRun, metric: Metric) -> Vec<Comparison> {
    let measured = |index: &usize| {
        let samples = &scenario.subjects[*index].samples;
        !values(metric, samples).is_empty()
    };
    let ranked: Vec<usize> = ranking(scenario, metric)
        .into_iter()
        .filter(measured)
        .collect();
    let [best, others @ ..] = ranked.as_slice() else {
        return Vec::new();
    };
    let best = &scenario.subjects[*best];
    let all_pairs = ranked.len() * others.len() / 2;
    let against_best = |index: &usize| compare(metric, &scenario.subjects[*index], best, all_pairs);
    others.iter().map(against_best).collect()
}

impl fmt::Display for Comparison {
    /// One sentence without a full stop: "threads is 1.80 x [1.60, 2.00] slower than event-loop".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison {
            subject, reference, ..
        } = self;
        let name = self.metric.name();
        let within = |factor: f64, interval| format::times_within(factor, interval);
        let Some(factor) = self.factor else {
            return write!(f, "{subject} and {reference} cannot be compared in {name}");
        };
        match (self.outcome, self.metric) {
            (Outcome::Worse, Metric::Throughput) => {
                let by = within(factor, self.interval);
                write!(f, "{subject} is {by} slower than {reference}")
            }
            (Outcome::Better, Metric::Throughput) => {
                let by = within(1.0 / factor, self.interval.map(Interval::inverse));
                write!(f, "{subject} is {by} faster than {reference}")
            }
            (Outcome::Worse | Outcome::Better, metric) => {
                let (by, interval) = match metric.more_is_better() {
                    true => (1.0 / factor, self.interval.map(Interval::inverse)),
                    false => (factor, self.interval),
                };
                let by = within(by, interval);
                write!(f, "{subject} has {by} the {name} of {reference}")
            }
            (Outcome::NotEnoughRounds | Outcome::NothingToCompare, _) => write!(
                f,
                "{subject} beside {reference}: not enough rounds to tell ({}; it takes \
                 {FEWEST_ROUNDS} at least)",
                self.rounds
            ),
            (Outcome::NoDifferenceShown, _) => {
                let by = within(factor, self.interval);
                write!(
                    f,
                    "{subject} and {reference}: no difference shown in {name}, {by}"
                )
            }
        }
    }
}
