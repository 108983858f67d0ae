//! A run in the terminal, no wider than the terminal.
//!
//! comfy-table lays out the tables: it knows wide characters and wraps what does not fit. The row of a
//! subject that failed is a sentence.
//!
//! **Where it breaks:** below about 80 columns, cells are wrapped. The result is correct but hard to read.

use super::side_by_side::SideBySide;
use super::sweep::{Part, Sweep, parts};
use super::table::{Table, tables};
use super::{Saved, conclusions};
use crate::lab::format;
use crate::lab::result::{Run, ScenarioRun};
use crate::lab::stats::baseline::{Change, Changes};
use crate::lab::stats::{Outcome, quality};
use crate::text::{cut, plain, width, wrap};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

/// Longer names are cut. The names of models are shorter.
const MAX_NAME: usize = 24;

/// The whole run. No line is wider than `columns`, unless a single word is.
pub fn terminal(run: &Run, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.run(run);
    page.legend();
    page.out
}

/// Several runs: one table with all of them, then each.
pub fn terminal_side_by_side(runs: &[Saved], columns: usize) -> String {
    if let [one] = runs {
        return terminal(&one.run, columns);
    }
    let mut page = Page::new(columns);
    let side_by_side = SideBySide::of(runs);
    page.paragraph(&side_by_side.sentence);
    page.items(&side_by_side.legend);
    for table in &side_by_side.tables {
        page.table(table);
    }
    for saved in runs {
        page.blank();
        page.rule(&saved.name);
        page.run(&saved.run);
    }
    page.legend();
    page.out
}

/// A run compared with its baseline, regressions first.
pub(in crate::lab) fn against_baseline(changes: &Changes, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.paragraph(&format!(
        "Compared with the baseline: {} metrics; a change below {} does not count. Factors [with their 95 % \
         interval over all metrics].",
        changes.all.len(),
        format::percent(changes.threshold)
    ));
    let sentences = |all: &[&Change]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    let with = |outcome| sentences(&changes.with(outcome).collect::<Vec<_>>());
    page.list("Not compared, or compared by force", &changes.notes);
    page.list("Newly failing", &changes.failed);
    page.list("Worse", &with(Outcome::Worse));
    page.list("Better", &with(Outcome::Better));
    let is_beyond = |change: &&Change| change.factor.ln().abs() > changes.threshold.ln_1p();
    let (unsure, same): (Vec<&Change>, Vec<&Change>) = changes
        .with(Outcome::NoDifferenceShown)
        .partition(is_beyond);
    page.list(
        "Beyond the threshold, but the rounds vary too much for a verdict",
        &sentences(&unsure),
    );
    if !same.is_empty() {
        page.blank();
        page.paragraph(&format!("No change shown in {} metrics.", same.len()));
    }
    page.list("Not enough rounds", &with(Outcome::NotEnoughRounds));
    page.out
}

struct Page {
    out: String,
    columns: usize,
}

impl Page {
    fn new(columns: usize) -> Page {
        Page {
            out: String::new(),
            columns,
        }
    }

    fn run(&mut self, run: &Run) {
        self.paragraph(&format!("$ {}", run.command));
        self.paragraph(&super::machine(&run.machine));
        self.paragraph(&super::provenance(run));
        for warning in super::run_warnings(run) {
            self.paragraph(&format!("WARNING: {warning}"));
        }
        for part in parts(run) {
            self.blank();
            match part {
                Part::One(scenario) => self.one(scenario),
                Part::Sweep(sweep) => self.sweep(&sweep),
            }
        }
    }

    fn intro(&mut self, scenario: &ScenarioRun) {
        self.rule(&scenario.name);
        self.paragraph(&scenario.shows);
        self.paragraph(&format!("Theory: {}", scenario.expects));
    }

    fn one(&mut self, scenario: &ScenarioRun) {
        self.intro(scenario);
        let load = super::load(&scenario.parameters);
        self.paragraph(&format!("Load: {load}; {}.", super::rounds(scenario)));
        for table in tables(scenario) {
            self.table(&table);
        }
        for section in conclusions(scenario) {
            self.list(&section.heading, &section.items);
        }
    }

