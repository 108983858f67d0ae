//! One latency distribution from several rounds.
//!
//! The mean of five p99 is not a p99. A round with twice the messages would count as much as one with half,
//! and one bad round in five would move the mean but not the tail. So the histograms are added up, and
//! percentiles are read from the sum.
//!
//! **Where it breaks:** a value is as precise as its bucket.

use crate::lab::result::{Latency, Sample};

/// Adds up distributions, whose buckets may have different borders.
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
    let min = all.iter().map(|one| one.min_us).reduce(f64::min);
    let at = |share| percentile(&buckets, share).map_or(0.0, |value| value.min(max));
    Latency {
        count,
        min_us: min.unwrap_or(0.0),
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

/// The distribution over all rounds; `None` if nothing was measured.
pub fn over_rounds(samples: &[Sample]) -> Option<Latency> {
    let merged = merge(samples.iter().map(|sample| &sample.latency));
    (merged.count > 0).then_some(merged)
}

/// The smallest value that at least the share `at` does not exceed; `None` for no values. `buckets` ascend.
pub fn percentile(buckets: &[(f64, u64)], at: f64) -> Option<f64> {
    let wanted = ((at * total(buckets) as f64).ceil() as u64).clamp(1, total(buckets).max(1));
    let mut seen = 0_u64;
    let reaches = |(_, count): &&(f64, u64)| {
        seen = seen.saturating_add(*count);
        seen >= wanted
    };
    buckets.iter().find(reaches).map(|(value, _)| *value)
}

/// The distribution as points `(value_us, share of all that took at most that long)`. Both ascend, and the
/// last share is 1.
pub fn cumulative(buckets: &[(f64, u64)]) -> Vec<(f64, f64)> {
    let total = total(buckets) as f64;
    let mut seen = 0_u64;
    let point = |(value, count): &(f64, u64)| {
        seen = seen.saturating_add(*count);
        (*value, seen as f64 / total)
    };
    buckets.iter().map(point).collect()
}

fn total(buckets: &[(f64, u64)]) -> u64 {
    let add = |sum: u64, (_, count): &(f64, u64)| sum.saturating_add(*count);
    buckets.iter().fold(0, add)
}
