//! How precise a metric is that was measured only a few times: 95 % intervals.
//!
//! The bootstrap draws from the rounds with replacement, and sees how much the statistic moves. It respects
//! a skewed distribution, which a formula does not. But with five rounds its intervals are far too narrow:
//! 95 % intervals hold in 84 % of cases, because five values do not show the whole distribution. Student's
//! t is made for few values but assumes that they are normal. So both are computed, and **the wider one
//! counts**: the bootstrap with its levels widened as t demands (the *expanded percentile interval* of
//! Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 5.1), and t itself.
//!
//! All computations are on logarithms: times and rates are positive, and drift and noise multiply them.
//!
//! **Where it breaks:** an honest interval from three rounds is so wide that it says little. Nothing here
//! replaces rounds that were not measured.

use crate::lab::format;
use special::{Beta, Error};

/// The 2.5 % percentile then rests on 250 resamples.
const RESAMPLES: usize = 10_000;

/// The same rounds give the same interval, on every machine and in every report.
const SEED: u64 = 0x6765_6172;

/// The accepted error: 1 - 95 %.
const ALPHA: f64 = 0.05;

/// From where to where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value is inside, ends included.
    pub(super) fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The interval of `1 / x`, for positive ends.
    pub(super) fn inverse(self) -> Interval {
        Interval {
            low: 1.0 / self.high,
            high: 1.0 / self.low,
        }
    }

    pub(super) fn exp(self) -> Interval {
        Interval {
            low: self.low.exp(),
            high: self.high.exp(),
        }
    }

    fn or_wider(self, other: Interval) -> Interval {
        Interval {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The longer side around the median: `±2 %`.
    pub(crate) fn plus_minus(self, median: f64) -> String {
        let reach = (self.high - median).max(median - self.low) / median * 100.0;
        match reach {
            _ if !reach.is_finite() => String::new(),
            _ if reach < 0.1 => "±0.1 %".to_owned(),
            _ if reach < 0.95 => format!("±{reach:.1} %"),
            _ if reach < 99.5 => format!("±{reach:.0} %"),
            // With rounds so few and so different, the median may be anything.
            _ => ">±100 %".to_owned(),
        }
    }
}

/// `1.80 x [1.60, 2.00]`; without the interval if its ends look the same.
pub(crate) fn times_within(factor: f64, interval: Option<Interval>) -> String {
    let ends = interval.map(|interval| (format::ratio(interval.low), format::ratio(interval.high)));
    match ends {
        Some((low, high)) if low != high => format!("{} [{low}, {high}]", format::times(factor)),
        _ => format::times(factor),
    }
}

/// The accepted error of each interval, if all of them together have to hold with 95 % (Bonferroni).
pub(super) fn alpha(comparisons: usize) -> f64 {
    ALPHA / comparisons.max(1) as f64
}

/// The interval of the mean; `None` for fewer than two values.
pub(super) fn of_mean(values: &[f64], alpha: f64) -> Option<Interval> {
    let spread = Spread::of(values)?;
    let by_t = t_interval(spread.mean, spread.error, spread.freedom, alpha);
    let by_bootstrap = bootstrap(spread.freedom, alpha, |random| {
        resampled_mean(values, random)
    });
    Some(by_t.or_wider(by_bootstrap))
}

/// The interval of the median; `None` for fewer than two values. With six values or more, it lies between
/// two of them, exactly and for every distribution. With fewer, it is by t with the standard error of the
/// median of normal values, which is sqrt(pi/2) times that of the mean.
pub(super) fn of_median(values: &[f64], alpha: f64) -> Option<Interval> {
    if let Some(interval) = sign_interval(values, alpha) {
        return Some(interval);
    }
    let spread = Spread::of(values)?;
    let error = spread.error * std::f64::consts::FRAC_PI_2.sqrt();
    let by_t = t_interval(super::median(values)?, error, spread.freedom, alpha);
    let by_bootstrap = bootstrap(spread.freedom, alpha, |random| {
        super::median(&resample(values, random)).unwrap_or(spread.mean)
    });
    Some(by_t.or_wider(by_bootstrap))
}

/// The median is below the smallest of n values with probability 1/2^n, below the second smallest with
/// (1+n)/2^n, and so on. These are the innermost two values that leave out at most `alpha`.
fn sign_interval(values: &[f64], alpha: f64) -> Option<Interval> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len();
    let (mut left_out, mut probability) = (0.0, 0.5_f64.powf(count as f64));
    let mut inner = None;
    for index in 0..count / 2 {
        left_out += 2.0 * probability;
        if left_out > alpha {
            break;
        }
        inner = Some(index);
        probability *= (count - index) as f64 / (index + 1) as f64;
    }
    let index = inner?;
    Some(Interval {
        low: sorted[index],
        high: sorted[count - 1 - index],
    })
}

