//! A figure against what was turned up, a line a subject, and where two of them cross.
//!
//! **Where it breaks:** between two points nothing was measured; the line is drawn to lead the eye.

use super::{Drawing, Scale, Styles, WIDTH};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::report::sweep::{Sweep, capitalized};

const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 42.0;

/// More strokes would hide the lines.
const MOST_CROSSINGS: usize = 3;

/// `None` where nobody has the figure.
pub(in crate::lab::report) fn lines(
    sweep: &Sweep<'_>,
    metric: Metric,
    styles: &Styles,
) -> Option<String> {
    let in_unit = if metric == Metric::Memory {
        format::MIB
    } else {
        1.0
    };
    let line = |name: &&str| {
        let points = sweep.line(name, metric).into_iter();
        points
            .map(|(at, value)| (at, value / in_unit))
            .collect::<Vec<_>>()
    };
    let names = sweep.subjects();
    let all: Vec<Vec<(f64, f64)>> = names.iter().map(line).collect();
    let values = || all.iter().flatten().map(|(_, value)| *value);
    let (least, most) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    let logarithmic = least > 0.0 && most / least > 20.0;
    let y = match logarithmic {
        true => Scale::logarithmic([least, most], [BOTTOM, TOP]),
        false => Scale::from_zero(most, [BOTTOM, TOP]),
    };
    let (first, last) = (sweep.points.first()?.0, sweep.points.last()?.0);
    let x = match first > 0.0 {
        true => Scale::logarithmic([first, last], [LEFT, RIGHT]),
        false => Scale::from_zero(last, [LEFT, RIGHT]),
    };
    let mut drawing = Drawing::new(HEIGHT);
    let how = if first > 0.0 { " (logarithmic)" } else { "" };
    drawing.x_axis(&x, [TOP, BOTTOM], &format!("{}{how}", sweep.parameter));
    let unit = if metric == Metric::Memory {
        "MiB"
    } else {
        metric.unit()
    };
    let how = if logarithmic { ", logarithmic" } else { "" };
    drawing.y_axis(
        &y,
        [LEFT, RIGHT],
        &format!("{} ({unit}{how})", metric.name()),
    );
    let crossings = sweep.crossings(metric);
    for crossing in crossings.iter().take(MOST_CROSSINGS) {
        let at = x.position(crossing.at);
        let tip = format!(
            "{} and {} cross near {}",
            crossing.before,
            crossing.after,
            format::short(crossing.at)
        );
        drawing.push(&format!(
            "<path class=\"crossing\" d=\"M{at:.1} {TOP}V{BOTTOM}\"><title>{}</title></path>",
            super::escaped(&tip)
        ));
        drawing.text(at + 4.0, TOP + 10.0, "tick", &format::short(crossing.at));
    }
    for (name, points) in names.iter().zip(&all) {
        let style = styles.style_of(name);
        let position = |(at, value): &(f64, f64)| (x.position(*at), y.position(*value));
        drawing.polyline(style, &points.iter().map(position).collect::<Vec<_>>());
        for point in points {
            let value = format::with_unit(metric, point.1 * in_unit);
            let tip = format!(
                "{name} at {} {}: {value}",
                format::round(point.0),
                sweep.parameter
            );
            drawing.mark(style, position(point), &tip);
        }
    }
    let name = capitalized(metric.name());
    let dotted = match crossings.is_empty() {
        true => "No two lines are shown to cross.",
        false => "Where two are shown to change places there is a dotted stroke.",
    };
    Some(drawing.finish(
        &format!(
            "{name} by {}, a line a server. The figures are in the table.",
            sweep.parameter
        ),
        &format!(
            "{name} by {}: medians over the rounds. {dotted}",
            sweep.parameter
        ),
    ))
}
