//! What makes the figures of a scenario less worth, in whole sentences.
//!
//! Nothing is left out of the figures for it. A reader who knows that the machine got slower from round to
//! round, or that the generator had no time left, judges better than a rule that hides the round.
//!
//! **Where it breaks:** thresholds are rules of thumb, and each says where it comes from. No sentence is no
//! certificate.

use super::interval::mean;
use super::{Summary, outlier, verdict};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Sample, ScenarioRun, SubjectRun};

/// A generator that is busier has no time to send when it should: at 90 % of a core, what queues at it
/// waits nine times as long as its own work takes (M/M/1).
pub const BUSY: f64 = 0.9;

/// Of the rate that was asked for; less was not reached.
const REACHED: f64 = 0.97;

/// Coefficient of variation over the rounds: hyperfine's users see 1 to 5 % on quiet machines.
const NOISY: f64 = 0.10;

/// First to last round.
const DRIFT: f64 = 0.05;

/// A trend this clear comes about by chance in one scenario of fifty; of five rounds, only if they all
/// rise or all fall.
const CHANCE: f64 = 0.02;

/// All that is to be said of a scenario.
pub fn warnings(scenario: &ScenarioRun) -> Vec<String> {
    let metric = Metric::main(scenario);
    let mut all = Vec::new();
    all.extend(generator_limit(scenario));
    for subject in &scenario.subjects {
        all.extend(errors(subject));
    }
    all.extend(machine_drift(scenario, metric));
    for subject in &scenario.subjects {
        let apart = outlier_warnings(subject, metric);
        // Where a round lies apart, it is why the figure varied.
        match apart.is_empty() {
            true => all.extend(noise(subject, metric)),
            false => all.extend(apart),
        }
        all.extend(cold_start(subject));
    }
    all
}

/// Those whose figures are the generator's and not theirs, by name.
pub fn generator_limited(scenario: &ScenarioRun) -> Vec<&str> {
    let asked = scenario.parameters.rate_per_second;
    let limited = |subject: &&SubjectRun| {
        let rounds = subject
            .samples
            .iter()
            .filter(|sample| is_generator_limited(sample, asked));
        // In most rounds: one busy moment is an outlier and not a limit.
        rounds.count() * 2 > subject.samples.len()
    };
    let names = scenario.subjects.iter().filter(limited);
    names.map(|subject| subject.name.as_str()).collect()
}

fn is_generator_limited(sample: &Sample, asked: Option<f64>) -> bool {
    let generator = &sample.generator;
    let busy = generator.busy_share.is_some_and(|share| share >= BUSY);
    let behind = asked
        .zip(generator.achieved_rate_per_second)
        .is_some_and(|(asked, achieved)| achieved < asked * REACHED);
    busy || (behind && generator.late_sends > 0)
}

fn generator_limit(scenario: &ScenarioRun) -> Option<String> {
    let names = generator_limited(scenario);
    (!names.is_empty()).then(|| {
        format!(
            "The generator was at its limit against {}: these figures are what it can do, not what the \
             server can. Do not rank by them.",
            format::list(&names)
        )
    })
}

/// How many errors a subject had over its rounds, and of which kinds, the most frequent first.
pub fn errors_by_kind(subject: &SubjectRun) -> (u64, Vec<(&str, u64)>) {
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
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} x {kind}"))
        .collect();
    let what = match kinds.is_empty() {
        true => String::new(),
        false => format!(": {}", format::list(&kinds)),
    };
    Some(format!(
        "{}: {errors} errors beside {messages} answers{what}. Who got no answer is in no latency, and whom \
         others made way for is faster for it.",
        subject.name
    ))
}

/// What all subjects have in common from round to round is the machine's.
fn machine_drift(scenario: &ScenarioRun, metric: Metric) -> Option<String> {
    let columns: Vec<Vec<f64>> = scenario
        .subjects
        .iter()
        .map(|subject| verdict::values(metric, &subject.samples))
        .filter(|values| values.iter().all(|value| *value > 0.0))
        .collect();
    let rounds = columns.iter().map(Vec::len).max()?;
    let complete = columns.iter().filter(|values| values.len() == rounds);
    let complete: Vec<&Vec<f64>> = complete.collect();
    let of_round = |round: usize| {
        let logs: Vec<f64> = complete.iter().map(|values| values[round].ln()).collect();
        mean(&logs)
    };
    let means: Vec<f64> = (0..rounds).map(of_round).collect();
    let drift = trend(&means)?.exp() - 1.0;
    if drift.abs() < DRIFT {
        return None;
    }
    let way = if drift > 0.0 { "rose" } else { "fell" };
    Some(format!(
        "The machine drifted: {} of all subjects together {way} by {} from the first round to the last. \
         Ratios are of pairs of the same round and bear it; the absolute figures are between two states.",
        metric.name(),
        format::percent(drift.abs()),
    ))
}

