//! A figure of every round of every subject: dots in a row, the median as a stroke, its interval as a bar.
//!
//! All that was measured is there to be seen. A bar of means hides that five rounds were two and three.
//!
//! **Where it breaks:** where one subject has more than fifty times the figure of another, the scale goes
//! by powers of ten, and lengths can no longer be compared by eye; the axis says so.

use super::{Drawing, Scale, Styles, WIDTH};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{ScenarioRun, SubjectRun};
use crate::lab::stats::Summary;
use crate::lab::stats::verdict::ranking;
use crate::text::cut;

const LEFT: f64 = 150.0;
const RIGHT: f64 = WIDTH - 16.0;
const TOP: f64 = 6.0;
const ROW: f64 = 26.0;

/// `None` where nobody has the figure.
pub(in crate::lab::report) fn strip(
    scenario: &ScenarioRun,
    metric: Metric,
    styles: &Styles,
) -> Option<String> {
    let by_rank = ranking(scenario, Metric::main(scenario));
    let subjects = by_rank.iter().map(|index| &scenario.subjects[*index]);
    let all: Vec<(&SubjectRun, Summary)> = subjects
        .filter_map(|subject| {
            Some((
                subject,
                Summary::of(
                    rounds(subject, metric)
                        .into_iter()
                        .map(|(_, value)| value)
                        .collect(),
                )?,
            ))
        })
        .collect();
    let most = all
        .iter()
        .map(|(_, summary)| summary.max)
        .reduce(f64::max)?;
    let least = all
        .iter()
        .map(|(_, summary)| summary.min)
        .reduce(f64::min)?;
    let logarithmic = least > 0.0 && most / least > 50.0;
    let x = match logarithmic {
        true => Scale::logarithmic([least, most], [LEFT, RIGHT]),
        false => Scale::from_zero(most / scale(metric), [LEFT, RIGHT]),
    };
    // Of a logarithmic scale a factor changes nothing but the words; it is not applied.
    let factor = if logarithmic { 1.0 } else { scale(metric) };
    let bottom = TOP + ROW * all.len() as f64;
    let mut drawing = Drawing::new(bottom + 42.0);
    let unit = match (logarithmic, metric) {
        (false, Metric::Memory) => "MiB".to_owned(),
        (false, Metric::Threads) => "count".to_owned(),
        (false, _) => metric.unit().to_owned(),
        (true, _) => format!("{}, logarithmic", metric.unit()),
    };
    drawing.x_axis(&x, [TOP, bottom], &format!("{} ({unit})", metric.name()));
    for (row, (subject, summary)) in all.iter().enumerate() {
        let y = TOP + ROW * (row as f64 + 0.5);
        let style = styles.style_of(&subject.name);
        drawing.text(LEFT - 8.0, y + 4.0, "name end", &cut(&subject.name, 22));
        let at = |value: f64| x.position(value / factor);
        if let Some(interval) = summary.interval {
            let ends = [at(interval.low), at(interval.high)];
            drawing.line(
                &format!("interval k{style}"),
                [ends[0], y],
                [ends[1].max(ends[0] + 0.5), y],
            );
        }
        for (round, value) in rounds(subject, metric) {
            let tip = format!(
                "{}, round {round}: {}",
                subject.name,
                format::with_unit(metric, value)
            );
            drawing.mark(style, (at(value), y), &tip);
        }
        let median = at(summary.median);
        drawing.line("median", [median, y - 10.0], [median, y + 10.0]);
    }
    let name = super::super::sweep::capitalized(metric.name());
    Some(drawing.finish(
        &format!("{name} of every round, a row a server. The figures are in the tables."),
        &format!(
            "{name}: a mark a round, the stroke is their median, the bar where it lies with 95 %."
        ),
    ))
}

fn rounds(subject: &SubjectRun, metric: Metric) -> Vec<(u32, f64)> {
    let value = |sample: &crate::lab::result::Sample| Some((sample.round, metric.of(sample)?));
    subject.samples.iter().filter_map(value).collect()
}

/// In which memory is shown.
fn scale(metric: Metric) -> f64 {
    if metric == Metric::Memory {
        format::MIB
    } else {
        1.0
    }
}
