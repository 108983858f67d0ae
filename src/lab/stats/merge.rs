//! One distribution of the latencies of several rounds.
//!
//! The mean of five p99 is not the p99 of anything: a round with twice the messages counts as much as
//! one with half, and one bad round in five moves the mean and not the tail. So the histograms are added
//! up and the percentile is read off the sum.
//!
//! **Where it breaks:** a value is as exact as the bucket it fell into.

use crate::lab::result::{Latency, Sample};

/// All of them as one. Buckets need not have the same borders.
pub fn merge<'a>(all: impl IntoIterator<Item = &'a Latency>) -> Latency {
    let all: Vec<&Latency> = all.into_iter().filter(|one| one.count > 0).collect();
    let counts = all.iter().flat_map(|one| &one.buckets);
    let mut sorted: Vec<(f64, u64)> = counts
        .filter(|(value, count)| value.is_finite() && *count > 0)
        .copied()
        .collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut buckets: Vec<(f64, u64)> = Vec::new();
    for (value, count) in sorted {
        match buckets.last_mut() {
            Some(last) if last.0 == value => last.1 = last.1.saturating_add(count),
            _ => buckets.push((value, count)),
        }
    }
    let count: u64 = all.iter().fold(0, |sum, one| sum.saturating_add(one.count));
    let sum: f64 = all.iter().map(|one| one.mean_us * one.count as f64).sum();
    let max = all.iter().map(|one| one.max_us).fold(0.0, f64::max);
    let at = |share| percentile(&buckets, share).map_or(0.0, |value| value.min(max));
    Latency {
        count,
        min_us: all
            .iter()
            .map(|one| one.min_us)
            .reduce(f64::min)
            .unwrap_or(0.0),
        mean_us: if count > 0 { sum / count as f64 } else { 0.0 },
        p50_us: at(0.5),
        p90_us: at(0.9),
        p99_us: at(0.99),
        p99_9_us: at(0.999),
        p99_99_us: at(0.9999),
        max_us: max,
        buckets,
    }
}

/// Over the rounds of a subject; `None` if nothing was measured.
pub fn over_rounds(samples: &[Sample]) -> Option<Latency> {
    let merged = merge(samples.iter().map(|sample| &sample.latency));
    (merged.count > 0).then_some(merged)
}

/// The smallest value that the share `at` of all does not exceed; `None` for none. `buckets` ascend.
pub fn percentile(buckets: &[(f64, u64)], at: f64) -> Option<f64> {
    let total: u64 = buckets
        .iter()
        .fold(0, |sum, (_, count)| sum.saturating_add(*count));
    let wanted = ((at * total as f64).ceil() as u64).clamp(1, total.max(1));
    let mut seen = 0_u64;
    let reaches = |(_, count): &&(f64, u64)| {
        seen = seen.saturating_add(*count);
        seen >= wanted
    };
    buckets.iter().find(reaches).map(|(value, _)| *value)
}

/// The distribution as points `(value_us, share of all that took at most that long)`, both ascending,
/// the last share 1.
pub fn cumulative(buckets: &[(f64, u64)]) -> Vec<(f64, f64)> {
    let total: u64 = buckets
        .iter()
        .fold(0, |sum, (_, count)| sum.saturating_add(*count));
    let mut seen = 0_u64;
    let mut point = |(value, count): &(f64, u64)| {
        seen = seen.saturating_add(*count);
        (*value, seen as f64 / total as f64)
    };
    buckets.iter().map(&mut point).collect()
}