/// The interval of the mean of `a` less the mean of `b`, which were not measured in turn (Welch); `None` if
/// either has fewer than two values.
pub(super) fn of_difference(a: &[f64], b: &[f64], alpha: f64) -> Option<Interval> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    let (square_a, square_b) = (of_a.error.powi(2), of_b.error.powi(2));
    let square = square_a + square_b;
    let share = |square: f64, spread: &Spread| square.powi(2) / spread.freedom;
    let freedom = match square {
        0.0 => of_a.freedom + of_b.freedom,
        _ => square.powi(2) / (share(square_a, &of_a) + share(square_b, &of_b)),
    };
    let by_t = t_interval(of_a.mean - of_b.mean, square.sqrt(), freedom, alpha);
    let by_bootstrap = bootstrap(freedom, alpha, |random| {
        resampled_mean(a, random) - resampled_mean(b, random)
    });
    Some(by_t.or_wider(by_bootstrap))
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

pub(super) struct Spread {
    pub(super) mean: f64,
    /// Standard deviation.
    pub(super) deviation: f64,
    /// Standard error of the mean.
    error: f64,
    /// Degrees of freedom.
    freedom: f64,
}

impl Spread {
    pub(super) fn of(values: &[f64]) -> Option<Spread> {
        if values.len() < 2 {
            return None;
        }
        let (count, mean) = (values.len() as f64, mean(values));
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (count - 1.0)).sqrt();
        Some(Spread {
            mean,
            deviation,
            error: deviation / count.sqrt(),
            freedom: count - 1.0,
        })
    }
}

fn t_interval(middle: f64, error: f64, freedom: f64, alpha: f64) -> Interval {
    let reach = t_quantile(alpha, freedom) * error;
    Interval {
        low: middle - reach,
        high: middle + reach,
    }
}

fn resampled_mean(values: &[f64], random: &mut fastrand::Rng) -> f64 {
    let mut sum = 0.0;
    for _ in 0..values.len() {
        sum += values[random.usize(..values.len())];
    }
    sum / values.len() as f64
}

fn resample(values: &[f64], random: &mut fastrand::Rng) -> Vec<f64> {
    let mut draw = || values[random.usize(..values.len())];
    (0..values.len()).map(|_| draw()).collect()
}

/// The percentile interval of a statistic over resamples, its level widened.
fn bootstrap(
    freedom: f64,
    alpha: f64,
    mut statistic: impl FnMut(&mut fastrand::Rng) -> f64,
) -> Interval {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut estimates: Vec<f64> = (0..RESAMPLES).map(|_| statistic(&mut random)).collect();
    estimates.sort_unstable_by(f64::total_cmp);
    let wider = ((freedom + 1.0) / freedom).sqrt() * t_quantile(alpha, freedom);
    // The share of a normal distribution below -wider.
    let share = (wider / std::f64::consts::SQRT_2).compl_error() / 2.0;
    let cut_off = (share * RESAMPLES as f64) as usize;
    Interval {
        low: estimates[cut_off],
        high: estimates[RESAMPLES - 1 - cut_off],
    }
}

