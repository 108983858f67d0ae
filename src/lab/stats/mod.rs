//! What can be concluded from a few rounds, and what cannot.
//!
//! **The unit is the round, never the message.** A million messages of one second share that second's
//! temperature, neighbours and memory layout: they are one observation of the machine, not a million.
//! Taking them for a million gives intervals of a thousandth and a winner in every comparison of a
//! program with itself.
//!
//! - [`interval`]: how far a figure of few rounds can be trusted;
//! - [`verdict`]: two subjects, measured in turn: slower, faster, or no difference shown;
//! - [`baseline`]: two runs, not measured in turn: a regression, or not;
//! - [`merge`]: percentiles over rounds, from the histograms;
//! - [`quality`]: outliers, drift, noise, errors, a generator at its limit, in whole sentences.
//!
//! **Where it breaks:** an interval says how far the rounds of *this* run agree. Another machine, another
//! day or another build is not in it.

pub mod baseline;
pub mod interval;
pub mod merge;
pub mod outlier;
pub mod quality;
pub mod verdict;

pub use interval::Interval;
pub use verdict::{Comparison, Outcome, compare, compare_with_best};

/// With fewer rounds nothing is said about differences. Two rounds have an interval, but t with one
/// degree of freedom makes it 12.7 standard errors wide.
pub const FEWEST_ROUNDS: usize = 3;

/// A difference below is none: where code and stack happen to lie in memory moves the same program by
/// as much. criterion's default, too.
pub const NOISE_FLOOR: f64 = 0.01;

/// A figure over the rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The values, in the order of the rounds.
    pub values: Vec<f64>,
    /// As many are above as below.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Where the median lies with 95 %; `None` for fewer than [`FEWEST_ROUNDS`].
    pub interval: Option<Interval>,
}

impl Summary {
    /// `None` for no values.
    pub fn of(values: Vec<f64>) -> Option<Summary> {
        let median = median(&values)?;
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(0.0, f64::max);
        let enough = values.len() >= FEWEST_ROUNDS && min > 0.0;
        let logs = || -> Vec<f64> { values.iter().map(|value| value.ln()).collect() };
        let interval = if enough {
            interval::of_median(&logs(), interval::alpha(1)).map(Interval::exp)
        } else {
            None
        };
        Some(Summary {
            median,
            min,
            max,
            interval,
            values,
        })
    }
}

/// The middle value, or the mean of the two in the middle; `None` for none.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value below which the share `at` of them lies, between two of them in proportion (type 7 of
/// Hyndman and Fan, as R and NumPy do); `None` for none.
pub fn quantile(values: &[f64], at: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let index = at * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted[index.floor() as usize],
        sorted[index.ceil() as usize],
    );
    Some(below + (above - below) * index.fract())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_as_in_r() {
        let values = [7.0, 1.0, 3.0, 10.0];
        assert_eq!(median(&values), Some(5.0));
        assert_eq!(quantile(&values, 0.25), Some(2.5));
        assert_eq!(quantile(&values, 1.0), Some(10.0));
        assert_eq!(median(&[4.0]), Some(4.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn two_rounds_have_a_median_and_no_interval() {
        let summary = Summary::of(vec![1.0, 2.0]).unwrap();
        assert_eq!((summary.median, summary.interval), (1.5, None));
        assert!(Summary::of(vec![1.0, 2.0, 1.5]).unwrap().interval.is_some());
    }
}
