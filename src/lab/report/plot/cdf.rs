//! How long answers took, all of them: the distribution of latency, a line a subject.
//!
//! Up is "of all answers so many were there by then". Each step up is ten times rarer (50 %, 90 %, 99 %,
//! 99.9 %), because the tail is what users suffer from and what an even scale hides in its last pixel.
//! To the right is time, by powers of ten.
//!
//! **Where it breaks:** beyond the last line there are too few messages to say anything: of a thousand
//! messages, the 99.99 % do not exist.

use super::{Drawing, Scale, Styles, WIDTH};
use crate::lab::format;
use crate::lab::result::{Latency, ScenarioRun};
use crate::lab::stats::merge;

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 42.0;

/// Points of a line; a screen shows no more.
const MOST_POINTS: usize = 400;

/// `None` where nobody measured latency.
pub(in crate::lab::report) fn cdf(scenario: &ScenarioRun, styles: &Styles) -> Option<String> {
    let merged = scenario.subjects.iter().filter_map(|subject| {
        let latency = merge::over_rounds(&subject.samples)?;
        (latency.max_us > 0.0 && !latency.buckets.is_empty())
            .then_some((subject.name.as_str(), latency))
    });
    let all: Vec<(&str, Latency)> = merged.collect();
    let most = all
        .iter()
        .map(|(_, latency)| latency.max_us)
        .reduce(f64::max)?;
    // A tenth of a microsecond is less than any clock here can tell.
    let least = all
        .iter()
        .map(|(_, latency)| latency.min_us.max(0.1))
        .reduce(f64::min)?;
    let x = Scale::logarithmic([least, most.max(least)], [LEFT, RIGHT]).with_times();
    let count = all.iter().map(|(_, latency)| latency.count).max()?;
    let top = (count as f64).log10().clamp(1.0, 6.0);
    let ticks = ticks(top);
    let y = Scale::even([0.0, top], [BOTTOM, TOP]).with_ticks(ticks);
    let mut drawing = Drawing::new(HEIGHT);
    drawing.x_axis(&x, [TOP, BOTTOM], "time until the answer (logarithmic)");
    drawing.y_axis(&y, [LEFT, RIGHT], "answers that were there by then");
    for (name, latency) in &all {
        let style = styles.style_of(name);
        drawing.polyline(style, &line(latency, &x, &y, top));
        for (share, words) in PERCENTILES {
            // Nothing is told of the one in a thousand where there are not a thousand.
            let Some(value) = merge::percentile(&latency.buckets, share) else {
                continue;
            };
            if (1.0 - share) * latency.count as f64 >= 1.0 {
                let tip = format!("{name}: {words} within {}", format::microseconds(value));
                drawing.mark(
                    style,
                    (x.position(value), y.position(nines(share, top))),
                    &tip,
                );
            }
        }
        let tip = format!(
            "{name}: the longest took {}",
            format::microseconds(latency.max_us)
        );
        let end = nines(1.0 - 1.0 / latency.count as f64, top);
        drawing.mark(style, (x.position(latency.max_us), y.position(end)), &tip);
    }
    Some(drawing.finish(
        "Distribution of latency, a line a server. The figures are in the table above.",
        "Latency: the further left a line, the faster; the steeper, the evener. Each line up is ten times \
         rarer, so its upper end is the tail. Marks: 50, 90, 99, 99.9, 99.99 % and the longest.",
    ))
}

const PERCENTILES: [(f64, &str); 5] = [
    (0.5, "50 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
];

/// How many nines a share has: 0.9 one, 0.99 two.
fn nines(share: f64, top: f64) -> f64 {
    (-(1.0 - share).log10()).clamp(0.0, top)
}

fn ticks(top: f64) -> Vec<(f64, String)> {
    let mut ticks = vec![
        (0.0, "0 %".to_owned()),
        (nines(0.5, top), "50 %".to_owned()),
    ];
    let rare = [0.9, 0.99, 0.999, 0.9999, 0.999_99, 0.999_999];
    let words = ["90 %", "99 %", "99.9 %", "99.99 %", "99.999 %", "99.9999 %"];
    let seen = rare
        .into_iter()
        .zip(words)
        .filter(|(share, _)| nines(*share, 9.0) <= top + 1e-9);
    ticks.extend(seen.map(|(share, words)| (nines(share, 9.0), words.to_owned())));
    ticks
}

fn line(latency: &Latency, x: &Scale, y: &Scale, top: f64) -> Vec<(f64, f64)> {
    let end = 1.0 - 1.0 / latency.count as f64;
    let points = merge::cumulative(&latency.buckets);
    let every = points.len().div_ceil(MOST_POINTS);
    let last = points.len() - 1;
    let mut line = vec![(x.position(latency.min_us.max(0.1)), y.position(0.0))];
    for (index, (value, share)) in points.into_iter().enumerate() {
        // The tail has few points and needs them all.
        if index % every == 0 || share > 0.95 || index == last {
            let value = value.min(latency.max_us);
            line.push((x.position(value), y.position(nines(share.min(end), top))));
        }
    }
    line
}
