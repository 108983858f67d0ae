//! One page with everything in it: style, tables and plots; no script. It asks nobody for anything, so it
//! works from a memory stick and in ten years, and on paper.
//!
//! What is a number is in a `data` element with the value it was made from, so that a program can read
//! the page, too, and a test can hold it to the JSON. Names come from command lines and files and are
//! escaped as text.
//!
//! **Where it breaks:** a sweep of many points times many subjects makes a long page; the tables of
//! samples are folded.

use super::side_by_side::SideBySide;
use super::sweep::{Part, Sweep, parts};
use super::table::{self, Table};
use super::{Saved, explanation, findings, plot};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Run, Sample, ScenarioRun};
use crate::lab::stats::{Outcome, compare_with_best, quality};
use crate::text::plain;
use plot::Styles;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");

pub(super) fn page(runs: &[Saved]) -> String {
    let names = runs.iter().flat_map(|saved| &saved.run.scenarios);
    let names = names.flat_map(|scenario| &scenario.subjects);
    let styles = Styles::of(names.map(|subject| subject.name.as_str()));
    let mut body = String::new();
    if runs.len() > 1 {
        side_by_side(&mut body, runs);
    }
    for (number, saved) in runs.iter().enumerate() {
        let name = (runs.len() > 1).then_some(saved.name.as_str());
        run(&mut body, &saved.run, name, number, &styles);
    }
    body.push_str(&format!(
        "<footer><p>{}</p></footer>\n",
        escaped(&super::legend())
    ));
    let mut out = String::new();
    let mut rest = PAGE;
    for (placeholder, text) in [("{style}", STYLE), ("{body}", &body)] {
        let (before, after) = rest.split_once(placeholder).unwrap_or((rest, ""));
        out.push_str(before);
        out.push_str(text);
        rest = after;
    }
    out + rest
}

