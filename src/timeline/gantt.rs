//! Lanes in characters, for a terminal: one row a lane, one column a stretch of time.
//!
//! A column is mostly longer than what happens in it, and shows one thing: the one that is worth
//! seeing. A cancellation before a write that blocks, before running, before being ready, before waiting.
//! Running is told in two strengths, so that a thread that wakes up for a moment in each column does not
//! look busy: `█` where it ran for half of the column or more, `▌` where it ran at all, be it for no time.

use super::fold::{Choice, Row, Summary, rows};
use super::text::{cut, fit, plain, width, wrap};
use super::{Arrow, Event, Lane, Timeline, What, Window, axis};
use crate::trace::State;
use std::fmt::Write;

/// How to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Columns of the terminal.
    pub columns: usize,
    /// Colours beside the characters, which suffice without.
    pub colour: bool,
    /// What part of the time.
    pub window: Window,
    /// Which lanes.
    pub choice: Choice,
    /// Also list who woke, cancelled or gave something to whom, and the notes.
    pub arrows: bool,
}

/// What one cell shows; the order is that of what is worth seeing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Nobody,
    Waiting,
    Ready,
    RanABit,
    Running,
    Blocked,
    Cancelled,
}

impl Cell {
    const LEGEND: [(Cell, &'static str); 6] = [
        (Cell::Running, "running"),
        (Cell::RanABit, "ran, for less than half of it"),
        (Cell::Ready, "ready"),
        (Cell::Waiting, "waiting"),
        (Cell::Blocked, "blocked on write"),
        (Cell::Cancelled, "cancelled"),
    ];

    fn character(self) -> char {
        match self {
            Cell::Nobody => ' ',
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
            Cell::Nobody => "",
            Cell::Waiting => "90",
            Cell::Ready => "33",
            Cell::RanABit | Cell::Running => "32",
            Cell::Blocked => "1;31",
            Cell::Cancelled => "1;35",
        }
    }
}

/// Draws it.
pub fn draw(timeline: &Timeline, view: &View) -> String {
    let (rows, quiet) = rows(timeline, view.window, &view.choice);
    let mut out = header(timeline, view);
    let label = |row: &Row| "  ".repeat(row.depth) + &plain(&timeline.lanes[row.lane].name);
    let labels: Vec<String> = rows.iter().map(label).collect();
    // Names get at most a quarter of the terminal; the picture is the point.
    let widest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let name_columns = widest.clamp(4, (view.columns / 4).max(12));
    let chart = view.columns.saturating_sub(name_columns + 1).max(10);
    out += &scale(view.window, name_columns + 1, chart);
    let cancelled = cancellations(timeline, view.window);
    for (row, label) in rows.iter().zip(&labels) {
        let cells = cells(timeline, row.lane, view.window, chart, &cancelled);
        let _ = writeln!(
            out,
            "{} {}",
            fit(label, name_columns),
            paint(&cells, view.colour)
        );
    }
    out += &hidden(timeline, view, rows.len(), &quiet);
    out += &legend(view);
    out += &table(timeline, view, &rows, &labels, name_columns);
    if view.arrows {
        out += &story(timeline, view, &rows);
    }
    out
}

fn header(timeline: &Timeline, view: &View) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(out, "{}", cut(text, view.columns));
    };
    line(if timeline.title.is_empty() {
        "timeline"
    } else {
        &timeline.title
    });
    let clock = if timeline.is_virtual {
        "of virtual time"
    } else {
        "of real time"
    };
    let model = timeline.model.as_ref();
    let model = model.map_or(String::new(), |model| format!("model {model}, "));
    line(&format!(
        "{model}{} {clock}, lanes: {}",
        axis::duration(timeline.wall),
        timeline.lanes.len()
    ));
    if !timeline.command.is_empty() {
        line(&format!("$ {}", timeline.command));
    }
    if timeline.dropped > 0 {
        line(&format!(
            "memory for marks ended here: {} more were dropped",
            timeline.dropped
        ));
    }
    out.push('\n');
    out
}

