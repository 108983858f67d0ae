//! Tables and sentences as Markdown, to be pasted into an issue or a lab notebook.
//!
//! **Where it breaks:** names come from command lines and files, so what Markdown or HTML would take for
//! an order is escaped; a name full of stars looks like one in the source, too.

use super::side_by_side::SideBySide;
use super::sweep::{Part, parts};
use super::table::{self, Table};
use super::{Saved, explanation, findings};
use crate::lab::result::{Run, ScenarioRun};
use crate::lab::stats::quality;
use crate::text::plain;

pub(super) fn text(runs: &[Saved]) -> String {
    let mut out = String::new();
    if runs.len() > 1 {
        let side_by_side = SideBySide::of(runs);
        out.push_str(&format!(
            "# Side by side\n\n{}\n\n",
            escaped(&side_by_side.sentence)
        ));
        list(&mut out, &side_by_side.legend);
        for one in &side_by_side.tables {
            table(&mut out, one);
        }
    }
    for saved in runs {
        run(&mut out, &saved.run);
    }
    out.push_str(&format!("---\n\n{}\n", escaped(&super::legend())));
    out
}

fn run(out: &mut String, run: &Run) {
    // A command in a code block is what it is; only a fence would end it.
    let command = plain(&run.command).replace("```", "'''");
    out.push_str(&format!("# gearshift compare\n\n```sh\n{command}\n```\n\n"));
    out.push_str(&format!("{}  \n", escaped(&super::machine(&run.machine))));
    out.push_str(&format!("{}\n\n", escaped(&super::provenance(run))));
    for warning in super::run_warnings(run) {
        out.push_str(&format!("> **Warning:** {}\n\n", escaped(&warning)));
    }
    for part in parts(run) {
        match part {
            Part::One(scenario) => {
                one(out, scenario);
            }
            Part::Sweep(sweep) => {
                out.push_str(&format!("## {}\n\n", escaped(sweep.name())));
                for metric in sweep.metrics() {
                    table(out, &sweep.table(metric));
                }
                list(out, &sweep.sentences());
                for (value, scenario) in &sweep.points {
                    let value = super::format::round(*value);
                    out.push_str(&format!("### At {value} {}\n\n", sweep.parameter));
                    conclusions(out, scenario);
                }
            }
        }
    }
}

fn one(out: &mut String, scenario: &ScenarioRun) {
    let (name, shows) = (escaped(&scenario.name), escaped(&scenario.shows));
    out.push_str(&format!("## {name}\n\n{shows}  \n"));
    out.push_str(&format!("Theory: {}  \n", escaped(&scenario.expects)));
    let load = super::load(&scenario.parameters);
    out.push_str(&format!(
        "Load: {}; {}.\n\n",
        escaped(&load),
        super::rounds(scenario)
    ));
    table(out, &table::speed(scenario));
    table(out, &table::cost(scenario));
    conclusions(out, scenario);
}

fn conclusions(out: &mut String, scenario: &ScenarioRun) {
    list(out, &findings::sentences(scenario));
    if let Some(explanation) = explanation::explanation(scenario) {
        out.push_str(&format!("**{}**\n\n", escaped(&explanation.heading)));
        list(out, &explanation.paragraphs);
    }
    let warnings = quality::warnings(scenario);
    if !warnings.is_empty() {
        out.push_str("**Take care**\n\n");
        list(out, &warnings);
    }
}

fn list(out: &mut String, items: &[String]) {
    for item in items {
        out.push_str(&format!("- {}\n", escaped(item)));
    }
    if !items.is_empty() {
        out.push('\n');
    }
}

fn table(out: &mut String, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    out.push_str(&format!(
        "{}\n\n| {} |",
        escaped(&table.caption),
        escaped(&table.corner)
    ));
    for column in &table.columns {
        let space = if column.unit.is_empty() { "" } else { ", " };
        out.push_str(&format!(
            " {}{space}{} |",
            escaped(&column.title),
            escaped(&column.unit)
        ));
    }
    out.push_str(&format!("\n|---|{}\n", "---:|".repeat(table.columns.len())));
    for row in table.rows.iter().filter(|row| !row.cells.is_empty()) {
        let cells: Vec<String> = row.cells.iter().map(|cell| escaped(&cell.text)).collect();
        out.push_str(&format!(
            "| {} | {} |\n",
            escaped(&row.name),
            cells.join(" | ")
        ));
    }
    out.push('\n');
    let sentence = |row: &table::Row| Some(format!("{}: {}", row.name, row.sentence.as_ref()?));
    let sentences: Vec<String> = table.rows.iter().filter_map(sentence).collect();
    list(out, &sentences);
}

/// As text, whatever is in it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in plain(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}
