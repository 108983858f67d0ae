//! One web page with everything in it: style, tables and plots, and no script. It loads nothing else, so it
//! works from a memory stick, in ten years, and on paper.
//!
//! Numbers are in `data` elements with the value from which their text was made. So a program can read the
//! page, and a test can compare it with the JSON. Names come from command lines and files, and are escaped.
//!
//! **Where it breaks:** a sweep with many points and many subjects makes a long page. The tables of samples
//! are folded.

use super::markup::{element, list, text};
use super::plot::{self, Styles};
use super::side_by_side::SideBySide;
use super::sweep::{Part, Sweep, parts};
use super::table::{Cell, Column, Row, Table, tables};
use super::{Saved, Section, conclusions};
use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Run, Sample, ScenarioRun, SubjectRun};
use crate::lab::stats::Outcome;
use crate::lab::stats::verdict::{compare_with_best, median_of, ranking};
use crate::text::{escape_html, fill};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");

/// The runs as a web page.
pub fn html(runs: &[Saved]) -> String {
    let scenarios = runs.iter().flat_map(|saved| &saved.run.scenarios);
    let subjects = scenarios.flat_map(|scenario| &scenario.subjects);
    let styles = Styles::of(subjects.map(|subject| subject.name.as_str()));
    let mut body = String::new();
    if runs.len() > 1 {
        body.push_str(&side_by_side(runs));
    }
    for (index, saved) in runs.iter().enumerate() {
        if runs.len() > 1 {
            body.push_str(&text("h2 class=\"run\"", &saved.name));
        }
        body.push_str(&run(&saved.run, index, &styles));
    }
    body.push_str(&element("footer", &text("p", &super::legend())));
    fill(PAGE, &[("{style}", STYLE), ("{body}", &body)])
}

fn side_by_side(runs: &[Saved]) -> String {
    let side_by_side = SideBySide::of(runs);
    let mut section = text("h2", "Side by side");
    section.push_str(&text("p", &side_by_side.sentence));
    section.push_str(&list(&side_by_side.legend));
    section.extend(side_by_side.tables.iter().map(table));
    element("section", &section)
}

fn run(run: &Run, index: usize, styles: &Styles) -> String {
    let command = element("p", &text("code", &run.command));
    let (machine, provenance) = (super::machine(&run.machine), super::provenance(run));
    let about = format!("{}<br>{}", escape_html(&machine), escape_html(&provenance));
    let about = element("p", &about);
    let mut out = element("div class=\"about\"", &(command + &about));
    let warnings = super::run_warnings(run);
    out.extend(warnings.iter().map(|one| text("p class=\"warning\"", one)));
    let parts = parts(run);
    out.push_str(&overview(&parts, index));
    for (part_index, part) in parts.iter().enumerate() {
        let section = match part {
            Part::One(scenario) => one(scenario, styles),
            Part::Sweep(sweep) => swept(sweep, styles),
        };
        let tag = format!("section id=\"s{index}-{part_index}\"");
        out.push_str(&element(&tag, &section));
    }
    out
}

