//! A run in the terminal, in at most as many columns as there are.
//!
//! Tables are set by comfy-table: it knows wide characters and breaks what does not fit. A subject that
//! failed is told in a sentence in its row.
//!
//! **Where it breaks:** below some 80 columns cells are broken over lines; correct, but no pleasure.

use super::side_by_side::SideBySide;
use super::sweep::{Part, Sweep, parts};
use super::table::{self, Table};
use super::{Saved, explanation, findings};
use crate::lab::format;
use crate::lab::result::{Run, ScenarioRun};
use crate::lab::stats::baseline::{Change, Changes};
use crate::lab::stats::{Outcome, quality};
use crate::text::{cut, plain, width, wrap};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

/// No name takes more columns; those of models do not.
const LONGEST_NAME: usize = 24;

/// All of a run. No line is wider than `columns`, unless a single word is.
pub fn terminal(run: &Run, columns: usize) -> String {
    let mut page = Page::new(columns);
    head(run, &mut page);
    whole(run, &mut page);
    page.legend();
    page.out
}

/// Several runs: one table of them side by side, then each.
pub fn terminal_side_by_side(runs: &[Saved], columns: usize) -> String {
    let [_, _, ..] = runs else {
        return runs
            .first()
            .map_or(String::new(), |one| terminal(&one.run, columns));
    };
    let mut page = Page::new(columns);
    let side_by_side = SideBySide::of(runs);
    page.paragraph(&side_by_side.sentence);
    for line in &side_by_side.legend {
        page.item(line);
    }
    for table in &side_by_side.tables {
        page.blank();
        page.paragraph(&table.caption);
        page.table(table);
    }
    for saved in runs {
        page.blank();
        page.rule(&saved.name);
        head(&saved.run, &mut page);
        whole(&saved.run, &mut page);
    }
    page.legend();
    page.out
}

/// A run beside its baseline: regressions first.
pub fn against_baseline(changes: &Changes, columns: usize) -> String {
    let mut page = Page::new(columns);
    page.paragraph(&format!(
        "Beside the baseline: {} figures; a change below {} does not count. Factors [with 95 % between \
         these] over all of them.",
        changes.all.len(),
        format::percent(changes.threshold)
    ));
    page.list("What cannot be compared, or was forced", &changes.notes);
    page.list("What works no more", &changes.failed);
    let of = |outcome: Outcome| -> Vec<String> {
        let all = changes
            .all
            .iter()
            .filter(|change| change.outcome == outcome);
        all.map(ToString::to_string).collect()
    };
    page.list("What got worse", &of(Outcome::Worse));
    page.list("What got better", &of(Outcome::Better));
    let beyond = |change: &&Change| change.factor.ln().abs() > changes.threshold.ln_1p();
    let same = changes
        .all
        .iter()
        .filter(|one| one.outcome == Outcome::NoDifferenceShown);
    let (unsure, same): (Vec<&Change>, Vec<&Change>) = same.partition(beyond);
    let unsure: Vec<String> = unsure.iter().map(ToString::to_string).collect();
    page.list(
        "Beyond that, but the rounds differ too much to tell",
        &unsure,
    );
    if !same.is_empty() {
        page.blank();
        page.paragraph(&format!("No change shown in {} figures.", same.len()));
    }
    page.list("Not enough rounds", &of(Outcome::NotEnoughRounds));
    page.out
}

fn head(run: &Run, page: &mut Page) {
    page.paragraph(&format!("$ {}", run.command));
    page.paragraph(&super::machine(&run.machine));
    page.paragraph(&super::provenance(run));
    for warning in super::run_warnings(run) {
        page.paragraph(&format!("WARNING: {warning}"));
    }
}

fn whole(run: &Run, page: &mut Page) {
    for part in parts(run) {
        page.blank();
        match part {
            Part::One(scenario) => one(scenario, page),
            Part::Sweep(sweep) => swept(&sweep, page),
        }
    }
}

fn intro(scenario: &ScenarioRun, page: &mut Page) {
    page.rule(&scenario.name);
    page.paragraph(&scenario.shows);
    page.paragraph(&format!("Theory: {}", scenario.expects));
}

fn one(scenario: &ScenarioRun, page: &mut Page) {
    intro(scenario, page);
    let load = super::load(&scenario.parameters);
    page.paragraph(&format!("Load: {load}; {}.", super::rounds(scenario)));
    for table in [table::speed(scenario), table::cost(scenario)] {
        if !table.rows.is_empty() {
            page.blank();
            page.paragraph(&table.caption);
            page.table(&table);
        }
    }
    page.list("What was found", &findings::sentences(scenario));
    if let Some(explanation) = explanation::explanation(scenario) {
        page.list(&explanation.heading, &explanation.paragraphs);
    }
    page.list("Take care", &quality::warnings(scenario));
}

