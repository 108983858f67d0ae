//! One lane in characters. Each cell stands for an interval of time.
//!
//! Several things may happen within one cell, which shows the most important one: a cancellation, then a
//! blocked write, then running, being ready, waiting. A thread that wakes up briefly in each cell must not
//! look busy, so there are two characters for running: `█` if the lane ran for at least half of the cell,
//! `▌` if it ran at all. The reason to wait is written where it fits, and not repeated until it changes.

use super::{Lane, Window};
use crate::output::styled;
use crate::text::width;
use crate::trace::State;

/// What one cell shows, in the order of importance.
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
        (Cell::RanABit, "ran for less than half of the cell"),
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

    /// The code of Select Graphic Rendition (ECMA-48) of a colour that is readable on dark and on light.
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

/// The cell of a point in time.
pub(super) fn column(window: Window, chart: usize, at: u64) -> usize {
    let past = u128::from(at.saturating_sub(window.from)) * chart as u128;
    ((past / u128::from(window.length().max(1))) as usize).min(chart - 1)
}

/// A lane in `chart` cells, each with its character. `cancelled`: the times at which it was cancelled.
pub(super) fn cells(
    lane: &Lane,
    window: Window,
    chart: usize,
    cancelled: impl Iterator<Item = u64>,
) -> Vec<(Cell, char)> {
    let mut cells = vec![Cell::Empty; chart];
    // Nanoseconds of running and of being ready, per cell.
    let mut time_in = vec![(0, 0); chart];
    // The last reason to wait, per cell.
    let mut reasons = vec![""; chart];
    for span in &lane.states {
        let Some((from, until)) = window.cut(span.from, span.until) else {
            continue;
        };
        let (shown, reason) = match &span.state {
            State::Running => (Cell::RanABit, ""),
            State::Ready => (Cell::Ready, ""),
            State::Waiting(reason) => (Cell::Waiting, &reason[..]),
            State::BlockedOnWrite => (Cell::Blocked, ""),
        };
        // A span that ends where a cell begins is not part of that cell.
        let last = column(window, chart, until.saturating_sub(1).max(from));
        for cell in column(window, chart, from)..=last {
            cells[cell] = cells[cell].max(shown);
            reasons[cell] = reason;
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
            // Waiting for a core for most of the cell is more important than a short run.
            Cell::RanABit if ready > 0 && ready >= half => *cell = Cell::Ready,
            _ => {}
        }
    }
    for at in cancelled {
        cells[column(window, chart, at)] = Cell::Cancelled;
    }
    let mut painted: Vec<(Cell, char)> =
        cells.iter().map(|cell| (*cell, cell.character())).collect();
    label(&mut painted, &reasons);
    painted
}

/// Writes the reason to wait into cells that show nothing else.
fn label(cells: &mut [(Cell, char)], reasons: &[&str]) {
    let indices: Vec<usize> = (0..cells.len()).collect();
    let mut last = "";
    let mut letters = Vec::new();
    for stretch in indices.chunk_by(|a, b| cells[*a].0 == cells[*b].0 && reasons[*a] == reasons[*b])
    {
        let (first, length) = (stretch[0], stretch.len());
        let text = crate::text::plain(reasons[first]);
        // One character per cell, after a dot if there is room for it.
        let fits = text.chars().count() == width(&text) && width(&text) <= length;
        if cells[first].0 == Cell::Waiting && reasons[first] != last && fits {
            last = reasons[first];
            let skip = usize::from(width(&text) < length);
            for (cell, letter) in stretch.iter().skip(skip).zip(text.chars()) {
                letters.push((*cell, letter));
            }
        }
    }
    for (cell, letter) in letters {
        cells[cell].1 = letter;
    }
}

/// The time at which a cell begins.
fn time_at(window: Window, chart: usize, cell: usize) -> u64 {
    let past = u128::from(window.length()) * cell as u128 / chart as u128;
    window.from + past as u64
}

/// The characters, with colours if wanted, and without empty cells at the end.
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
