//! Numbers as people read them: three significant digits with a unit.
//!
//! **Where it breaks:** three digits are less than what was measured. Programs should read JSON or CSV.

use super::metric::Metric;

/// `0.0123`, `1.23`, `12.3`, `123`, `1.23 k`, `12.3 M`: three significant digits.
pub(super) fn short(value: f64) -> String {
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

/// Three significant digits without a prefix: all digits before the point of a large number, at most four
/// after that of a small one.
pub(super) fn digits(value: f64) -> String {
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
pub(super) fn round(value: f64) -> String {
    let text = short(value);
    let (number, prefix) = text.split_at(text.find(' ').unwrap_or(text.len()));
    if !number.contains('.') {
        return text;
    }
    let number = number.trim_end_matches('0').trim_end_matches('.');
    format!("{number}{prefix}")
}

/// `2.00 x`, `14.0 x`, `1234 x`.
pub(super) fn times(factor: f64) -> String {
    format!("{} x", ratio(factor))
}

/// Two decimals below ten, because 1.02 is not 1.
pub(super) fn ratio(factor: f64) -> String {
    match factor {
        _ if !factor.is_finite() => "n/a".to_owned(),
        _ if factor >= 99.95 => format!("{factor:.0}"),
        _ if factor >= 9.995 => format!("{factor:.1}"),
        _ => format!("{factor:.2}"),
    }
}

/// With its unit, for a sentence: `12.3 k messages/s`, `1.24 ms`, `48.0 MiB`.
pub(super) fn with_unit(metric: Metric, value: f64) -> String {
    match metric {
        Metric::P50 | Metric::P99 | Metric::Max | Metric::Cpu => microseconds(value),
        Metric::MemoryPerConnection => format!("{} bytes", short(value)),
        Metric::Cores | Metric::Threads | Metric::Switches => short(value),
        _ => format!("{} {}", in_table(metric, value), metric.shown_in().0),
    }
}

/// Without its unit, which is in the head of the table.
pub(super) fn in_table(metric: Metric, value: f64) -> String {
    match metric {
        Metric::Memory => digits(value / metric.shown_in().1),
        Metric::Cpu | Metric::Cores | Metric::Switches => digits(value),
        Metric::Threads => format!("{value:.0}"),
        _ => short(value),
    }
}

/// `85.0 µs`, `1.24 ms`, `2.00 s`.
pub(super) fn microseconds(value: f64) -> String {
    match value {
        _ if value >= 999_500.0 => format!("{} s", digits(value / 1e6)),
        _ if value >= 999.5 => format!("{} ms", digits(value / 1e3)),
        _ => format!("{} µs", digits(value)),
    }
}

/// `31.2 GiB`.
pub(super) fn gib(bytes: u64) -> String {
    format!("{} GiB", digits(bytes as f64 / 1_073_741_824.0))
}

/// `5 %`, `0.4 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = usize::from(percent.abs() < 0.95);
    format!("{percent:.decimals$} %")
}

/// `1 core`, `2 cores`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `a, b and c`.
pub(super) fn list<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match &words[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits() {
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
    fn times_are_shown_in_a_fitting_unit() {
        let shown = [85.04, 999.6, 1240.0, 2e6].map(microseconds);
        assert_eq!(shown, ["85.0 µs", "1.00 ms", "1.24 ms", "2.00 s"]);
    }
}
