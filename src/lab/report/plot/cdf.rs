//! The distribution of latency, one line per subject.
//!
//! The vertical axis is the share of replies received. Each step up is ten times rarer (50 %, 90 %, 99 %,
//! 99.9 %), because users suffer from the tail, and a linear axis hides it in its last pixel. The horizontal
//! axis is time, by powers of ten.
//!
//! **Where it breaks:** there are too few messages beyond the end of a line. Of a thousand messages, the
//! 99.99 % do not exist.

use super::scale::Ticks;
use super::{BOTTOM, Drawing, HEIGHT, LEFT, RIGHT, Scale, Styles, TOP};
use crate::lab::format;
use crate::lab::result::{Latency, ScenarioRun};
use crate::lab::stats::merge;

/// Points of a line. A screen shows no more.
const MAX_POINTS: usize = 400;

/// `None` if no subject has latencies.
pub(in crate::lab::report) fn cdf(scenario: &ScenarioRun, styles: &Styles) -> Option<String> {
    let merged = scenario.subjects.iter().filter_map(|subject| {
        let latency = merge::over_rounds(&subject.samples)?;
        let is_shown = latency.max_us > 0.0 && !latency.buckets.is_empty();
        is_shown.then_some((subject.name.as_str(), latency))
    });
    let all: Vec<(&str, Latency)> = merged.collect();
    let latencies = || all.iter().map(|(_, latency)| latency);
    let max = latencies().map(|one| one.max_us).reduce(f64::max)?;
    // A tenth of a microsecond is less than any clock here can tell.
    let min = latencies()
        .map(|one| one.min_us.max(0.1))
        .reduce(f64::min)?;
    let count = latencies().map(|one| one.count).max()?;
    let top = (count as f64).log10().clamp(1.0, 6.0);
    let x = Scale::logarithmic([min, max.max(min)], [LEFT, RIGHT]).with_times();
    let y = Scale::linear(top, [BOTTOM, TOP], ticks(top));
    let mut drawing = Drawing::new(HEIGHT);
    drawing.x_axis(&x, [TOP, BOTTOM], "latency (logarithmic)");
    drawing.y_axis(&y, [LEFT, RIGHT], "share of replies received");
    for (name, latency) in &all {
        let style = styles.style_of(name);
        drawing.polyline(style, &line(latency, &x, &y, top));
        for (share, label) in PERCENTILES {
            // One in a thousand says nothing about fewer than a thousand messages.
            if (1.0 - share) * (latency.count as f64) < 1.0 {
                continue;
            }
            if let Some(value) = merge::percentile(&latency.buckets, share) {
                let tip = format!("{name}: {label} within {}", format::microseconds(value));
                let at = (x.position(value), y.position(nines(share, top)));
                drawing.marker(style, at, &tip);
            }
        }
        let tip = format!("{name}: maximum {}", format::microseconds(latency.max_us));
        let end = nines(1.0 - 1.0 / latency.count as f64, top);
        drawing.marker(style, (x.position(latency.max_us), y.position(end)), &tip);
    }
    Some(drawing.finish(
        "Distribution of latency, one line per server. The values are in the table above.",
        "Latency: further left is faster; steeper is more consistent. Each grid line up is ten times rarer, \
         so the upper end of a line is its tail. Markers: 50, 90, 99, 99.9, 99.99 % and the maximum.",
    ))
}

const PERCENTILES: [(f64, &str); 5] = [
    (0.5, "50 %"),
    (0.9, "90 %"),
    (0.99, "99 %"),
    (0.999, "99.9 %"),
    (0.9999, "99.99 %"),
];

/// The number of nines in a share: 0.9 has one, 0.99 two.
fn nines(share: f64, top: f64) -> f64 {
    (-(1.0 - share).log10()).clamp(0.0, top)
}

fn ticks(top: f64) -> Ticks {
    let all = [
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.9, "90 %"),
        (0.99, "99 %"),
        (0.999, "99.9 %"),
        (0.9999, "99.99 %"),
        (0.999_99, "99.999 %"),
        (0.999_999, "99.9999 %"),
    ];
    let at = all.map(|(share, label)| (nines(share, 9.0), Some(label.to_owned())));
    let shown = at.into_iter().filter(|(nines, _)| *nines <= top + 1e-9);
    shown.collect()
}

fn line(latency: &Latency, x: &Scale, y: &Scale, top: f64) -> Vec<(f64, f64)> {
    let end = 1.0 - 1.0 / latency.count as f64;
    let points = merge::cumulative(&latency.buckets);
    let every = points.len().div_ceil(MAX_POINTS);
    let last = points.len() - 1;
    let mut line = vec![(x.position(latency.min_us.max(0.1)), y.position(0.0))];
    for (index, (value, share)) in points.into_iter().enumerate() {
        // The tail has few points and needs all of them.
        if index % every == 0 || share > 0.95 || index == last {
            let value = value.min(latency.max_us);
            line.push((x.position(value), y.position(nines(share.min(end), top))));
        }
    }
    line
}
