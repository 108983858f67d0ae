//! From a value to a position in the drawing, linear or logarithmic.
//!
//! **Where it breaks:** a logarithmic scale has no zero. The caller checks that all values are positive.

use crate::lab::format::round;

/// The values of grid lines, some with a label.
pub(super) type Ticks = Vec<(f64, Option<String>)>;

/// An axis.
pub(super) struct Scale {
    pub(super) from: f64,
    pub(super) to: f64,
    logarithmic: bool,
    /// Where `from` and `to` are drawn.
    ends: [f64; 2],
    pub(super) ticks: Ticks,
}

impl Scale {
    /// Linear, from zero to a little more than `max`.
    pub(super) fn from_zero(max: f64, ends: [f64; 2]) -> Scale {
        let max = if max > 0.0 { bounded(max) } else { 1.0 };
        let rough = step(max, ends);
        let to = (max * 1.02 / rough).ceil() * rough;
        let step = step(to, ends);
        let values = (0..=(to / step + 1e-9) as u32).map(|number| f64::from(number) * step);
        let ticks = values.map(|value| (value, Some(round(value)))).collect();
        Scale::linear(to, ends, ticks)
    }

    /// Linear, from zero to `to`.
    pub(super) fn linear(to: f64, ends: [f64; 2], ticks: Ticks) -> Scale {
        Scale {
            from: 0.0,
            to,
            logarithmic: false,
            ends,
            ticks,
        }
    }

    /// Logarithmic, with some room at both ends.
    pub(super) fn logarithmic([min, max]: [f64; 2], ends: [f64; 2]) -> Scale {
        let (min, max) = (bounded(min), bounded(max));
        let room = (max / min).powf(0.03).max(1.1);
        let (from, to) = (min / room, max * room);
        Scale {
            from,
            to,
            logarithmic: true,
            ends,
            ticks: by_tens(from, to),
        }
    }

    /// Labels all ticks with times; values are microseconds.
    pub(super) fn with_times(mut self) -> Scale {
        for (value, label) in &mut self.ticks {
            let time = match *value {
                value if value >= 1e6 => format!("{} s", round(value / 1e6)),
                value if value >= 1e3 => format!("{} ms", round(value / 1e3)),
                value => format!("{} µs", round(value)),
            };
            *label = label.as_ref().map(|_| time);
        }
        self
    }

    pub(super) fn position(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        let [start, end] = self.ends;
        let share = if share.is_nan() { 0.0 } else { share };
        start + share.clamp(0.0, 1.0) * (end - start)
    }
}

/// 1, 2 and 5 times each power of ten. Over many powers, fewer have a label.
fn by_tens(from: f64, to: f64) -> Ticks {
    let powers = (to / from).log10();
    let (first, last) = (from.log10().floor() as i32, to.log10().ceil() as i32);
    let every = if powers > 6.0 { 2 } else { 1 };
    let mut all = Vec::new();
    for power in first..=last {
        for digit in [1.0, 2.0, 5.0] {
            let value = digit * 10_f64.powi(power);
            let is_labelled = (digit == 1.0 && power.rem_euclid(every) == 0) || powers < 1.7;
            if (from..=to).contains(&value) && (powers < 3.5 || digit == 1.0) {
                all.push((value, is_labelled.then(|| round(value))));
            }
        }
    }
    all
}

/// No measurement is beyond these bounds, but a damaged file may be, and ticks are counted.
fn bounded(value: f64) -> f64 {
    value.clamp(1e-12, 1e18)
}

/// The distance of ticks: 1, 2 or 5 times a power of ten, so that there are four to nine. On a short
/// horizontal axis there are fewer, because their labels would touch.
fn step(length: f64, [start, end]: [f64; 2]) -> f64 {
    let is_narrow_x = end > start && end - start < 350.0;
    let min_count = if is_narrow_x { 2.5 } else { 4.0 };
    let power = 10_f64.powf((length / min_count).log10().floor());
    let fits = |digit: &f64| length / (digit * power) >= min_count;
    let digit = [5.0, 2.0].into_iter().find(fits).unwrap_or(1.0);
    digit * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(scale: &Scale) -> Vec<String> {
        let labels = scale.ticks.iter();
        labels.filter_map(|(_, label)| label.clone()).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let scale = Scale::from_zero(151_000.0, [100.0, 0.0]);
        assert_eq!(
            labelled(&scale),
            [
                "0", "20 k", "40 k", "60 k", "80 k", "100 k", "120 k", "140 k", "160 k"
            ]
        );
        let scale = Scale::logarithmic([10.0, 90_000.0], [0.0, 100.0]);
        assert_eq!(labelled(&scale), ["10", "100", "1 k", "10 k", "100 k"]);
        let scale = Scale::logarithmic([30.0, 400.0], [0.0, 100.0]);
        assert_eq!(labelled(&scale), ["50", "100", "200"]);
        for (least, most) in [(0.001, 0.0011), (1e-3, 1e9), (5.0, 5.0)] {
            let count = labelled(&Scale::logarithmic([least, most], [0.0, 1.0])).len();
            assert!(count <= 9, "{least} to {most}: {count}");
        }
    }

    #[test]
    fn extreme_values_have_few_ticks() {
        for most in [1e-320, 1e308, f64::INFINITY, -1.0] {
            assert!(Scale::from_zero(most, [0.0, 1.0]).ticks.len() < 20);
            assert!(Scale::logarithmic([1e-320, most], [0.0, 1.0]).ticks.len() < 60);
        }
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let scale = Scale::logarithmic([10.0, 100.0], [50.0, 400.0]);
        assert_eq!((scale.position(0.0), scale.position(1e9)), (50.0, 400.0));
        assert_eq!(Scale::from_zero(0.0, [0.0, 10.0]).position(0.0), 0.0);
    }
}