/// Links to the scenarios, each with its winner.
fn overview(parts: &[Part<'_>], index: usize) -> String {
    if parts.len() < 2 {
        return String::new();
    }
    let item = |(part_index, part): (usize, &Part<'_>)| {
        let (name, result) = match part {
            Part::One(scenario) => (scenario.name.as_str(), result(scenario)),
            Part::Sweep(sweep) => (
                sweep.first().1.name.as_str(),
                format!("by {}", sweep.parameter),
            ),
        };
        let link = text(&format!("a href=\"#s{index}-{part_index}\""), name);
        element("li", &(link + &escape_html(&result)))
    };
    let items: String = parts.iter().enumerate().map(item).collect();
    element("nav aria-label=\"Scenarios\"", &element("ul", &items))
}

fn result(scenario: &ScenarioRun) -> String {
    let main = scenario.ranked_by();
    let measured = |subject: &&SubjectRun| median_of(main, subject).is_some();
    let Some(winner) = ranking(scenario, main).into_iter().find(measured) else {
        return "nothing was measured".to_owned();
    };
    let all = compare_with_best(scenario, main);
    if all.iter().all(|one| one.outcome == Outcome::Worse) {
        format!("{} is best in {}", winner.name, main.name())
    } else {
        format!("{} leads in {}, but not alone", winner.name, main.name())
    }
}

fn intro(scenario: &ScenarioRun) -> String {
    let theory = format!("<b>Theory:</b> {}", escape_html(&scenario.expects));
    [
        text("h2", &scenario.name),
        text("p class=\"shows\"", &scenario.shows),
        element("p", &theory),
    ]
    .concat()
}

fn one(scenario: &ScenarioRun, styles: &Styles) -> String {
    let (load, rounds) = (super::load(&scenario.parameters), super::rounds(scenario));
    let mut out = intro(scenario);
    out.push_str(&text(
        "p class=\"load\"",
        &format!("Load: {load}; {rounds}."),
    ));
    let (found, others): (Vec<Section>, Vec<Section>) = conclusions(scenario)
        .into_iter()
        .partition(|section| section.heading == "What was found");
    out.extend(found.iter().map(section));
    out.extend(tables(scenario).iter().map(table));
    let measured = scenario
        .subjects
        .iter()
        .filter(|one| !one.samples.is_empty());
    out.push_str(&styles.legend(measured.map(|subject| subject.name.as_str())));
    let strips = plotted(scenario).into_iter();
    let strips = strips.filter_map(|metric| plot::strip(scenario, metric, styles));
    let plots: String = plot::cdf(scenario, styles)
        .into_iter()
        .chain(strips)
        .collect();
    out.push_str(&element("div class=\"plots\"", &plots));
    out.extend(others.iter().map(section));
    out.push_str(&samples(&[(String::new(), scenario)]));
    out
}

/// The main metric, and the cost.
fn plotted(scenario: &ScenarioRun) -> Vec<Metric> {
    let main = scenario.ranked_by();
    let usual = if scenario.parameters.connections > 0 {
        [Metric::Throughput, Metric::Cpu, Metric::Memory]
    } else {
        [Metric::Memory, Metric::Threads, Metric::Cores]
    };
    let others = usual.into_iter().filter(|metric| *metric != main);
    std::iter::once(main).chain(others).collect()
}

fn swept(sweep: &Sweep<'_>, styles: &Styles) -> String {
    let mut out = intro(sweep.last().1);
    out.push_str(&section(&Section {
        heading: "Where they cross".to_owned(),
        items: sweep.sentences(),
    }));
    out.push_str(&styles.legend(sweep.subjects().into_iter()));
    let metrics = sweep.metrics();
    let plots = metrics
        .iter()
        .filter_map(|metric| plot::lines(sweep, *metric, styles));
    out.push_str(&element("div class=\"plots\"", &plots.collect::<String>()));
    out.extend(metrics.iter().map(|metric| table(&sweep.table(*metric))));
    for (value, scenario) in &sweep.points {
        let mut details = text("summary", &sweep.at(*value));
        details.extend(tables(scenario).iter().map(table));
        details.extend(conclusions(scenario).iter().map(section));
        out.push_str(&element("details", &details));
    }
    let points = sweep.points.iter();
    let points =
        points.map(|(value, scenario)| (format!(" at {}", format::round(*value)), *scenario));
    out.push_str(&samples(&points.collect::<Vec<_>>()));
    out
}

fn section(section: &Section) -> String {
    let content = text("h3", &section.heading) + &list(&section.items);
    match section.heading.as_str() {
        "Warnings" => element("div class=\"warning\"", &content),
        _ => content,
    }
}

fn table(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let mut rows = String::new();
    for row in &table.rows {
        let name = text("th scope=\"row\"", &row.name);
        if !row.cells.is_empty() {
            let cells: String = row.cells.iter().map(cell).collect();
            rows.push_str(&element("tr", &(name.clone() + &cells)));
        }
        if let Some(sentence) = &row.sentence {
            let columns = table.columns.len();
            let tag = format!("td class=\"sentence\" colspan=\"{columns}\"");
            rows.push_str(&element("tr", &(name + &text(&tag, sentence))));
        }
    }
    let header = |column: &Column| {
        let unit = element("small", &escape_html(&column.unit));
        element("th scope=\"col\"", &(escape_html(&column.title) + &unit))
    };
    let corner = text("th scope=\"col\"", &table.corner);
    let headers: String = table.columns.iter().map(header).collect();
    let caption = match table.caption.as_str() {
        "" => String::new(),
        caption => text("caption", caption),
    };
    let content = [
        caption,
        element("thead", &element("tr", &(corner + &headers))),
        element("tbody", &rows),
    ];
    element("div class=\"wide\"", &element("table", &content.concat()))
}

fn cell(cell: &Cell) -> String {
    let shown = match cell.value {
        Some(value) => text(&format!("data value=\"{value}\""), &cell.text),
        None => escape_html(&cell.text),
    };
    element("td", shown.trim_end())
}

/// All samples, folded: what the plots are drawn from. Each scenario comes with a suffix for its subjects.
fn samples(scenarios: &[(String, &ScenarioRun)]) -> String {
    const METRICS: [Metric; 7] = [
        Metric::Throughput,
        Metric::P50,
        Metric::P99,
        Metric::Max,
        Metric::Cpu,
        Metric::Memory,
        Metric::Switches,
    ];
    let row = |name: &str, sample: &Sample| {
        let round = Cell {
            text: sample.round.to_string(),
            value: None,
        };
        let cells = METRICS.map(|metric| Cell::new(sample.value(metric), format::short));
        Row {
            name: name.to_owned(),
            cells: [round].into_iter().chain(cells).collect(),
            sentence: None,
        }
    };
    let mut rows = Vec::new();
    for (suffix, scenario) in scenarios {
        for subject in &scenario.subjects {
            let name = format!("{}{suffix}", subject.name);
            rows.extend(subject.samples.iter().map(|sample| row(&name, sample)));
        }
    }
    let metrics = METRICS.map(|metric| Column::new(metric.name(), metric.unit()));
    let all = Table {
        caption: String::new(),
        corner: "server".to_owned(),
        columns: [Column::new("round", "")]
            .into_iter()
            .chain(metrics)
            .collect(),
        rows,
    };
    let content = text("summary", "All samples") + &table(&all);
    element("details class=\"samples\"", &content)
}
