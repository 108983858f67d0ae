//! Numbers as people read them: three digits that count, and the unit beside them.
//!
//! **Where it breaks:** what is shown with three digits is not what was measured; programs read JSON or
//! CSV.

use super::metric::Metric;
use super::stats::Interval;

/// `0.0123`, `1.23`, `12.3`, `123`, `1.23 k`, `12.3 M`: three digits that count.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    // 999.6 is shown as 1.00 k, and not as 1000.
    let prefixes = [(1e9, " G"), (1e6, " M"), (1e3, " k")];
    let fits = |(size, _): &&(f64, &str)| value.abs() >= size * 0.9995;
    match prefixes.iter().find(fits) {
        Some((size, prefix)) => format!("{}{prefix}", digits(value / size)),
        None => digits(value),
    }
}

/// Three digits that count, without a prefix: of large numbers all before the point, of small ones at
/// most four after it.
pub fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        0.0 => 0,
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        size if size >= 0.0995 => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

/// `20 k` and not `20.0 k`: for values that somebody chose.
pub fn round(value: f64) -> String {
    let text = short(value);
    let (number, prefix) = match text.split_once(' ') {
        Some((number, prefix)) => (number, format!(" {prefix}")),
        None => (text.as_str(), String::new()),
    };
    match number.contains('.') {
        true => format!(
            "{}{prefix}",
            number.trim_end_matches('0').trim_end_matches('.')
        ),
        false => text,
    }
}

/// `2.00 x`, `14.0 x`, `1234 x`.
pub fn times(factor: f64) -> String {
    format!("{} x", ratio(factor))
}

/// A ratio: two decimals below ten, for 1.02 is not 1.
fn ratio(factor: f64) -> String {
    match factor {
        _ if !factor.is_finite() => "n/a".to_owned(),
        _ if factor >= 99.95 => format!("{factor:.0}"),
        _ if factor >= 9.995 => format!("{factor:.1}"),
        _ => format!("{factor:.2}"),
    }
}

/// `1.80 x [1.60, 2.00]`; without the interval where its ends are told as the factor is, as of what was
/// the same in all rounds.
pub fn times_within(factor: f64, interval: Option<Interval>) -> String {
    match interval {
        Some(Interval { low, high }) if ratio(low) != ratio(high) => {
            format!("{} [{}, {}]", times(factor), ratio(low), ratio(high))
        }
        _ => times(factor),
    }
}

/// How far an interval reaches from the median at most: `±2 %`.
pub fn plus_minus(median: f64, interval: Interval) -> String {
    let reach = (interval.high - median).max(median - interval.low) / median * 100.0;
    match reach {
        _ if !reach.is_finite() => String::new(),
        _ if reach < 0.1 => "±0.1 %".to_owned(),
        _ if reach < 0.95 => format!("±{reach:.1} %"),
        _ if reach < 99.5 => format!("±{reach:.0} %"),
        // Of so few and so different rounds the median may be anything.
        _ => ">±100 %".to_owned(),
    }
}

/// With its unit, for a sentence: `12.3 k messages/s`, `1.24 ms`, `48.0 MiB`.
pub fn with_unit(metric: Metric, value: f64) -> String {
    match metric {
        Metric::P50 | Metric::P99 | Metric::Max | Metric::Cpu => microseconds(value),
        Metric::Memory => format!("{} MiB", digits(value / MIB)),
        Metric::MemoryPerConnection => format!("{} bytes", short(value)),
        Metric::Cores | Metric::Threads | Metric::Switches => short(value),
        _ => format!("{} {}", short(value), metric.unit()),
    }
}

/// `85.0 µs`, `1.24 ms`, `2.00 s`.
pub fn microseconds(value: f64) -> String {
    match value {
        _ if value >= 999_500.0 => format!("{} s", digits(value / 1e6)),
        _ if value >= 999.5 => format!("{} ms", digits(value / 1e3)),
        _ => format!("{} µs", digits(value)),
    }
}

/// In which memory is shown.
pub const MIB: f64 = 1_048_576.0;

/// `5 %`, `0.4 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 0.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// `a, b and c`.
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [before @ .., last] => {
            let before: Vec<&str> = before.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", before.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_count() {
        let shown = [
            0.0, 0.012, 0.5, 1.234, 12.34, 123.4, 999.7, 12_345.0, 1.5e6, 2e9,
        ]
        .map(short);
        let expected = [
            "0", "0.0120", "0.500", "1.23", "12.3", "123", "1.00 k", "12.3 k", "1.50 M", "2.00 G",
        ];
        assert_eq!(shown, expected);
        assert_eq!(short(f64::NAN), "n/a");
        let shown = [1.0, 10.0, 1000.0, 1500.0, 0.5].map(round);
        assert_eq!(shown, ["1", "10", "1 k", "1.5 k", "0.5"]);
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        let shown = [85.04, 999.6, 1240.0, 2e6].map(microseconds);
        assert_eq!(shown, ["85.0 µs", "1.00 ms", "1.24 ms", "2.00 s"]);
    }

    #[test]
    fn an_interval_is_told_by_its_longer_half() {
        let interval = |low, high| Interval { low, high };
        assert_eq!(plus_minus(100.0, interval(97.0, 101.0)), "±3 %");
        assert_eq!(plus_minus(100.0, interval(99.5, 100.0)), "±0.5 %");
        assert_eq!(
            times_within(1.8, Some(interval(1.6, 2.0))),
            "1.80 x [1.60, 2.00]"
        );
    }
}
