//! A run as a terminal shows it: at most 80 columns, figures first, and then what they are worth.
//!
//! **Where it breaks:** percentiles other than those that are saved come from the buckets, which have two
//! digits.

use super::{Outcome, Plan};
use crate::lab::result::{Latency, Sample};
use std::fmt::Write;

const COLUMNS: usize = 80;

/// Rows of the picture at most.
const ROWS: usize = 12;

/// Of a bar.
const BAR: usize = 48;

/// The report, with these percentiles.
pub fn report(plan: &Plan, outcome: &Outcome, percentiles: &[f64]) -> String {
    let sample = &outcome.sample;
    let mut text = String::new();
    line(&mut text, &plan.target.url);
    line(&mut text, &parameters(plan));
    if outcome.interrupted {
        line(&mut text, "ended early: what there was until then");
    }
    line(&mut text, "");
    throughput(&mut text, plan, sample);
    if sample.latency.count > 0 {
        line(&mut text, "");
        latencies(&mut text, plan, sample, percentiles);
        line(&mut text, "");
        picture(&mut text, &sample.latency);
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
        wrap(&mut text, note);
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Breaks a sentence at its spaces.
fn wrap(text: &mut String, sentence: &str) {
    let mut column = 0;
    for word in sentence.split(' ') {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > COLUMNS {
            text.push('\n');
            column = 0;
        }
        if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
}

fn parameters(plan: &Plan) -> String {
    let of = &plan.parameters;
    let mut words = vec![match (of.fan_out, of.rate_per_second) {
        (true, _) => format!("fan-out to {} clients", thousands(of.connections as u64)),
        (_, None) => format!("closed loop, {} clients", thousands(of.connections as u64)),
        (_, Some(rate)) => format!(
            "open loop, {}/s over {} clients",
            number(rate),
            thousands(of.connections as u64)
        ),
    }];
    if of.in_flight > 1 {
        words.push(format!("{} in flight", of.in_flight));
    }
    words.push(format!(
        "{} B {}",
        thousands(of.message_bytes as u64),
        if of.text { "text" } else { "binary" }
    ));
    if let Some(life) = of.messages_per_connection {
        words.push(format!("{life} messages a connection"));
    }
    for (count, what) in [(of.idle, "idle"), (of.slow_readers, "never read")] {
        if count > 0 {
            words.push(format!("{} {what}", thousands(count as u64)));
        }
    }
    words.join(", ")
}

fn throughput(text: &mut String, plan: &Plan, sample: &Sample) {
    let seconds = sample.elapsed_seconds;
    let what = if plan.parameters.fan_out {
        "deliveries"
    } else {
        "messages"
    };
    let rate = if seconds > 0.0 {
        sample.messages as f64 / seconds
    } else {
        0.0
    };
    let row = |text: &mut String, name: &str, value: &str| {
        line(text, &format!("{name:<14}{value}"));
    };
    let all = thousands(sample.messages);
    row(
        text,
        what,
        &format!("{all} in {seconds:.2} s, {}/s", number(rate)),
    );
    if let (Some(asked), Some(sent)) = (
        plan.parameters.rate_per_second,
        sample.generator.achieved_rate_per_second,
    ) {
        let late = match sample.generator.late_sends {
            0 => "none late".to_owned(),
            late => format!("{} late by more than 1 ms", thousands(late)),
        };
        row(
            text,
            "sent",
            &format!(
                "{}/s of {}/s asked for, {late}",
                number(sent),
                number(asked)
            ),
        );
    }
    row(
        text,
        "connections",
        &format!("{} opened", thousands(sample.connected)),
    );
    let busy = sample.generator.busy_share.map_or(String::new(), |busy| {
        format!(", {:.0} % busy", busy * 100.0)
    });
    let threads = sample.generator.threads;
    let plural = if threads == 1 { "" } else { "s" };
    row(
        text,
        "generator",
        &format!("{threads} thread{plural}{busy}"),
    );
    per_second(text, sample);
}

/// One mark a second, relative to the best.
fn per_second(text: &mut String, sample: &Sample) {
    let most = sample.per_second.iter().copied().max().unwrap_or(0);
    if sample.per_second.len() < 2 || most == 0 {
        return;
    }
    const MARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let width = COLUMNS - 14 - 26;
    let step = sample.per_second.len().div_ceil(width);
    let marks: String = sample
        .per_second
        .chunks(step)
        .map(|some| {
            let mean = some.iter().sum::<u64>() / some.len() as u64;
            MARKS[(mean * 7 / most) as usize]
        })
        .collect();
    let least = sample.per_second.iter().copied().min().unwrap_or(0);
    let bounds = format!("{} to {}", thousands(least), thousands(most));
    line(text, &format!("{:<14}{marks}  {bounds}", "each second"));
}

fn latencies(text: &mut String, plan: &Plan, sample: &Sample, percentiles: &[f64]) {
    let of = &plan.parameters;
    let two = of.rate_per_second.is_some() || of.messages_per_connection.is_some();
    let (all, sent) = (&sample.latency, &sample.latency_from_send);
    let head = match (two, of.rate_per_second.is_some()) {
        (false, _) => "latency",
        (true, true) => "latency   from its time       from send",
        (true, false) => "latency  with connecting      from send",
    };
    line(text, head);
    let mut row = |name: &str, of: &dyn Fn(&Latency) -> f64| {
        let mut row = format!("  {name:<9}{:>12}", time(of(all)));
        if two {
            let _ = write!(row, "{:>16}", time(of(sent)));
        }
        line(text, row.trim_end());
    };
    row("min", &|it| it.min_us);
    row("mean", &|it| it.mean_us);
    for share in percentiles {
        row(&format!("p{share}"), &|it| at(it, *share));
    }
    row("max", &|it| it.max_us);
}

/// A percentile in microseconds: as it was saved, or else from the buckets.
pub fn at(latency: &Latency, percent: f64) -> f64 {
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
    let rank = (latency.count as f64 * percent / 100.0).ceil();
    let mut below = 0;
    for (value, count) in &latency.buckets {
        below += count;
        if below as f64 >= rank {
            return value.min(latency.max_us);
        }
    }
    latency.max_us
}

/// How many times fell between a power of two (or of the square root) and the next.
fn picture(text: &mut String, latency: &Latency) {
    let (low, high) = (latency.min_us.max(0.1), latency.max_us.max(0.2));
    let mut factor = 2.0_f64.sqrt();
    while (high / low).ln() / factor.ln() > ROWS as f64 {
        factor *= factor;
    }
    let mut rows: Vec<(f64, u64)> = Vec::new();
    let mut border = low * factor;
    rows.push((border, 0));
    for (value, count) in &latency.buckets {
        while *value > border {
            border *= factor;
            rows.push((border, 0));
        }
        if let Some((_, all)) = rows.last_mut() {
            *all += count;
        }
    }
    let most = rows
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(1)
        .max(1);
    for (border, count) in rows {
        let share = count as f64 / latency.count.max(1) as f64 * 100.0;
        let value = format!("  <= {:>8}", time(border.min(latency.max_us)));
        let row = format!("{value} {:<BAR$} {share:>6.2} %", bar(count, most));
        line(text, &row);
    }
}

/// Eighths of a block; something that is there is seen.
fn bar(count: u64, most: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (count as u128 * (BAR as u128 * 8) / u128::from(most)) as usize;
    let eighths = eighths.max(usize::from(count > 0));
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// Three digits and a unit.
fn time(us: f64) -> String {
    let (value, unit) = match us {
        us if us < 999.5 => (us, "us"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    match value {
        value if value < 9.995 => format!("{value:.2} {unit}"),
        value if value < 99.95 => format!("{value:.1} {unit}"),
        value => format!("{value:.0} {unit}"),
    }
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
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
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
    fn figures_have_three_digits_and_a_unit() {
        for (us, shown) in [
            (0.5, "0.50 us"),
            (9.999, "10.0 us"),
            (999.6, "1.00 ms"),
            (12_345.0, "12.3 ms"),
            (2_000_000.0, "2.00 s"),
        ] {
            assert_eq!(time(us), shown);
        }
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(100), "100");
    }

    #[test]
    fn sentences_are_broken_within_80_columns() {
        let mut text = String::new();
        wrap(&mut text, &"a sentence of words ".repeat(20));
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS));
        assert!(text.lines().count() > 4);
    }

    #[test]
    fn a_rare_time_is_seen_in_the_picture() {
        assert_eq!(bar(1, 1_000_000), "▏");
        assert_eq!(bar(0, 10), "");
        assert_eq!(bar(10, 10).chars().count(), BAR);
    }
}