/// Round times above a ruler.
fn scale(window: Window, indent: usize, chart: usize) -> String {
    let mut labels = " ".repeat(indent);
    let mut ruler: Vec<char> = vec!['─'; chart];
    for (at, label) in axis::ticks(window.from, window.until, (chart / 11).max(2)) {
        let column = column(window, chart, at);
        let has_room = indent + column >= width(&labels) && column + label.len() <= chart;
        if has_room {
            labels = fit(&labels, indent + column) + &label + " ";
        }
        ruler[column] = '┬';
    }
    let ruler: String = ruler.into_iter().collect();
    format!("{}\n{}{ruler}\n", labels.trim_end(), " ".repeat(indent))
}

fn column(window: Window, chart: usize, at: u64) -> usize {
    let past = u128::from(at.saturating_sub(window.from)) * chart as u128;
    ((past / u128::from(window.length().max(1))) as usize).min(chart - 1)
}

/// When lanes were cancelled: place of the lane and time.
fn cancellations(timeline: &Timeline, window: Window) -> Vec<(usize, u64)> {
    let cancelled = |event: &Event| match event.what {
        What::Arrow {
            kind: Arrow::Cancel,
            to,
            ..
        } => Some((to, event.at)),
        What::FromOutside(Arrow::Cancel) => Some((event.lane, event.at)),
        _ => None,
    };
    let all = timeline.events.iter().filter_map(cancelled);
    all.filter(|(_, at)| window.cut(*at, *at).is_some())
        .collect()
}

