//! One lane in characters: a cell is a stretch of time, and shows one thing of it.
//!
//! A cell is mostly longer than what happens in it, and shows the one thing that is worth seeing: a
//! cancellation before a write that blocks, before running, before being ready, before waiting. Running
//! is told in two strengths, so that a thread that wakes up for a moment in each cell does not look
//! busy: `█` where it ran for half of the cell or more, `▌` where it ran at all, be it for no time. What
//! is waited for is written where it fits, once until it changes.

use super::{Lane, Window};
use crate::output::styled;
use crate::text::width;
use crate::trace::State;

/// What one cell shows; the order is that of what is worth seeing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Empty,
    Waiting,
    Ready,
    RanABit,
    Running,
    Blocked,
    Cancelled,
}

impl Cell {
    pub(super) const LEGEND: [(Cell, &'static str); 6] = [
        (Cell::Running, "running"),
        (Cell::RanABit, "ran, for less than half of it"),
        (Cell::Ready, "ready"),
        (Cell::Waiting, "waiting"),
        (Cell::Blocked, "blocked on write"),
        (Cell::Cancelled, "cancelled"),
    ];

    pub(super) fn character(self) -> char {
        match self {
            Cell::Empty => ' ',
            Cell::Waiting => '·',
            Cell::Ready => '▒',
            Cell::RanABit => '▌',
            Cell::Running => '█',
            Cell::Blocked => '!',
            Cell::Cancelled => '╳',
        }
    }

    /// Select Graphic Rendition (ECMA-48): colours that are readable on dark and on light.
    fn colour(self) -> &'static str {
        match self {
            Cell::Empty => "",
            Cell::Waiting => "90",
            Cell::Ready => "33",
            Cell::RanABit | Cell::Running => "32",
            Cell::Blocked => "1;31",
            Cell::Cancelled => "1;35",
        }
    }
}

/// The cell in which a time is.
pub(super) fn column(window: Window, chart: usize, at: u64) -> usize {
    let past = u128::from(at.saturating_sub(window.from)) * chart as u128;
    ((past / u128::from(window.length().max(1))) as usize).min(chart - 1)
}

/// A lane in `chart` cells, each with its character.
pub(super) fn cells(
    lane: &Lane,
    window: Window,
    chart: usize,
    cancelled: impl Iterator<Item = u64>,
) -> Vec<(Cell, char)> {
    let mut cells = vec![Cell::Empty; chart];
    // Nanoseconds of running and of being ready in each cell.
    let mut time_in = vec![(0, 0); chart];
    // What is waited for in each cell, last.
    let mut what = vec![""; chart];
    for span in &lane.states {
        let Some((from, until)) = window.cut(span.from, span.until) else {
            continue;
        };
        let (shown, waits_for) = match &span.state {
            State::Running => (Cell::RanABit, ""),
            State::Ready => (Cell::Ready, ""),
            State::Waiting(what) => (Cell::Waiting, &what[..]),
            State::BlockedOnWrite => (Cell::Blocked, ""),
        };
        // A span that ends where a cell begins is not in that cell.
        let last = column(window, chart, until.saturating_sub(1).max(from));
        for cell in column(window, chart, from)..=last {
            cells[cell] = cells[cell].max(shown);
            what[cell] = waits_for;
            let [begin, end] = [cell, cell + 1].map(|edge| time_at(window, chart, edge));
            let time = until.min(end).saturating_sub(from.max(begin));
            match shown {
                Cell::RanABit => time_in[cell].0 += time,
                Cell::Ready => time_in[cell].1 += time,
                _ => {}
            }
        }
    }
    let half = window.length() / (2 * chart as u64);
    for (cell, (ran, ready)) in cells.iter_mut().zip(time_in) {
        match cell {
            Cell::RanABit if ran > 0 && ran >= half => *cell = Cell::Running,
            // Who has no processor for most of a cell is worth seeing, though it ran for a moment.
            Cell::RanABit if ready > 0 && ready >= half => *cell = Cell::Ready,
            _ => {}
        }
    }
    for at in cancelled {
        cells[column(window, chart, at)] = Cell::Cancelled;
    }
    let mut painted: Vec<(Cell, char)> =
        cells.iter().map(|cell| (*cell, cell.character())).collect();
    label(&mut painted, &what);
    painted
}

/// Writes what is waited for into the cells where nothing else is shown.
fn label(cells: &mut [(Cell, char)], what: &[&str]) {
    let places: Vec<usize> = (0..cells.len()).collect();
    let mut said = "";
    let mut letters = Vec::new();
    for stretch in places.chunk_by(|a, b| cells[*a].0 == cells[*b].0 && what[*a] == what[*b]) {
        let (first, length) = (stretch[0], stretch.len());
        let words = crate::text::plain(what[first]);
        // A letter a cell, after a dot if there is room for one.
        let fits = words.chars().count() == width(&words) && width(&words) <= length;
        if cells[first].0 == Cell::Waiting && what[first] != said && fits {
            said = what[first];
            let skip = usize::from(width(&words) < length);
            for (cell, letter) in stretch.iter().skip(skip).zip(words.chars()) {
                letters.push((*cell, letter));
            }
        }
    }
    for (cell, letter) in letters {
        cells[cell].1 = letter;
    }
}

/// Where a cell begins.
fn time_at(window: Window, chart: usize, cell: usize) -> u64 {
    let past = u128::from(window.length()) * cell as u128 / chart as u128;
    window.from + past as u64
}

/// The characters, with colours if wanted; without what is empty at the end.
pub(super) fn paint(cells: &[(Cell, char)], colour: bool) -> String {
    let mut out = String::new();
    for same in cells.chunk_by(|a, b| a.0.colour() == b.0.colour()) {
        let characters = same.iter().map(|(_, character)| *character);
        let on = same[0].0.colour();
        if colour && !on.is_empty() {
            out += &styled(on, &characters.collect::<String>());
        } else {
            out.extend(characters);
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}
