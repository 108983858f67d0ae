//! Percentiles over rounds are those of all messages.

use crate::synthetic::{latency, normal};
use fastrand::Rng;
use gearshift::lab::result::Latency;
use gearshift::lab::stats::merge::{cumulative, merge, percentile};
use proptest::prelude::*;

#[test]
fn merged_percentiles_are_those_of_the_sorted_raw_data() {
    let mut random = Rng::with_seed(3);
    let mut raw = Vec::new();
    let mut rounds = Vec::new();
    for (count, p50) in [(5_000, 100.0), (100, 4_000.0), (12_000, 130.0)] {
        let mut draw = |_| p50 * (0.8 * normal(&mut random)).exp();
        let values: Vec<f64> = (0..count).map(&mut draw).collect();
        raw.extend(values.iter().copied());
        rounds.push(latency(values));
    }
    raw.sort_unstable_by(f64::total_cmp);
    let merged = merge(&rounds);
    assert_eq!(merged.count, raw.len() as u64);
    let exact = |share: f64| raw[(share * raw.len() as f64).ceil() as usize - 1];
    for (found, share) in [
        (merged.p50_us, 0.5),
        (merged.p90_us, 0.9),
        (merged.p99_us, 0.99),
        (merged.p99_9_us, 0.999),
        (merged.p99_99_us, 0.9999),
    ] {
        let exact = exact(share);
        // A bucket of two digits is at most a tenth wide.
        assert!(
            found >= exact && found <= exact * 1.1,
            "{share}: {found} for {exact}"
        );
    }
    assert_eq!(
        (merged.min_us, merged.max_us),
        (raw[0], *raw.last().unwrap())
    );
    // Averaging would give something else.
    let averaged = rounds.iter().map(|one| one.p99_us).sum::<f64>() / 3.0;
    assert!((averaged / exact(0.99) - 1.0).abs() > 0.1, "{averaged}");
}

#[test]
fn merging_nothing_gives_nothing() {
    assert_eq!(merge([]), Latency::default());
    assert_eq!(percentile(&[], 0.5), None);
}

proptest! {
    #[test]
    fn a_cumulative_distribution_ascends_to_one(
        rounds in prop::collection::vec(prop::collection::vec(1.0..1e7_f64, 0..50), 0..6),
    ) {
        let rounds: Vec<Latency> = rounds.into_iter().map(latency).collect();
        let merged = merge(&rounds);
        let points = cumulative(&merged.buckets);
        for pair in points.windows(2) {
            prop_assert!(pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1);
        }
        if let Some((_, last)) = points.last() {
            prop_assert_eq!(*last, 1.0);
        }
        let at = [merged.min_us, merged.p50_us, merged.p90_us, merged.p99_us, merged.p99_9_us,
            merged.p99_99_us, merged.max_us];
        prop_assert!(at.is_sorted(), "{at:?}");
    }

    #[test]
    fn the_order_of_rounds_does_not_matter(
        a in prop::collection::vec(1.0..1e6_f64, 1..50),
        b in prop::collection::vec(1.0..1e6_f64, 1..50),
    ) {
        let (a, b) = (latency(a), latency(b));
        prop_assert_eq!(merge([&a, &b]).buckets, merge([&b, &a]).buckets);
    }
}
