//! How far a figure can be trusted that was measured only a few times: 95 % intervals.
//!
//! The bootstrap draws from the rounds, with replacement, and looks how much the figure moves. It knows
//! of a skewed distribution what a formula does not. But of five rounds it makes intervals that are far
//! too narrow (its 95 % hold in 84 %): five values do not show how wide the world is. Student's t
//! is made for few values, but takes them for normal. So both are asked and **the wider answer counts**:
//! the bootstrap with its levels moved outwards as t demands (the *expanded percentile interval* of
//! Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 5.1), and t itself.
//!
//! All is done on logarithms: times and rates are positive, and drift and noise multiply.
//!
//! **Where it breaks:** three rounds make an honest interval so wide that it says little. Nothing here
//! makes up for rounds that were not measured.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// Resamples of a bootstrap: percentiles at 2.5 % then rest on 250 of them.
pub const RESAMPLES: usize = 10_000;

/// The same rounds give the same interval, on every machine and in every report made of them.
const SEED: u64 = 0x6765_6172;

/// What may be wrong: 1 - 95 %.
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
    /// Whether a value is in it, its ends included.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// That of `1 / x`, for positive ends.
    pub fn inverse(self) -> Interval {
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
}

/// The share that may be wrong in one of so many intervals that are to hold *all* with 95 %
/// (Bonferroni).
pub(super) fn alpha(comparisons: usize) -> f64 {
    ALPHA / comparisons.max(1) as f64
}

/// Of the mean of `values`; `None` for fewer than two.
pub(super) fn of_mean(values: &[f64], alpha: f64) -> Option<Interval> {
    let spread = Spread::of(values)?;
    let by_t = t_interval(
        spread.mean,
        spread.error(),
        spread.degrees_of_freedom(),
        alpha,
    );
    let by_bootstrap = bootstrap(spread.degrees_of_freedom(), alpha, |random| {
        resampled_mean(values, random)
    });
    Some(by_t.or_wider(by_bootstrap))
}

/// Of the median of `values`; `None` for fewer than two. From six values on between two of them, exactly
/// and whatever the distribution; of fewer by t with the standard error of a median of normal values,
/// sqrt(pi/2) times that of the mean.
pub(super) fn of_median(values: &[f64], alpha: f64) -> Option<Interval> {
    if let Some(interval) = sign_interval(values, alpha) {
        return Some(interval);
    }
    let spread = Spread::of(values)?;
    let error = spread.error() * std::f64::consts::FRAC_PI_2.sqrt();
    let by_t = t_interval(
        super::median(values)?,
        error,
        spread.degrees_of_freedom(),
        alpha,
    );
    let by_bootstrap = bootstrap(spread.degrees_of_freedom(), alpha, |random| {
        super::median(&resample(values, random)).unwrap_or(spread.mean)
    });
    Some(by_t.or_wider(by_bootstrap))
}

/// The median is below the smallest of n values with probability 1/2^n, below the second with (1+n)/2^n
/// and so on: the innermost two that leave out at most `alpha`.
fn sign_interval(values: &[f64], alpha: f64) -> Option<Interval> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len();
    let (mut left_out, mut ways) = (0.0, 0.5_f64.powf(count as f64));
    let mut inner = None;
    for index in 0..count / 2 {
        left_out += 2.0 * ways;
        if left_out > alpha {
            break;
        }
        inner = Some(index);
        ways *= (count - index) as f64 / (index + 1) as f64;
    }
    let index = inner?;
    Some(Interval {
        low: sorted[index],
        high: sorted[count - 1 - index],
    })
}

/// Of the mean of `a` less that of `b`, which were not measured in turn (Welch); `None` if one has fewer
/// than two values.
pub(super) fn of_difference(a: &[f64], b: &[f64], alpha: f64) -> Option<Interval> {
    let (of_a, of_b) = (Spread::of(a)?, Spread::of(b)?);
    let (square_a, square_b) = (of_a.error().powi(2), of_b.error().powi(2));
    let square = square_a + square_b;
    let share = |square: f64, spread: &Spread| square.powi(2) / spread.degrees_of_freedom();
    let degrees_of_freedom = match square {
        0.0 => of_a.degrees_of_freedom() + of_b.degrees_of_freedom(),
        _ => square.powi(2) / (share(square_a, &of_a) + share(square_b, &of_b)),
    };
    let by_t = t_interval(
        of_a.mean - of_b.mean,
        square.sqrt(),
        degrees_of_freedom,
        alpha,
    );
    let by_bootstrap = bootstrap(degrees_of_freedom, alpha, |random| {
        resampled_mean(a, random) - resampled_mean(b, random)
    });
    Some(by_t.or_wider(by_bootstrap))
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

struct Spread {
    count: f64,
    mean: f64,
    deviation: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Spread> {
        if values.len() < 2 {
            return None;
        }
        let (count, mean) = (values.len() as f64, mean(values));
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Some(Spread {
            count,
            mean,
            deviation: (squares / (count - 1.0)).sqrt(),
        })
    }

    fn error(&self) -> f64 {
        self.deviation / self.count.sqrt()
    }

    fn degrees_of_freedom(&self) -> f64 {
        self.count - 1.0
    }
}

fn t_interval(middle: f64, error: f64, degrees_of_freedom: f64, alpha: f64) -> Interval {
    let reach = t_quantile(1.0 - alpha / 2.0, degrees_of_freedom) * error;
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

/// The percentile interval of what `statistic` gives for each resample, its level moved outwards.
fn bootstrap(
    degrees_of_freedom: f64,
    alpha: f64,
    mut statistic: impl FnMut(&mut fastrand::Rng) -> f64,
) -> Interval {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut estimates: Vec<f64> = (0..RESAMPLES).map(|_| statistic(&mut random)).collect();
    estimates.sort_unstable_by(f64::total_cmp);
    let wider = ((degrees_of_freedom + 1.0) / degrees_of_freedom).sqrt()
        * t_quantile(1.0 - alpha / 2.0, degrees_of_freedom);
    let share = Normal::standard().cdf(-wider);
    let cut_off = (share * RESAMPLES as f64) as usize;
    Interval {
        low: estimates[cut_off],
        high: estimates[RESAMPLES - 1 - cut_off],
    }
}

/// The value below which Student's t lies with probability `level`.
fn t_quantile(level: f64, degrees_of_freedom: f64) -> f64 {
    let t = StudentsT::new(0.0, 1.0, degrees_of_freedom).expect("with two values there is freedom");
    t.inverse_cdf(level)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn t_is_as_in_the_tables() {
        for (degrees_of_freedom, expected) in
            [(1.0, 12.7062), (2.0, 4.3027), (4.0, 2.7764), (9.0, 2.2622)]
        {
            assert!((t_quantile(0.975, degrees_of_freedom) - expected).abs() < 1e-4);
        }
        assert!((t_quantile(0.995, 4.0) - 4.6041).abs() < 1e-4);
        assert!(
            (t_quantile(1.0 - 0.05 / 12.0, 4.0) - 4.8510).abs() < 2e-3,
            "one of six"
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

    /// The share of so many intervals of so many normal values that hold the true mean.
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
    fn of_five_rounds_the_plain_bootstrap_is_too_narrow_and_ours_is_not() {
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
