//! Warnings about the results of a scenario, in sentences.
//!
//! No result is left out. A reader who knows that the machine got slower from round to
//! round, or that the generator had no time left, judges better than a rule that hides the round.
//!
//! **Where it breaks:** thresholds are rules of thumb, and each says where it comes from. Results without a
//! warning may still be wrong.

use super::interval::{Spread, mean};
use super::verdict::values;
use super::{Summary, outlier};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Sample, ScenarioRun, SubjectRun};

/// A busier generator cannot send on time: at 90 % of a core, a message waits nine times as long for the
/// generator as the generator works on it (M/M/1).
pub(crate) const BUSY: f64 = 0.9;

/// The share of the requested rate below which it was not reached.
const REACHED: f64 = 0.97;

/// Coefficient of variation over the rounds: users of hyperfine see 1 to 5 % on quiet machines.
const NOISY: f64 = 0.10;

/// From the first round to the last.
const DRIFT: f64 = 0.05;

/// A trend this clear appears by chance in one scenario of fifty. With five rounds, only if all values rise
/// or all fall.
const CHANCE: f64 = 0.02;

/// All warnings about a scenario.
pub fn warnings(scenario: &ScenarioRun) -> Vec<String> {
    let metric = scenario.ranked_by();
    let mut all = Vec::new();
    all.extend(generator_limit(scenario));
    all.extend(scenario.subjects.iter().filter_map(errors));
    all.extend(machine_drift(scenario, metric));
    for subject in &scenario.subjects {
        let outliers = outliers(subject, metric);
        // An outlier explains the variation.
        if outliers.is_empty() {
            all.extend(noise(subject, metric));
        }
        all.extend(outliers);
        all.extend(cold_start(subject));
    }
    all
}

/// The names of subjects whose results are limited by the generator.
pub(crate) fn generator_limited(scenario: &ScenarioRun) -> Vec<&str> {
    let asked = scenario.parameters.rate_per_second;
    let is_limited = |subject: &&SubjectRun| {
        let samples = subject.samples.iter();
        let limited = samples.filter(|sample| is_generator_limited(sample, asked));
        // In most rounds: a single busy round is an outlier.
        limited.count() * 2 > subject.samples.len()
    };
    let names = scenario.subjects.iter().filter(is_limited);
    names.map(|subject| subject.name.as_str()).collect()
}

fn is_generator_limited(sample: &Sample, asked: Option<f64>) -> bool {
    let generator = &sample.generator;
    let is_busy = generator.busy_share.is_some_and(|share| share >= BUSY);
    let is_behind = asked
        .zip(generator.achieved_rate_per_second)
        .is_some_and(|(asked, achieved)| achieved < asked * REACHED);
    is_busy || (is_behind && generator.late_sends > 0)
}

fn generator_limit(scenario: &ScenarioRun) -> Option<String> {
    let names = generator_limited(scenario);
    (!names.is_empty()).then(|| {
        format!(
            "The generator was at its limit against {}: these results show what it can do, not what the \
             server can. Do not rank by them.",
            format::list(&names)
        )
    })
}

/// How many errors a subject had over all rounds, and of which kinds, the most frequent first.
pub(crate) fn errors_by_kind(subject: &SubjectRun) -> (u64, Vec<(&str, u64)>) {
    let counts = subject.samples.iter().map(|sample| sample.errors);
    let total = counts.fold(0, u64::saturating_add);
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for (kind, count) in subject.samples.iter().flat_map(|one| &one.error_kinds) {
        match kinds.iter_mut().find(|(known, _)| known == kind) {
            Some(known) => known.1 = known.1.saturating_add(*count),
            None => kinds.push((kind, *count)),
        }
    }
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    (total, kinds)
}

fn errors(subject: &SubjectRun) -> Option<String> {
    let (errors, kinds) = errors_by_kind(subject);
    if errors == 0 {
        return None;
    }
    let counts = subject.samples.iter().map(|sample| sample.messages);
    let messages = counts.fold(0, u64::saturating_add);
    let kinds = kinds
        .iter()
        .map(|(kind, count)| format!("{count} x {kind}"));
    let kinds: Vec<String> = kinds.collect();
    let colon = if kinds.is_empty() { "" } else { ": " };
    Some(format!(
        "{}: {} and {messages} replies{colon}{}. Clients without a reply are missing from the \
         latencies, and the remaining clients look faster than they would with everyone served.",
        subject.name,
        format::count(errors as usize, "error"),
        format::list(&kinds)
    ))
}

/// A trend that all subjects have in common is that of the machine.
fn machine_drift(scenario: &ScenarioRun, metric: Metric) -> Option<String> {
    let columns: Vec<Vec<f64>> = scenario
        .subjects
        .iter()
        .map(|subject| values(metric, &subject.samples))
        .filter(|values| values.iter().all(|value| *value > 0.0))
        .collect();
    let rounds = columns.iter().map(Vec::len).max()?;
    let complete = columns.iter().filter(|values| values.len() == rounds);
    let complete: Vec<&Vec<f64>> = complete.collect();
    let mean_of_round = |round: usize| {
        let logs: Vec<f64> = complete.iter().map(|values| values[round].ln()).collect();
        mean(&logs)
    };
    let means: Vec<f64> = (0..rounds).map(mean_of_round).collect();
    let drift = trend(&means)?.exp() - 1.0;
    if drift.abs() < DRIFT {
        return None;
    }
    let direction = if drift > 0.0 { "rose" } else { "fell" };
    Some(format!(
        "The machine drifted: {} of all subjects together {direction} by {} from the first round to the \
         last. Ratios compare measurements of the same round, so they still hold. Absolute values are \
         averages over the drift.",
        metric.name(),
        format::percent(drift.abs()),
    ))
}

