//! Times with units, and round times for an axis.

/// The units of an axis, in nanoseconds.
const UNITS: [(u64, &str); 4] = [
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// Three significant digits, in the largest unit that fits: `1.82 s`, `417 us`.
pub(super) fn duration(nanoseconds: u64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    if nanoseconds >= 4 * HOUR {
        return format!("{:.1} h", nanoseconds as f64 / HOUR as f64);
    }
    let (unit, name) = unit_of(nanoseconds);
    let value = nanoseconds as f64 / unit as f64;
    let decimals = match value {
        _ if unit == 1 || value.fract() == 0.0 => 0,
        value if value >= 99.95 => 0,
        value if value >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$} {name}")
}

fn unit_of(nanoseconds: u64) -> (u64, &'static str) {
    let fits = |(unit, _): &&(u64, &str)| nanoseconds >= *unit;
    UNITS.iter().find(fits).copied().unwrap_or((1, "s"))
}

/// Round times from `from` to `until`, in at most `max` steps, each with its label. All labels have the same
/// unit.
pub(super) fn ticks(from: u64, until: u64, max: usize) -> Vec<(u64, String)> {
    let length = until.saturating_sub(from).max(1);
    let step = step(length, max.max(1) as u64);
    let (unit, name) = match unit_of(until) {
        // Steps of less than a hundredth of a second are labelled in milliseconds, and so on.
        (unit, _) if step * 100 < unit => unit_of(step),
        unit => unit,
    };
    let decimals = (unit / step).checked_ilog10().map_or(0, |digits| {
        digits as usize + usize::from(10_u64.pow(digits) < unit / step)
    });
    let first = from.div_ceil(step);
    (first..=until / step)
        .map(|number| {
            let at = number * step;
            let value = at as f64 / unit as f64;
            (at, format!("{value:.decimals$} {name}"))
        })
        .collect()
}

/// The smallest of 1, 2, 5, 10, … that fits into `length` at most `max` times.
fn step(length: u64, max: u64) -> u64 {
    let mut decade: u64 = 1;
    loop {
        for round in [1, 2, 5] {
            let step = round * decade;
            if length / step <= max {
                return step;
            }
        }
        decade *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(from: u64, until: u64, max: usize) -> Vec<String> {
        let ticks = ticks(from, until, max);
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let second = 1_000_000_000;
        assert_eq!(
            shown(0, second, 6),
            ["0.0 s", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1.0 s"]
        );
        assert_eq!(shown(0, 3 * second, 4), ["0 s", "1 s", "2 s", "3 s"]);
        assert_eq!(
            shown(250_000, 1_000_000, 4),
            ["0.4 ms", "0.6 ms", "0.8 ms", "1.0 ms"]
        );
        assert_eq!(
            shown(second, second + 3_000, 4),
            ["1000000 us", "1000001 us", "1000002 us", "1000003 us"]
        );
        assert_eq!(shown(0, 0, 5), ["0 s"]);
        assert_eq!(shown(0, 7, 3), ["0 ns", "2 ns", "4 ns", "6 ns"]);
    }

    #[test]
    fn durations_have_three_significant_digits() {
        let shown = [0, 7, 1_500, 99_960, 417_300, 1_000_000, 1_817_000_000].map(duration);
        assert_eq!(
            shown,
            [
                "0 s", "7 ns", "1.50 us", "100 us", "417 us", "1 ms", "1.82 s"
            ]
        );
    }
}
