//! A metric in every round of every subject: one dot per round, the median as a stroke, its interval as a
//! bar.
//!
//! Everything that was measured is visible. A bar of means would hide that five rounds were two and three.
//!
//! **Where it breaks:** if one subject has more than fifty times the value of another, the axis is
//! logarithmic, and lengths can no longer be compared by eye. The axis says so.

use super::{Drawing, Scale, Styles, WIDTH};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::report::sweep::capitalized;
use crate::lab::result::{Sample, ScenarioRun, SubjectRun};
use crate::lab::stats::Summary;
use crate::lab::stats::verdict::{ranking, values};
use crate::text::cut;

const LEFT: f64 = 150.0;
const RIGHT: f64 = WIDTH - 16.0;
const TOP: f64 = 6.0;
const ROW: f64 = 26.0;

/// `None` if no subject has the metric.
pub(in crate::lab::report) fn strip(
    scenario: &ScenarioRun,
    metric: Metric,
    styles: &Styles,
) -> Option<String> {
    let by_rank = ranking(scenario, scenario.ranked_by()).into_iter();
    let summarized = by_rank.filter_map(|subject| {
        let summary = Summary::of(&values(metric, &subject.samples))?;
        Some((subject, summary))
    });
    let all: Vec<(&SubjectRun, Summary)> = summarized.collect();
    let max = all.iter().map(|(_, one)| one.max).reduce(f64::max)?;
    let min = all.iter().map(|(_, one)| one.min).reduce(f64::min)?;
    let (shown_unit, shown_factor) = match metric {
        Metric::Threads => ("count", 1.0),
        _ => metric.shown_in(),
    };
    let (x, unit, factor) = if min > 0.0 && max / min > 50.0 {
        (
            Scale::logarithmic([min, max], [LEFT, RIGHT]),
            format!("{}, logarithmic", metric.unit()),
            1.0,
        )
    } else {
        (
            Scale::from_zero(max / shown_factor, [LEFT, RIGHT]),
            shown_unit.to_owned(),
            shown_factor,
        )
    };
    let bottom = TOP + ROW * all.len() as f64;
    let mut drawing = Drawing::new(bottom + 42.0);
    drawing.x_axis(&x, [TOP, bottom], &format!("{} ({unit})", metric.name()));
    for (row, (subject, summary)) in all.iter().enumerate() {
        let y = TOP + ROW * (row as f64 + 0.5);
        let style = styles.style_of(&subject.name);
        drawing.text(LEFT - 8.0, y + 4.0, "name end", &cut(&subject.name, 22));
        let at = |value: f64| x.position(value / factor);
        if let Some(interval) = summary.interval {
            let (low, high) = (at(interval.low), at(interval.high));
            let class = format!("interval k{style}");
            drawing.line(&class, [low, y], [high.max(low + 0.5), y]);
        }
        let rounds = |sample: &Sample| Some((sample.round, sample.value(metric)?));
        for (round, value) in subject.samples.iter().filter_map(rounds) {
            let shown = format::with_unit(metric, value);
            let tip = format!("{}, round {round}: {shown}", subject.name);
            drawing.marker(style, (at(value), y), &tip);
        }
        let median = at(summary.median);
        drawing.line("median", [median, y - 10.0], [median, y + 10.0]);
    }
    let name = capitalized(metric.name());
    Some(drawing.finish(
        &format!("{name} in every round, one row per server. The values are in the tables."),
        &format!(
            "{name}: one mark per round, their median as a stroke, its 95 % interval as a bar."
        ),
    ))
}