fn swept(sweep: &Sweep<'_>, page: &mut Page) {
    let Some((_, last)) = sweep.points.last() else {
        return;
    };
    intro(last, page);
    for metric in sweep.metrics() {
        let table = sweep.table(metric);
        page.blank();
        page.paragraph(&table.caption);
        page.table(&table);
    }
    page.list("Where they cross", &sweep.sentences());
    let at = |value: f64| format!("At {} {}", format::round(value), sweep.parameter);
    for (value, scenario) in [sweep.points.first(), sweep.points.last()]
        .into_iter()
        .flatten()
    {
        page.list(&at(*value), &findings::sentences(scenario));
        if let Some(explanation) = explanation::explanation(scenario) {
            page.list(&explanation.heading, &explanation.paragraphs);
        }
    }
    let warned = |(value, scenario): &(f64, &ScenarioRun)| {
        let at = at(*value);
        let warnings = quality::warnings(scenario).into_iter();
        warnings
            .map(move |warning| format!("{at}: {warning}"))
            .collect::<Vec<_>>()
    };
    let warnings: Vec<String> = sweep.points.iter().flat_map(warned).collect();
    page.list("Take care", &warnings);
}

struct Page {
    out: String,
    columns: usize,
}

impl Page {
    fn new(columns: usize) -> Page {
        let out = String::new();
        Page { out, columns }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        self.out.push_str(&wrap(&plain(text), self.columns));
    }

    /// A heading that is seen when scrolling by.
    fn rule(&mut self, name: &str) {
        let name = cut(name, self.columns.saturating_sub(8));
        let rest = self.columns.saturating_sub(width(&name) + 4);
        self.out
            .push_str(&format!("── {name} {}\n", "─".repeat(rest)));
    }

    fn item(&mut self, text: &str) {
        let text = wrap(&plain(text), self.columns.saturating_sub(4));
        for (index, line) in text.lines().enumerate() {
            let mark = if index == 0 { "  - " } else { "    " };
            self.out.push_str(&format!("{mark}{line}\n"));
        }
    }

    /// Under a heading; nothing for nothing.
    fn list(&mut self, heading: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.blank();
        self.paragraph(heading);
        for item in items {
            self.item(item);
        }
    }

    fn table(&mut self, table: &Table) {
        let mut set = comfy_table::Table::new();
        set.load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.columns).unwrap_or(u16::MAX));
        let heads = table
            .columns
            .iter()
            .map(|column| match column.unit.as_str() {
                "" => column.title.clone(),
                unit => format!("{}\n{unit}", column.title),
            });
        set.set_header(std::iter::once(plain(&table.corner)).chain(heads));
        for row in table.rows.iter().filter(|row| !row.cells.is_empty()) {
            let cells = row.cells.iter().map(|cell| cell.text.clone());
            set.add_row(std::iter::once(cut(&row.name, LONGEST_NAME)).chain(cells));
        }
        let first = names(table).map(|name| width(&name)).max().unwrap_or(0);
        for (index, column) in set.column_iter_mut().enumerate() {
            column.set_padding((if index == 0 { 0 } else { 2 }, 0));
            if index == 0 {
                // A name is not broken, however narrow the terminal.
                let whole = u16::try_from(first).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(whole)));
            } else {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        for line in set.to_string().lines() {
            self.out.push_str(line.trim_end());
            self.blank();
        }
        for row in &table.rows {
            if let Some(sentence) = &row.sentence {
                self.sentence(&row.name, first, sentence);
            }
        }
    }

    /// A row that is a name and a sentence.
    fn sentence(&mut self, name: &str, first: usize, sentence: &str) {
        let name = cut(name, LONGEST_NAME);
        let room = self.columns.saturating_sub(first + 2).max(20);
        for (index, line) in wrap(&plain(sentence), room).lines().enumerate() {
            let left = if index == 0 { &name } else { "" };
            let gap = " ".repeat(first.saturating_sub(width(left)) + 2);
            self.out.push_str(&format!("{left}{gap}{line}\n"));
        }
    }

    fn legend(&mut self) {
        self.blank();
        self.paragraph(&super::legend());
    }
}

/// What stands in the first column, as it stands there.
fn names(table: &Table) -> impl Iterator<Item = String> {
    let names = table.rows.iter().map(|row| cut(&row.name, LONGEST_NAME));
    names.chain([plain(&table.corner)])
}