/// The value that Student's t exceeds, in either direction, with probability `alpha`: t² is
/// freedom (1 - x) / x, where x has a beta distribution.
fn t_quantile(alpha: f64, freedom: f64) -> f64 {
    let (p, q) = (freedom / 2.0, 0.5);
    let x = alpha.inv_inc_beta(p, q, p.ln_beta(q));
    (freedom * (1.0 - x) / x).sqrt()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn t_is_as_in_the_tables() {
        for (freedom, expected) in [(1.0, 12.7062), (2.0, 4.3027), (4.0, 2.7764), (9.0, 2.2622)] {
            assert!((t_quantile(0.05, freedom) - expected).abs() < 1e-4);
        }
        assert!((t_quantile(0.01, 4.0) - 4.6041).abs() < 1e-4);
        assert!(
            (t_quantile(0.05 / 6.0, 4.0) - 4.8510).abs() < 2e-3,
            "one of six"
        );
    }

    #[test]
    fn an_interval_is_shown_by_its_longer_side() {
        let interval = |low, high| Interval { low, high };
        assert_eq!(interval(97.0, 101.0).plus_minus(100.0), "±3 %");
        assert_eq!(interval(99.5, 100.0).plus_minus(100.0), "±0.5 %");
        assert_eq!(
            times_within(1.8, Some(interval(1.6, 2.0))),
            "1.80 x [1.60, 2.00]"
        );
    }

    #[test]
    fn the_same_rounds_give_the_same_interval() {
        let values = [1.0, 1.1, 0.9, 1.05, 1.2];
        assert_eq!(of_mean(&values, 0.05), of_mean(&values, 0.05));
        assert_eq!(of_mean(&[1.0], 0.05), None);
        let same = of_mean(&[2.0; 5], 0.05).unwrap();
        assert_eq!((same.low, same.high), (2.0, 2.0));
    }

    #[test]
    fn the_median_lies_between_two_of_many_values() {
        let of = |count: u32| {
            let values: Vec<f64> = (1..=count).map(f64::from).collect();
            sign_interval(&values, 0.05).map(|interval| (interval.low, interval.high))
        };
        // As in the tables of the sign test.
        let expected = [
            None,
            Some((1.0, 6.0)),
            Some((1.0, 8.0)),
            Some((2.0, 8.0)),
            Some((2.0, 9.0)),
        ];
        assert_eq!([5, 6, 8, 9, 10].map(of), expected);
    }

    /// The share of intervals that hold the true mean, each computed from `rounds` normal values.
    fn coverage(tries: u32, rounds: usize, interval: impl Fn(&[f64]) -> Interval) -> f64 {
        let mut random = fastrand::Rng::with_seed(7);
        let mut normal = || {
            let (a, b) = (1.0 - random.f64(), random.f64());
            (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        let hits = (0..tries)
            .filter(|_| {
                let values: Vec<f64> = (0..rounds).map(|_| normal()).collect();
                interval(&values).contains(0.0)
            })
            .count();
        hits as f64 / f64::from(tries)
    }

    #[test]
    fn with_five_rounds_the_plain_bootstrap_is_too_narrow_and_ours_is_not() {
        let plain = |values: &[f64]| {
            let mut random = fastrand::Rng::with_seed(SEED);
            let mut means: Vec<f64> = (0..1000)
                .map(|_| mean(&resample(values, &mut random)))
                .collect();
            means.sort_unstable_by(f64::total_cmp);
            Interval {
                low: means[25],
                high: means[974],
            }
        };
        let narrow = coverage(2000, 5, plain);
        assert!(narrow < 0.87, "{narrow}");
        let ours = coverage(300, 5, |values| of_mean(values, 0.05).unwrap());
        assert!(ours > 0.93, "{ours}");
        let of_median = coverage(300, 5, |values| of_median(values, 0.05).unwrap());
        assert!(of_median > 0.93, "{of_median}");
    }
}