/// As text or as an attribute, whatever is in it.
pub(super) fn escaped(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn side_by_side(body: &mut String, runs: &[Saved]) {
    let side_by_side = SideBySide::of(runs);
    body.push_str("<section>\n<h2>Side by side</h2>\n");
    body.push_str(&format!("<p>{}</p>\n", escaped(&side_by_side.sentence)));
    list(body, "", &side_by_side.legend);
    for table in &side_by_side.tables {
        set_table(body, table);
    }
    body.push_str("</section>\n");
}

fn run(body: &mut String, run: &Run, name: Option<&str>, number: usize, styles: &Styles) {
    if let Some(name) = name {
        body.push_str(&format!("<h2 class=\"run\">{}</h2>\n", escaped(name)));
    }
    body.push_str(&format!(
        "<div class=\"about\"><p><code>{}</code></p><p>{}<br>{}</p></div>\n",
        escaped(&run.command),
        escaped(&super::machine(&run.machine)),
        escaped(&super::provenance(run)),
    ));
    for warning in super::run_warnings(run) {
        body.push_str(&format!("<p class=\"warning\">{}</p>\n", escaped(&warning)));
    }
    let parts = parts(run);
    overview(body, &parts, number);
    for (index, part) in parts.iter().enumerate() {
        body.push_str(&format!("<section id=\"s{number}-{index}\">\n"));
        match part {
            Part::One(scenario) => one(body, scenario, styles),
            Part::Sweep(sweep) => swept(body, sweep, styles),
        }
        body.push_str("</section>\n");
    }
}

/// Who was ahead where, with ways down the page.
fn overview(body: &mut String, parts: &[Part<'_>], number: usize) {
    if parts.len() < 2 {
        return;
    }
    body.push_str("<nav aria-label=\"Scenarios\"><ul>\n");
    for (index, part) in parts.iter().enumerate() {
        let (name, result) = match part {
            Part::One(scenario) => (scenario.name.as_str(), result(scenario)),
            Part::Sweep(sweep) => (sweep.name(), format!("by {}", sweep.parameter)),
        };
        body.push_str(&format!(
            "<li><a href=\"#s{number}-{index}\">{}</a> {}</li>\n",
            escaped(name),
            escaped(&result)
        ));
    }
    body.push_str("</ul></nav>\n");
}

fn result(scenario: &ScenarioRun) -> String {
    let Some(winner) = explanation::winner(scenario) else {
        return "nothing was measured".to_owned();
    };
    let main = Metric::main(scenario);
    let all = compare_with_best(scenario, main);
    match all.iter().all(|one| one.outcome == Outcome::Worse) {
        true => format!("{} is best in {}", winner.name, main.name()),
        false => format!("{} is in front in {}, not alone", winner.name, main.name()),
    }
}

fn intro(body: &mut String, scenario: &ScenarioRun) {
    body.push_str(&format!(
        "<h2>{}</h2>\n<p class=\"shows\">{}</p>\n<p><b>Theory:</b> {}</p>\n",
        escaped(&scenario.name),
        escaped(&scenario.shows),
        escaped(&scenario.expects),
    ));
}

fn one(body: &mut String, scenario: &ScenarioRun, styles: &Styles) {
    intro(body, scenario);
    let load = super::load(&scenario.parameters);
    let rounds = super::rounds(scenario);
    body.push_str(&format!(
        "<p class=\"load\">Load: {}; {rounds}.</p>\n",
        escaped(&load)
    ));
    list(body, "What was found", &findings::sentences(scenario));
    for table in [table::speed(scenario), table::cost(scenario)] {
        set_table(body, &table);
    }
    let names = scenario
        .subjects
        .iter()
        .filter(|subject| !subject.samples.is_empty());
    legend(body, names.map(|subject| subject.name.as_str()), styles);
    body.push_str("<div class=\"plots\">\n");
    body.extend(plot::cdf(scenario, styles));
    for metric in plotted(scenario) {
        body.extend(plot::strip(scenario, metric, styles));
    }
    body.push_str("</div>\n");
    reasons(body, scenario);
    samples(body, "All samples", &[("", scenario)]);
}

/// The main figure, and what it costs.
fn plotted(scenario: &ScenarioRun) -> Vec<Metric> {
    let main = Metric::main(scenario);
    let talks = scenario.parameters.connections > 0;
    let usual = match talks {
        true => [Metric::Throughput, Metric::Cpu, Metric::Memory],
        false => [Metric::Memory, Metric::Threads, Metric::Cores],
    };
    let others = usual.into_iter().filter(|metric| *metric != main);
    std::iter::once(main).chain(others).collect()
}

fn swept(body: &mut String, sweep: &Sweep<'_>, styles: &Styles) {
    let Some((_, last)) = sweep.points.last() else {
        return;
    };
    intro(body, last);
    list(body, "Where they cross", &sweep.sentences());
    legend(body, sweep.subjects().into_iter(), styles);
    body.push_str("<div class=\"plots\">\n");
    for metric in sweep.metrics() {
        body.extend(plot::lines(sweep, metric, styles));
    }
    body.push_str("</div>\n");
    for metric in sweep.metrics() {
        set_table(body, &sweep.table(metric));
    }
    for (value, scenario) in &sweep.points {
        let value = format::round(*value);
        let parameter = sweep.parameter;
        body.push_str(&format!(
            "<details><summary>At {value} {parameter}</summary>\n"
        ));
        list(body, "What was found", &findings::sentences(scenario));
        set_table(body, &table::speed(scenario));
        set_table(body, &table::cost(scenario));
        reasons(body, scenario);
        body.push_str("</details>\n");
    }
    let named: Vec<(String, &ScenarioRun)> = sweep
        .points
        .iter()
        .map(|(value, scenario)| (format::round(*value), *scenario))
        .collect();
    let named: Vec<(&str, &ScenarioRun)> = named
        .iter()
        .map(|(name, one)| (name.as_str(), *one))
        .collect();
    samples(body, "All samples", &named);
}

/// Why it came out so, and what to take care of.
fn reasons(body: &mut String, scenario: &ScenarioRun) {
    if let Some(explanation) = explanation::explanation(scenario) {
        list(body, &explanation.heading, &explanation.paragraphs);
    }
    let warnings = quality::warnings(scenario);
    if !warnings.is_empty() {
        body.push_str("<div class=\"warning\">\n");
        list(body, "Take care", &warnings);
        body.push_str("</div>\n");
    }
}

fn list(body: &mut String, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    if !heading.is_empty() {
        body.push_str(&format!("<h3>{}</h3>\n", escaped(heading)));
    }
    body.push_str("<ul>\n");
    for item in items {
        body.push_str(&format!("<li>{}</li>\n", escaped(item)));
    }
    body.push_str("</ul>\n");
}

fn legend<'a>(body: &mut String, names: impl Iterator<Item = &'a str>, styles: &Styles) {
    body.push_str("<ul class=\"legend\">\n");
    for name in names {
        body.push_str(&styles.legend(name));
    }
    body.push_str("\n</ul>\n");
}

fn set_table(body: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    body.push_str("<div class=\"wide\"><table>\n");
    body.push_str(&format!("<caption>{}</caption>\n", escaped(&table.caption)));
    body.push_str(&format!(
        "<thead><tr><th scope=\"col\">{}</th>",
        escaped(&table.corner)
    ));
    for column in &table.columns {
        let (title, unit) = (escaped(&column.title), escaped(&column.unit));
        body.push_str(&format!(
            "<th scope=\"col\">{title}<small>{unit}</small></th>"
        ));
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        let name = escaped(&row.name);
        if !row.cells.is_empty() {
            body.push_str(&format!("<tr><th scope=\"row\">{name}</th>"));
            for cell in &row.cells {
                body.push_str(&format!("<td>{}</td>", data(&cell.text, cell.value)));
            }
            body.push_str("</tr>\n");
        }
        if let Some(sentence) = &row.sentence {
            body.push_str(&format!(
                "<tr><th scope=\"row\">{name}</th><td class=\"sentence\" colspan=\"{}\">{}</td></tr>\n",
                table.columns.len(),
                escaped(sentence)
            ));
        }
    }
    body.push_str("</tbody></table></div>\n");
}

fn data(text: &str, value: Option<f64>) -> String {
    match value {
        Some(value) => format!("<data value=\"{value}\">{}</data>", escaped(text)),
        None => escaped(text),
    }
}

/// What the plots are drawn from, round by round.
fn samples(body: &mut String, title: &str, scenarios: &[(&str, &ScenarioRun)]) {
    const METRICS: [Metric; 7] = [
        Metric::Throughput,
        Metric::P50,
        Metric::P99,
        Metric::Max,
        Metric::Cpu,
        Metric::Memory,
        Metric::Switches,
    ];
    body.push_str(&format!(
        "<details><summary>{title}</summary>\n<div class=\"wide\"><table class=\"samples\">\n"
    ));
    body.push_str("<thead><tr><th scope=\"col\">server</th><th scope=\"col\">round</th>");
    for metric in METRICS {
        let (name, unit) = (escaped(metric.name()), escaped(metric.unit()));
        body.push_str(&format!(
            "<th scope=\"col\">{name}<small>{unit}</small></th>"
        ));
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    let row = |body: &mut String, name: &str, sample: &Sample| {
        let round = sample.round;
        body.push_str(&format!(
            "<tr><th scope=\"row\">{}</th><td>{round}</td>",
            escaped(name)
        ));
        for metric in METRICS {
            let value = metric.of(sample);
            let text = value.map_or(table::NOT_AVAILABLE.to_owned(), format::short);
            body.push_str(&format!("<td>{}</td>", data(&text, value)));
        }
        body.push_str("</tr>\n");
    };
    for (at, scenario) in scenarios {
        for subject in &scenario.subjects {
            let name = match *at {
                "" => subject.name.clone(),
                at => format!("{} at {at}", subject.name),
            };
            for sample in &subject.samples {
                row(body, &name, sample);
            }
        }
    }
    body.push_str("</tbody></table></div></details>\n");
}