fn cells(
    timeline: &Timeline,
    lane: usize,
    window: Window,
    chart: usize,
    cancelled: &[(usize, u64)],
) -> Vec<Cell> {
    let mut cells = vec![Cell::Nobody; chart];
    // Nanoseconds of running and of being ready in each cell.
    let mut time_in = vec![(0, 0); chart];
    for span in &timeline.lanes[lane].states {
        let Some((from, until)) = window.cut(span.from, span.until) else {
            continue;
        };
        let shown = match span.state {
            State::Running => Cell::RanABit,
            State::Ready => Cell::Ready,
            State::Waiting(_) => Cell::Waiting,
            State::BlockedOnWrite => Cell::Blocked,
        };
        // A span that ends where a cell begins is not in that cell.
        let last = column(window, chart, until.saturating_sub(1).max(from));
        for cell in column(window, chart, from)..=last {
            cells[cell] = cells[cell].max(shown);
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
    for (_, at) in cancelled.iter().filter(|(to, _)| *to == lane) {
        cells[column(window, chart, *at)] = Cell::Cancelled;
    }
    cells
}

/// Where a cell begins.
fn time_at(window: Window, chart: usize, cell: usize) -> u64 {
    let past = u128::from(window.length()) * cell as u128 / chart as u128;
    window.from + past as u64
}

fn paint(cells: &[Cell], colour: bool) -> String {
    let mut out = String::new();
    for same in cells.chunk_by(|a, b| a.colour() == b.colour()) {
        let characters = same.iter().map(|cell| cell.character());
        let on = same[0].colour();
        if colour && !on.is_empty() {
            let _ = write!(out, "\x1b[{on}m{}\x1b[0m", characters.collect::<String>());
        } else {
            out.extend(characters);
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

fn legend(view: &View) -> String {
    let mut out = String::from("\n");
    let mut used = 0;
    for (cell, name) in Cell::LEGEND {
        let entry = width(name) + 4;
        if used > 0 && used + entry > view.columns {
            out.truncate(out.trim_end().len());
            out.push('\n');
            used = 0;
        }
        used += entry;
        let _ = write!(out, "{} {name}  ", paint(&[cell], view.colour));
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// One sentence for the lanes that are not shown.
fn hidden(timeline: &Timeline, view: &View, shown: usize, quiet: &[usize]) -> String {
    if shown + quiet.len() == 0 {
        return "no lane of that name in that time\n".to_owned();
    }
    if quiet.is_empty() {
        return String::new();
    }
    let mut sum = Summary::default();
    for lane in quiet {
        sum.add(&Summary::of(&timeline.lanes[*lane], view.window));
    }
    let sentence = format!(
        "and {} quieter ones, which waited {} of their time (--max-lanes {} shows them)",
        quiet.len(),
        percent(sum.waiting, sum.lived()),
        shown + quiet.len()
    );
    wrap(&sentence, view.columns)
}

fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (0, _) | (_, 0) => "-".to_owned(),
        (part, whole) => match 100.0 * part as f64 / whole as f64 {
            small if small < 0.1 => "<0.1 %".to_owned(),
            value => format!("{value:.1} %"),
        },
    }
}

fn table(
    timeline: &Timeline,
    view: &View,
    rows: &[Row],
    labels: &[String],
    name_columns: usize,
) -> String {
    let mut out = String::from("\n");
    let mut line = |name: &str, columns: [&str; 5], last: &str| {
        let mut text = fit(name, name_columns);
        // As many as there is room for: a narrow terminal does without the last ones.
        for column in columns
            .iter()
            .take(view.columns.saturating_sub(name_columns) / 9)
        {
            let _ = write!(text, " {column:>8}");
        }
        let room = view.columns.saturating_sub(width(&text) + 2);
        let text = format!("{text}  {}", cut(last, room));
        let _ = writeln!(out, "{}", text.trim_end());
    };
    let head = ["lived", "running", "ready", "waiting", "blocked"];
    line("lane", head, "mostly for");
    for (row, label) in rows.iter().zip(labels) {
        let lane: &Lane = &timeline.lanes[row.lane];
        let sum = Summary::of(lane, view.window);
        let lived = sum.lived();
        let parts = [sum.running, sum.ready, sum.waiting, sum.blocked];
        let [running, ready, waiting, blocked] = parts.map(|part| percent(part, lived));
        line(
            label,
            [&axis::duration(lived), &running, &ready, &waiting, &blocked],
            sum.mostly_for.as_deref().unwrap_or(""),
        );
    }
    out
}

/// Who woke, cancelled or gave something to whom, and what was noted, between lanes that are shown.
fn story(timeline: &Timeline, view: &View, rows: &[Row]) -> String {
    let mut out = String::from("\n");
    let shown = |lane: usize| rows.binary_search_by_key(&lane, |row| row.lane).is_ok();
    let name = |lane: usize| plain(&timeline.lanes[lane].name);
    for event in &timeline.events {
        let (lane, at) = (event.lane, event.at);
        if view.window.cut(at, at).is_none() {
            continue;
        }
        let words = match &event.what {
            What::Arrow { kind, to, until } if shown(lane) || shown(*to) => {
                let (from, to) = (name(lane), name(*to));
                match kind {
                    Arrow::Wake => format!("{from} wakes {to}"),
                    Arrow::Cancel => format!("{from} cancels {to}"),
                    Arrow::HandOver => {
                        let lay = axis::duration(until - at);
                        format!("{from} puts something into a queue, {to} takes it {lay} later")
                    }
                }
            }
            What::FromOutside(Arrow::Cancel) if shown(lane) => {
                format!("{} is cancelled", name(lane))
            }
            What::FromOutside(_) if shown(lane) => format!("{} is woken", name(lane)),
            What::Note(text) if shown(lane) => format!("{}: {}", name(lane), plain(text)),
            _ => continue,
        };
        let time = format!("{:>12.3} ms  ", at as f64 / 1e6);
        let room = view.columns.saturating_sub(width(&time));
        let _ = writeln!(out, "{time}{}", cut(&words, room));
    }
    out
}
