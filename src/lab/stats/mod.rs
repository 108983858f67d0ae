//! What can be concluded from a few rounds, and what cannot.
//!
//! **The unit is the round, never the message.** A million messages of one second share the temperature,
//! the other programs and the memory layout of that second. They are one observation of the machine, not a
//! million. Counted as a million, they would give intervals of a thousandth, and a winner in every
//! comparison of a program with itself.
//!
//! - `interval`: how precise a metric of few rounds is;
//! - [`verdict`]: two subjects measured in turn: slower, faster, or no difference shown;
//! - [`baseline`]: two runs at different times: a regression, or not;
//! - [`merge`]: percentiles over rounds, from the histograms;
//! - [`quality`]: outliers, drift, noise, errors and a generator at its limit, in sentences.
//!
//! **Where it breaks:** an interval says how well the rounds of *this* run agree. It does not include
//! another machine, another day or another build.

pub mod baseline;
pub(crate) mod interval;
pub mod merge;
mod outlier;
pub mod quality;
pub mod verdict;

pub use interval::Interval;
pub use verdict::{Comparison, Outcome, compare};

/// With fewer rounds there is no verdict. Two rounds do have an interval, but Student's t with one degree
/// of freedom makes it 12.7 standard errors wide.
pub(crate) const FEWEST_ROUNDS: usize = 3;

/// A smaller difference does not count: where code and stack happen to lie in memory changes the speed of
/// the same program by as much. This is criterion's default, too.
pub(crate) const NOISE_FLOOR: f64 = 0.01;

/// A metric over the rounds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// The 95 % interval of the median; `None` for fewer than [`FEWEST_ROUNDS`].
    pub(crate) interval: Option<Interval>,
}

impl Summary {
    /// `None` for no values.
    pub(crate) fn of(values: &[f64]) -> Option<Summary> {
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(0.0, f64::max);
        let logs: Option<Vec<f64>> = (values.len() >= FEWEST_ROUNDS && min > 0.0)
            .then(|| values.iter().map(|value| value.ln()).collect());
        Some(Summary {
            median: median(values)?,
            min,
            max,
            interval: logs
                .and_then(|logs| interval::of_median(&logs, interval::alpha(1)))
                .map(Interval::exp),
        })
    }
}

/// The middle value, or the mean of the two in the middle; `None` for no values.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The value below which the share `at` of all values lies, interpolated between two values (type 7 of
/// Hyndman and Fan, as in R and NumPy); `None` for no values.
fn quantile(values: &[f64], at: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = at * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
    Some(below + (above - below) * rank.fract())
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
        let summary = Summary::of(&[1.0, 2.0]).unwrap();
        assert_eq!((summary.median, summary.interval), (1.5, None));
        assert!(Summary::of(&[1.0, 2.0, 1.5]).unwrap().interval.is_some());
    }
}
