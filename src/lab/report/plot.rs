//! Plots as SVG inside the page, drawn by hand: some lines, marks and words.
//!
//! A plotting crate draws pictures with colours of its own. These have to follow the page's: light, dark
//! and paper, which style sheets do; each mark carries its value as a tooltip; and a subject has the same
//! colour, dash and shape in every plot, so that nobody needs colour alone to tell them apart.
//!
//! **Where it breaks:** beyond eight subjects colours and shapes begin again.

mod cdf;
mod lines;
mod scale;
mod strip;

pub(super) use cdf::cdf;
pub(super) use lines::lines;
pub(super) use strip::strip;

use super::html::escaped;
use scale::Scale;
use std::fmt::Write;

/// Colours in the style sheet.
const STYLES: usize = 8;

/// Of the drawing, in its own units; the page scales it to what room there is.
const WIDTH: f64 = 480.0;

/// Who has which look: by place, the same in all plots of a page.
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

    /// A line of the legend: the look and the name.
    pub(super) fn legend(&self, name: &str) -> String {
        let style = self.style_of(name);
        let mark = mark(style, 16.0, 7.0, None);
        format!(
            "<li><svg class=\"key\" viewBox=\"0 0 32 14\" aria-hidden=\"true\"><path class=\"line k{style}\" \
             d=\"M1 7H31\"/>{mark}</svg>{}</li>",
            escaped(name)
        )
    }
}

/// A mark of a subject's shape, with what a pointer over it is told.
fn mark(style: usize, x: f64, y: f64, tip: Option<&str>) -> String {
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
    let tip = tip.map_or(String::new(), |tip| {
        format!("<title>{}</title>", escaped(tip))
    });
    format!(
        "<path class=\"mark k{style}\" transform=\"translate({x:.1} {y:.1})\" d=\"{shape}\">{tip}</path>"
    )
}

/// A drawing that grows.
struct Drawing {
    out: String,
    height: f64,
}

impl Drawing {
    fn new(height: f64) -> Drawing {
        let out = String::new();
        Drawing { out, height }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let text = escaped(text);
        let _ = write!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>"
        );
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

    fn mark(&mut self, style: usize, (x, y): (f64, f64), tip: &str) {
        self.out.push_str(&mark(style, x, y, Some(tip)));
    }

    /// Lines across at the ticks of `x`, their labels below, and what they are in.
    fn x_axis(&mut self, x: &Scale, [top, bottom]: [f64; 2], label: &str) {
        for (value, text) in x.labels() {
            let at = x.position(value);
            self.line("grid", [at, top], [at, bottom]);
            if let Some(text) = text {
                self.text(at, bottom + 16.0, "tick middle", &text);
            }
        }
        let middle = (x.position(x.from) + x.position(x.to)) / 2.0;
        self.text(middle, bottom + 34.0, "label middle", label);
    }

    /// The same for `y`, to the left; what they are in stands above.
    fn y_axis(&mut self, y: &Scale, [left, right]: [f64; 2], label: &str) {
        for (value, text) in y.labels() {
            let at = y.position(value);
            self.line("grid", [left, at], [right, at]);
            if let Some(text) = text {
                self.text(left - 6.0, at + 4.0, "tick end", &text);
            }
        }
        self.text(2.0, 13.0, "label", label);
    }

    /// A figure with its caption. `name` is read aloud where nothing is seen.
    fn finish(self, name: &str, caption: &str) -> String {
        format!(
            "<figure><svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">{}</svg>\
             <figcaption>{}</figcaption></figure>\n",
            self.height,
            escaped(name),
            self.out,
            escaped(caption)
        )
    }
}
