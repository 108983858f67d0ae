//! Tables and sentences as Markdown, to be pasted into an issue or a lab notebook.
//!
//! **Where it breaks:** names come from command lines and files, so all syntax of Markdown and HTML in them
//! is escaped. A name full of stars is hard to read in the source.

use super::side_by_side::SideBySide;
use super::sweep::{Part, parts};
use super::table::{Table, tables};
use super::{Saved, conclusions};
use crate::lab::result::{Run, ScenarioRun};
use crate::text::plain;

/// The runs as Markdown.
pub fn markdown(runs: &[Saved]) -> String {
    let mut out = String::new();
    if runs.len() > 1 {
        let side_by_side = SideBySide::of(runs);
        out.push_str("# Side by side\n\n");
        out.push_str(&format!("{}\n\n", escaped(&side_by_side.sentence)));
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
    // In a code block only a fence has a meaning.
    let command = plain(&run.command).replace("```", "'''");
    out.push_str(&format!("# gearshift compare\n\n```sh\n{command}\n```\n\n"));
    out.push_str(&format!("{}  \n", escaped(&super::machine(&run.machine))));
    out.push_str(&format!("{}\n\n", escaped(&super::provenance(run))));
    for warning in super::run_warnings(run) {
        out.push_str(&format!("> **Warning:** {}\n\n", escaped(&warning)));
    }
    for part in parts(run) {
        match part {
            Part::One(scenario) => one(out, scenario),
            Part::Sweep(sweep) => {
                out.push_str(&format!("## {}\n\n", escaped(&sweep.first().1.name)));
                for metric in sweep.metrics() {
                    table(out, &sweep.table(metric));
                }
                list(out, &sweep.sentences());
                for (value, scenario) in &sweep.points {
                    out.push_str(&format!("### {}\n\n", escaped(&sweep.at(*value))));
                    sections(out, scenario);
                }
            }
        }
    }
}

fn one(out: &mut String, scenario: &ScenarioRun) {
    let (load, rounds) = (super::load(&scenario.parameters), super::rounds(scenario));
    out.push_str(&format!(
        "## {}\n\n{}  \nTheory: {}  \nLoad: {}; {rounds}.\n\n",
        escaped(&scenario.name),
        escaped(&scenario.shows),
        escaped(&scenario.expects),
        escaped(&load),
    ));
    for one in tables(scenario) {
        table(out, &one);
    }
    sections(out, scenario);
}

fn sections(out: &mut String, scenario: &ScenarioRun) {
    for section in conclusions(scenario) {
        out.push_str(&format!("**{}**\n\n", escaped(&section.heading)));
        list(out, &section.items);
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
    out.push_str(&format!("{}\n\n", escaped(&table.caption)));
    let header = |title: &str, unit: &str| match unit {
        "" => escaped(title),
        unit => format!("{}, {}", escaped(title), escaped(unit)),
    };
    let headers = table
        .columns
        .iter()
        .map(|one| header(&one.title, &one.unit));
    row(out, &table.corner, headers);
    out.push_str(&format!("|---|{}\n", "---:|".repeat(table.columns.len())));
    for one in table.rows.iter().filter(|row| !row.cells.is_empty()) {
        row(
            out,
            &one.name,
            one.cells.iter().map(|cell| escaped(&cell.text)),
        );
    }
    out.push('\n');
    let rows = table.rows.iter();
    let sentences =
        rows.filter_map(|row| Some(format!("{}: {}", row.name, row.sentence.as_ref()?)));
    list(out, &sentences.collect::<Vec<_>>());
}

fn row(out: &mut String, name: &str, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    out.push_str(&format!("| {} | {} |\n", escaped(name), cells.join(" | ")));
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
                out.extend(['\\', letter]);
            }
            _ => out.push(letter),
        }
    }
    out
}
