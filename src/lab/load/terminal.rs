//! A run in the terminal, in at most 80 columns: results first, and then notes on how reliable they are.
//!
//! **Where it breaks:** percentiles other than the saved ones come from the buckets, which have two digits.

use super::{Outcome, Plan};
use crate::lab::format::{count, microseconds};
use crate::lab::result::{Latency, Sample};
use crate::lab::stats::merge;
use crate::text::wrap;
use std::fmt::Write;

const COLUMNS: usize = 80;

/// The most rows of the histogram.
const ROWS: usize = 12;

/// Columns of a bar.
const BAR: usize = 48;

/// The report, with these percentiles.
pub(super) fn report(plan: &Plan, outcome: &Outcome, percentiles: &[f64]) -> String {
    let sample = &outcome.sample;
    let mut text = String::new();
    line(&mut text, &plan.target.url);
    line(&mut text, &parameters(plan));
    if outcome.interrupted {
        line(&mut text, "interrupted: these are the results until then");
    }
    line(&mut text, "");
    throughput(&mut text, plan, sample);
    if sample.latency.count > 0 {
        line(&mut text, "");
        latencies(&mut text, plan, sample, percentiles);
        line(&mut text, "");
        histogram(&mut text, &sample.latency);
    }
    if !sample.error_kinds.is_empty() {
        line(&mut text, "");
        line(&mut text, &format!("{} errors", thousands(sample.errors)));
        for (kind, count) in &sample.error_kinds {
            line(&mut text, &format!("{:>12}  {kind}", thousands(*count)));
        }
    }
    for note in &outcome.notes {
        line(&mut text, "");
        text.push_str(&wrap(note, COLUMNS));
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn row(text: &mut String, name: &str, value: &str) {
    line(text, &format!("{name:<14}{value}"));
}

fn parameters(plan: &Plan) -> String {
    let of = &plan.parameters;
    let clients = thousands(of.connections as u64);
    let kind = if of.text { "text" } else { "binary" };
    let count = |count: usize, what: &str| {
        (count > 0).then(|| format!("{} {what}", thousands(count as u64)))
    };
    let parts = [
        Some(match of.rate_per_second {
            _ if of.fan_out => format!("fan-out to {clients} clients"),
            None => format!("closed loop, {clients} clients"),
            Some(rate) => format!("open loop, {}/s over {clients} clients", number(rate)),
        }),
        (of.in_flight > 1).then(|| format!("{} in flight", of.in_flight)),
        Some(format!("{} B {kind}", thousands(of.message_bytes as u64))),
        of.messages_per_connection
            .map(|messages| format!("{messages} messages per connection")),
        count(of.idle, "idle"),
        count(of.slow_readers, "that never read"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn throughput(text: &mut String, plan: &Plan, sample: &Sample) {
    let seconds = sample.elapsed_seconds;
    let what = if plan.parameters.fan_out {
        "deliveries"
    } else {
        "messages"
    };
    let rate = if seconds > 0.0 {
        number(sample.messages as f64 / seconds)
    } else {
        number(0.0)
    };
    let all = thousands(sample.messages);
    row(text, what, &format!("{all} in {seconds:.2} s, {rate}/s"));
    let generator = &sample.generator;
    let rates = plan
        .parameters
        .rate_per_second
        .zip(generator.achieved_rate_per_second);
    if let Some((asked, sent)) = rates {
        let late = match generator.late_sends {
            0 => "none late".to_owned(),
            late => format!("{} late by more than 1 ms", thousands(late)),
        };
        let (sent, asked) = (number(sent), number(asked));
        row(
            text,
            "sent",
            &format!("{sent}/s of {asked}/s requested, {late}"),
        );
    }
    let opened = format!("{} opened", thousands(sample.connected));
    row(text, "connections", &opened);
    let busy = generator.busy_share.map_or(String::new(), |busy| {
        format!(", {:.0} % busy", busy * 100.0)
    });
    let threads = count(generator.threads, "thread");
    row(text, "generator", &(threads + &busy));
    per_second(text, sample);
}

/// One bar per second, relative to the best second.
fn per_second(text: &mut String, sample: &Sample) {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const MAX_BARS: usize = COLUMNS - 14 - 26;
    let seconds = &sample.per_second;
    let (Some(min), Some(max)) = (seconds.iter().min(), seconds.iter().max()) else {
        return;
    };
    if seconds.len() < 2 || *max == 0 {
        return;
    }
    let bar = |some: &[u64]| {
        let mean = some.iter().sum::<u64>() / some.len() as u64;
        BARS[(mean * 7 / max) as usize]
    };
    let bars: String = seconds
        .chunks(seconds.len().div_ceil(MAX_BARS))
        .map(bar)
        .collect();
    let (min, max) = (thousands(*min), thousands(*max));
    row(text, "each second", &format!("{bars}  {min} to {max}"));
}

fn latencies(text: &mut String, plan: &Plan, sample: &Sample, percentiles: &[f64]) {
    let of = &plan.parameters;
    let (all, sent) = (&sample.latency, &sample.latency_from_send);
    let kinds = match (of.rate_per_second, of.messages_per_connection) {
        (Some(_), _) => Some("from due"),
        (None, Some(_)) => Some("with connecting"),
        (None, None) => None,
    };
    line(
        text,
        &kinds.map_or("latency".to_owned(), |kind| {
            format!("latency{kind:>16}{:>16}", "from send")
        }),
    );
    let mut row = |name: &str, of: &dyn Fn(&Latency) -> f64| {
        let mut row = format!("  {name:<9}{:>12}", microseconds(of(all)));
        if kinds.is_some() {
            let _ = write!(row, "{:>16}", microseconds(of(sent)));
        }
        line(text, &row);
    };
    row("min", &|it| it.min_us);
    row("mean", &|it| it.mean_us);
    for percent in percentiles {
        row(&format!("p{percent}"), &|it| percentile(it, *percent));
    }
    row("max", &|it| it.max_us);
}

/// A percentile in microseconds: as it was saved, or else from the buckets.
fn percentile(latency: &Latency, percent: f64) -> f64 {
    let saved = [
        (50.0, latency.p50_us),
        (90.0, latency.p90_us),
        (99.0, latency.p99_us),
        (99.9, latency.p99_9_us),
        (99.99, latency.p99_99_us),
    ];
    if let Some((_, value)) = saved.iter().find(|(known, _)| *known == percent) {
        return *value;
    }
    let value = merge::percentile(&latency.buckets, percent / 100.0);
    value.map_or(latency.max_us, |value| value.min(latency.max_us))
}

/// The share of latencies up to each power of two, or of its square root.
fn histogram(text: &mut String, latency: &Latency) {
    let (low, high) = (latency.min_us.max(0.1), latency.max_us.max(0.2));
    let mut factor = 2.0_f64.sqrt();
    while (high / low).ln() / factor.ln() > ROWS as f64 {
        factor *= factor;
    }
    let mut border = low * factor;
    let mut rows: Vec<(f64, u64)> = vec![(border, 0)];
    for (value, count) in &latency.buckets {
        while *value > border {
            border *= factor;
            rows.push((border, 0));
        }
        if let Some((_, all)) = rows.last_mut() {
            *all += count;
        }
    }
    let max = rows.iter().map(|(_, count)| *count).max();
    let max = max.unwrap_or(1).max(1);
    for (border, count) in rows {
        let share = count as f64 / latency.count.max(1) as f64 * 100.0;
        let value = microseconds(border.min(latency.max_us));
        let bar = bar(count, max);
        line(text, &format!("  <= {value:>8} {bar:<BAR$} {share:>6.2} %"));
    }
}

/// In eighths of a block; at least one for what is not zero.
fn bar(count: u64, max: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (count as u128 * (BAR as u128 * 8) / u128::from(max)) as usize;
    let eighths = eighths.max(usize::from(count > 0));
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

fn number(value: f64) -> String {
    match value {
        value if value < 100.0 => format!("{value:.1}"),
        value => thousands(value.round() as u64),
    }
}

/// 1234567 as 1,234,567.
fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_have_commas() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(100), "100");
    }

    #[test]
    fn a_rare_latency_is_visible_in_the_histogram() {
        assert_eq!(bar(1, 1_000_000), "▏");
        assert_eq!(bar(0, 10), "");
        assert_eq!(bar(10, 10).chars().count(), BAR);
    }
}
