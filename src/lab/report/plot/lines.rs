//! A metric by the parameter of a sweep, one line per subject, and where two of them cross.
//!
//! **Where it breaks:** nothing was measured between two points; the line only guides the eye.

use super::{BOTTOM, Drawing, HEIGHT, LEFT, RIGHT, Scale, Styles, TOP};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::report::markup::{element, text};
use crate::lab::report::sweep::{Crossing, Sweep, capitalized};

/// More strokes would hide the lines.
const MAX_CROSSINGS: usize = 3;

/// `None` if no subject has the metric.
pub(in crate::lab::report) fn lines(
    sweep: &Sweep<'_>,
    metric: Metric,
    styles: &Styles,
) -> Option<String> {
    let (unit, factor) = metric.shown_in();
    let names = sweep.subjects();
    let lines = names.iter().map(|name| sweep.line(name, metric));
    let lines: Vec<Vec<(f64, f64)>> = lines.collect();
    let values = || lines.iter().flatten().map(|(_, value)| *value / factor);
    let (min, max) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
    let logarithmic = min > 0.0 && max / min > 20.0;
    let y = if logarithmic {
        Scale::logarithmic([min, max], [BOTTOM, TOP])
    } else {
        Scale::from_zero(max, [BOTTOM, TOP])
    };
    let (first, last) = (sweep.first().0, sweep.last().0);
    let (x, x_kind) = if first > 0.0 {
        (
            Scale::logarithmic([first, last], [LEFT, RIGHT]),
            " (logarithmic)",
        )
    } else {
        (Scale::from_zero(last, [LEFT, RIGHT]), "")
    };
    let y_kind = if logarithmic { ", logarithmic" } else { "" };
    let name = metric.name();
    let mut drawing = Drawing::new(HEIGHT);
    drawing.x_axis(&x, [TOP, BOTTOM], &format!("{}{x_kind}", sweep.parameter));
    drawing.y_axis(&y, [LEFT, RIGHT], &format!("{name} ({unit}{y_kind})"));
    let crossings = sweep.crossings(metric);
    for crossing in crossings.iter().take(MAX_CROSSINGS) {
        stroke(&mut drawing, &x, crossing);
    }
    for (name, points) in names.iter().zip(&lines) {
        let style = styles.style_of(name);
        let position = |(at, value): &(f64, f64)| (x.position(*at), y.position(*value / factor));
        drawing.polyline(style, &points.iter().map(position).collect::<Vec<_>>());
        for point in points {
            let (at, parameter) = (format::round(point.0), sweep.parameter);
            let value = format::with_unit(metric, point.1);
            let tip = format!("{name} at {at} {parameter}: {value}");
            drawing.marker(style, position(point), &tip);
        }
    }
    let dotted = if crossings.is_empty() {
        "No two lines are shown to cross."
    } else {
        "A dotted stroke marks where two servers are shown to change places."
    };
    let title = format!("{} by {}", capitalized(name), sweep.parameter);
    Some(drawing.finish(
        &format!("{title}, one line per server. The values are in the table."),
        &format!("{title}: medians over the rounds. {dotted}"),
    ))
}

/// A dotted stroke where two lines cross.
fn stroke(drawing: &mut Drawing, x: &Scale, crossing: &Crossing) {
    let (at, shown) = (x.position(crossing.at), format::short(crossing.at));
    let (before, after) = (&crossing.before, &crossing.after);
    let tip = text("title", &format!("{before} and {after} cross near {shown}"));
    let tag = format!("path class=\"crossing\" d=\"M{at:.1} {TOP}V{BOTTOM}\"");
    drawing.push(&element(&tag, &tip));
    drawing.text(at + 4.0, TOP + 10.0, "tick", &shown);
}
