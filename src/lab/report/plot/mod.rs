//! Plots as SVG inside the page, drawn by hand: a few lines, markers and labels.
//!
//! A plotting crate draws pictures in its own colours. Here they follow the style sheet of the page: light,
//! dark and paper. Each marker has its value as a tooltip. And a subject has the same colour, dash and shape
//! in every plot, so that nobody needs colour alone to tell subjects apart.
//!
//! **Where it breaks:** beyond eight subjects, colours and shapes repeat.

mod cdf;
mod lines;
mod scale;
mod strip;

pub(super) use cdf::cdf;
pub(super) use lines::lines;
pub(super) use strip::strip;

use super::markup::{element, text};
use crate::text::escape_html;
use scale::Scale;
use std::fmt::Write;

/// Styles in the style sheet.
const STYLES: usize = 8;

/// In units of the drawing, which the page scales to fit.
const WIDTH: f64 = 480.0;

/// The frame of a plot with two axes.
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 42.0;

/// The style of each subject, the same in all plots of a page.
pub(super) struct Styles {
    names: Vec<String>,
}

impl Styles {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Styles {
        let mut all: Vec<String> = Vec::new();
        for name in names {
            if !all.iter().any(|known| known == name) {
                all.push(name.to_owned());
            }
        }
        Styles { names: all }
    }

    fn style_of(&self, name: &str) -> usize {
        let index = self.names.iter().position(|known| known == name);
        index.unwrap_or(0) % STYLES
    }

    pub(super) fn legend<'a>(&self, names: impl Iterator<Item = &'a str>) -> String {
        let item = |name: &str| {
            let style = self.style_of(name);
            let marker = marker(style, (16.0, 7.0), None);
            format!(
                "<li><svg class=\"key\" viewBox=\"0 0 32 14\" aria-hidden=\"true\"><path class=\"line \
                 k{style}\" d=\"M1 7H31\"/>{marker}</svg>{}</li>",
                escape_html(name)
            )
        };
        element("ul class=\"legend\"", &names.map(item).collect::<String>())
    }
}

/// A marker in the shape of a subject, with a tooltip.
fn marker(style: usize, (x, y): (f64, f64), tip: Option<&str>) -> String {
    let shape = match style {
        0 => "M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0Z",
        1 => "M-3.5-3.5H3.5V3.5H-3.5Z",
        2 => "M0-4.6L4.4 3.4H-4.4Z",
        3 => "M0-5L5 0L0 5L-5 0Z",
        4 => "M0 4.6L4.4-3.4H-4.4Z",
        5 => "M-1.5-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5V-1.5H-1.5Z",
        6 => "M-2-5H2V5H-2Z",
        _ => "M-5-2H5V2H-5Z",
    };
    let tip = tip.map_or(String::new(), |tip| text("title", tip));
    format!(
        "<path class=\"mark k{style}\" transform=\"translate({x:.1} {y:.1})\" d=\"{shape}\">{tip}</path>"
    )
}

/// An SVG that is being drawn.
struct Drawing {
    out: String,
    height: f64,
}

impl Drawing {
    fn new(height: f64) -> Drawing {
        Drawing {
            out: String::new(),
            height,
        }
    }

    fn push(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    fn text(&mut self, x: f64, y: f64, class: &str, content: &str) {
        let tag = format!("text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\"");
        self.push(&text(&tag, content));
    }

    fn line(&mut self, class: &str, [x0, y0]: [f64; 2], [x1, y1]: [f64; 2]) {
        let _ = write!(
            self.out,
            "<path class=\"{class}\" d=\"M{x0:.1} {y0:.1}L{x1:.1} {y1:.1}\"/>"
        );
    }

    fn polyline(&mut self, style: usize, points: &[(f64, f64)]) {
        let mut path = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{x:.1} {y:.1}");
        }
        let _ = write!(self.out, "<path class=\"line k{style}\" d=\"{path}\"/>");
    }

    fn marker(&mut self, style: usize, at: (f64, f64), tip: &str) {
        self.push(&marker(style, at, Some(tip)));
    }

    /// Grid lines at the ticks of `x`, with their labels and the label of the axis below.
    fn x_axis(&mut self, x: &Scale, [top, bottom]: [f64; 2], label: &str) {
        for (value, tick) in &x.ticks {
            let at = x.position(*value);
            self.line("grid", [at, top], [at, bottom]);
            if let Some(tick) = tick {
                self.text(at, bottom + 16.0, "tick middle", tick);
            }
        }
        let middle = (x.position(x.from) + x.position(x.to)) / 2.0;
        self.text(middle, bottom + 34.0, "label middle", label);
    }

    /// Grid lines at the ticks of `y`, with their labels on the left and the label of the axis above.
    fn y_axis(&mut self, y: &Scale, [left, right]: [f64; 2], label: &str) {
        for (value, tick) in &y.ticks {
            let at = y.position(*value);
            self.line("grid", [left, at], [right, at]);
            if let Some(tick) = tick {
                self.text(left - 6.0, at + 4.0, "tick end", tick);
            }
        }
        self.text(2.0, 13.0, "label", label);
    }

    /// A figure with its caption. Screen readers read `name`.
    fn finish(self, name: &str, caption: &str) -> String {
        let (height, name) = (self.height, escape_html(name));
        let svg =
            format!("svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}\"");
        element(
            "figure",
            &(element(&svg, &self.out) + &text("figcaption", caption)),
        )
    }
}