/// By how much values rise from first to last, if that is hardly chance: the median slope of all pairs
/// (Theil and Sen) where Kendall's test, exact, finds a trend.
fn trend(values: &[f64]) -> Option<f64> {
    let count = values.len();
    // Fewer cannot show one: four all rising are one case in twelve. More cost cubic time.
    if !(5..=200).contains(&count) {
        return None;
    }
    // Two of the same are half a pair the wrong way round.
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

/// The share of all orders of `count` values with at most so many pairs the wrong way round.
fn inversions_at_most(most: usize, count: usize) -> f64 {
    let mut shares = vec![1.0];
    for value in 2..=count {
        let mut next = vec![0.0; shares.len() + value - 1];
        for (inversions, share) in shares.iter().enumerate() {
            for share_of in &mut next[inversions..inversions + value] {
                *share_of += share / value as f64;
            }
        }
        shares = next;
    }
    shares[..=most].iter().sum()
}

fn noise(subject: &SubjectRun, metric: Metric) -> Option<String> {
    let values = verdict::values(metric, &subject.samples);
    let summary = Summary::of(values)?;
    let mean = mean(&summary.values);
    let squares: f64 = summary
        .values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum();
    let deviation = (squares / (summary.values.len() as f64 - 1.0)).sqrt();
    let share = deviation / mean;
    (share > NOISY && share.is_finite()).then(|| {
        format!(
            "{}: {} varied by {} from round to round (standard deviation), between {} and {}.",
            subject.name,
            metric.name(),
            format::percent(share),
            format::with_unit(metric, summary.min),
            format::with_unit(metric, summary.max),
        )
    })
}

fn outlier_warnings(subject: &SubjectRun, metric: Metric) -> Vec<String> {
    let measured = |sample: &Sample| Some((sample.round, metric.of(sample)?));
    let rounds: Vec<(u32, f64)> = subject.samples.iter().filter_map(measured).collect();
    let values: Vec<f64> = rounds.iter().map(|(_, value)| *value).collect();
    let Some(outliers) = outlier::find(&values) else {
        return Vec::new();
    };
    let sentence = |(index, kind): &(usize, outlier::Kind)| {
        let (round, value) = rounds[*index];
        // A round that is five percent off is an outlier of very even rounds, and of no importance.
        let middle = (outliers.first_quartile + outliers.third_quartile) / 2.0;
        ((value / middle - 1.0).abs() > NOISY).then(|| {
            format!(
                "{}: round {round} is {}: {}, where the middle half lies between {} and {}.",
                subject.name,
                kind.words(),
                format::with_unit(metric, value),
                format::with_unit(metric, outliers.first_quartile),
                format::with_unit(metric, outliers.third_quartile),
            )
        })
    };
    outliers.found.iter().filter_map(sentence).collect()
}

/// A first second that is slower than the others by a fifth, in most rounds: it was not warm yet.
fn cold_start(subject: &SubjectRun) -> Option<String> {
    let judged: Vec<bool> = subject.samples.iter().filter_map(is_cold).collect();
    let cold = judged.iter().filter(|cold| **cold).count();
    (judged.len() >= 3 && cold * 2 > judged.len()).then(|| {
        format!(
            "{}: the first second was slower than the others by more than a fifth in {cold} of {} rounds. \
             A longer warm-up would leave it out.",
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
    fn orders_are_counted_right() {
        // Of the 24 orders of four values: 1, 3, 5, 6, 5, 3, 1 with 0 to 6 inversions.
        let share = |most| inversions_at_most(most, 4) * 24.0;
        assert!((share(0) - 1.0).abs() < 1e-9 && (share(2) - 9.0).abs() < 1e-9);
        assert!((share(6) - 24.0).abs() < 1e-9);
    }

    #[test]
    fn a_trend_is_seen_and_noise_is_none() {
        let rising = trend(&[1.0, 1.2, 1.3, 1.45, 1.6]).unwrap();
        assert!((rising - 0.6).abs() < 0.1, "{rising}");
        assert_eq!(trend(&[1.0, 1.3, 1.2, 1.4, 1.1]), None);
        assert_eq!(trend(&[1.0, 2.0, 3.0, 4.0]), None, "too few");
        assert_eq!(trend(&[1.0; 8]), None);
    }
}