    fn sweep(&mut self, sweep: &Sweep<'_>) {
        self.intro(sweep.last().1);
        for metric in sweep.metrics() {
            self.table(&sweep.table(metric));
        }
        self.list("Where they cross", &sweep.sentences());
        for (value, scenario) in [sweep.first(), sweep.last()] {
            for section in conclusions(scenario) {
                match section.heading.as_str() {
                    "What was found" => self.list(&sweep.at(value), &section.items),
                    "Warnings" => {} // below, of all points
                    heading => self.list(heading, &section.items),
                }
            }
        }
        let mut warnings = Vec::new();
        for (value, scenario) in &sweep.points {
            let at = sweep.at(*value);
            let of_point = quality::warnings(scenario).into_iter();
            warnings.extend(of_point.map(|warning| format!("{at}: {warning}")));
        }
        self.list("Warnings", &warnings);
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        self.out.push_str(&wrap(&plain(text), self.columns));
    }

    /// A heading that stands out when scrolling.
    fn rule(&mut self, name: &str) {
        let name = cut(name, self.columns.saturating_sub(8));
        let rest = self.columns.saturating_sub(width(&name) + 4);
        self.out
            .push_str(&format!("── {name} {}\n", "─".repeat(rest)));
    }

    fn items(&mut self, items: &[String]) {
        for item in items {
            self.hanging("  - ", 4, item);
        }
    }

    /// A text wrapped to the right of a label, which may be shorter than `indent`.
    fn hanging(&mut self, label: &str, indent: usize, text: &str) {
        let room = self.columns.saturating_sub(indent).max(20);
        for (index, line) in wrap(&plain(text), room).lines().enumerate() {
            let label = if index == 0 { label } else { "" };
            let gap = " ".repeat(indent.saturating_sub(width(label)));
            self.out.push_str(&format!("{label}{gap}{line}\n"));
        }
    }

    /// Items under a heading; nothing if there are none.
    fn list(&mut self, heading: &str, items: &[String]) {
        if !items.is_empty() {
            self.blank();
            self.paragraph(heading);
            self.items(items);
        }
    }

    fn table(&mut self, table: &Table) {
        if table.rows.is_empty() {
            return;
        }
        self.blank();
        self.paragraph(&table.caption);
        let mut grid = comfy_table::Table::new();
        grid.load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.columns).unwrap_or(u16::MAX));
        let columns = table.columns.iter();
        let headers = columns.map(|column| match column.unit.as_str() {
            "" => column.title.clone(),
            unit => format!("{}\n{unit}", column.title),
        });
        grid.set_header(std::iter::once(plain(&table.corner)).chain(headers));
        for row in table.rows.iter().filter(|row| !row.cells.is_empty()) {
            let cells = row.cells.iter().map(|cell| cell.text.clone());
            grid.add_row(std::iter::once(cut(&row.name, MAX_NAME)).chain(cells));
        }
        let names = table.rows.iter().map(|row| cut(&row.name, MAX_NAME));
        let names = names.chain([plain(&table.corner)]);
        let name_width = names.map(|name| width(&name)).max().unwrap_or(0);
        for (index, column) in grid.column_iter_mut().enumerate() {
            column.set_padding((if index == 0 { 0 } else { 2 }, 0));
            if index == 0 {
                // Names are not wrapped, however narrow the terminal.
                let whole = Width::Fixed(u16::try_from(name_width).unwrap_or(u16::MAX));
                column.set_constraint(ColumnConstraint::LowerBoundary(whole));
            } else {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in grid.to_string().lines() {
            self.out.push_str(line.trim_end());
            self.blank();
        }
        for row in &table.rows {
            if let Some(sentence) = &row.sentence {
                self.hanging(&cut(&row.name, MAX_NAME), name_width + 2, sentence);
            }
        }
    }

    fn legend(&mut self) {
        self.blank();
        self.paragraph(&super::legend());
    }
}