/// By how much values rise from first to last, unless that may be chance: the median slope of all pairs
/// (Theil and Sen) if Kendall's exact test finds a trend.
fn trend(values: &[f64]) -> Option<f64> {
    let count = values.len();
    // Fewer cannot show a trend: four values rise or fall by chance in one case of twelve. More would take
    // too long, as the test is cubic.
    if !(5..=200).contains(&count) {
        return None;
    }
    // A pair of equal values counts as half a falling pair.
    let (mut slopes, mut falling_twice) = (Vec::new(), 0);
    for (later, value) in values.iter().enumerate() {
        for (earlier, before) in values[..later].iter().enumerate() {
            slopes.push((value - before) / (later - earlier) as f64);
            falling_twice += usize::from(value < before) + usize::from(value <= before);
        }
    }
    let falling = falling_twice.div_ceil(2);
    let fewer = falling.min(slopes.len() - falling_twice / 2);
    let by_chance = 2.0 * inversions_at_most(fewer, count);
    let slope = super::median(&slopes)?;
    (by_chance < CHANCE).then_some(slope * (count - 1) as f64)
}

/// The share of all orders of `count` values with at most `max` inversions.
fn inversions_at_most(max: usize, count: usize) -> f64 {
    let mut shares = vec![1.0];
    for value in 2..=count {
        let mut next = vec![0.0; shares.len() + value - 1];
        for (inversions, share) in shares.iter().enumerate() {
            for sum in &mut next[inversions..inversions + value] {
                *sum += share / value as f64;
            }
        }
        shares = next;
    }
    shares[..=max].iter().sum()
}

fn noise(subject: &SubjectRun, metric: Metric) -> Option<String> {
    let values = values(metric, &subject.samples);
    let (summary, spread) = (Summary::of(&values)?, Spread::of(&values)?);
    let share = spread.deviation / spread.mean;
    let (min, max) = (summary.min, summary.max);
    let [min, max] = [min, max].map(|value| format::with_unit(metric, value));
    let (subject, metric, varied) = (&subject.name, metric.name(), format::percent(share));
    (share > NOISY && share.is_finite()).then(|| {
        format!(
            "{subject}: {metric} varied by {varied} from round to round (standard deviation), between {min} \
             and {max}."
        )
    })
}

fn outliers(subject: &SubjectRun, metric: Metric) -> Vec<String> {
    let measured = |sample: &Sample| Some((sample.round, sample.value(metric)?));
    let rounds: Vec<(u32, f64)> = subject.samples.iter().filter_map(measured).collect();
    let values: Vec<f64> = rounds.iter().map(|(_, value)| *value).collect();
    let Some(outliers) = outlier::find(&values) else {
        return Vec::new();
    };
    let sentence = |(index, kind): &(usize, &str)| {
        let (round, value) = rounds[*index];
        // Among very even rounds, a round that is 5 % off is an outlier, but it does not matter.
        let middle = (outliers.first_quartile + outliers.third_quartile) / 2.0;
        ((value / middle - 1.0).abs() > NOISY).then(|| {
            format!(
                "{}: round {round} is {kind}: {}. The middle half of the rounds lies between {} and {}.",
                subject.name,
                format::with_unit(metric, value),
                format::with_unit(metric, outliers.first_quartile),
                format::with_unit(metric, outliers.third_quartile),
            )
        })
    };
    outliers.found.iter().filter_map(sentence).collect()
}

/// A first second that is slower than the others by a fifth, in most rounds: the server was not warm yet.
fn cold_start(subject: &SubjectRun) -> Option<String> {
    let judged: Vec<bool> = subject.samples.iter().filter_map(is_cold).collect();
    let cold = judged.iter().filter(|is_cold| **is_cold).count();
    (judged.len() >= 3 && cold * 2 > judged.len()).then(|| {
        format!(
            "{}: the first second was slower than the others by more than a fifth in {cold} of {} rounds. \
             A longer warm-up would exclude it.",
            subject.name,
            judged.len()
        )
    })
}

fn is_cold(sample: &Sample) -> Option<bool> {
    let [first, others @ ..] = sample.per_second.as_slice() else {
        return None;
    };
    let others: Vec<f64> = others.iter().map(|count| *count as f64).collect();
    (others.len() >= 2).then_some((*first as f64) < 0.8 * super::median(&others)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_counted_exactly() {
        // Of the 24 orders of four values: 1, 3, 5, 6, 5, 3, 1 with 0 to 6 inversions.
        let share = |max| inversions_at_most(max, 4) * 24.0;
        assert!((share(0) - 1.0).abs() < 1e-9 && (share(2) - 9.0).abs() < 1e-9);
        assert!((share(6) - 24.0).abs() < 1e-9);
    }

    #[test]
    fn a_trend_is_found_and_noise_is_not_a_trend() {
        let rising = trend(&[1.0, 1.2, 1.3, 1.45, 1.6]).unwrap();
        assert!((rising - 0.6).abs() < 0.1, "{rising}");
        assert_eq!(trend(&[1.0, 1.3, 1.2, 1.4, 1.1]), None);
        assert_eq!(trend(&[1.0, 2.0, 3.0, 4.0]), None, "too few");
        assert_eq!(trend(&[1.0; 8]), None);
    }
}
