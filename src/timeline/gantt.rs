//! Lanes in characters, for a terminal: one row per lane, one column per interval of time.
//!
//! First the picture, as wide as the terminal, then the numbers. `cells.rs` draws one row; here rows get
//! their names, their time scale and their order.

use super::cells::{Cell, cells, column, paint};
use super::rows::{LaneFilter, Row, Summary, rows};
use super::{Arrow, Event, EventKind, Lane, Timeline, Window, axis};
use crate::text::{cut, fit, plain, width, wrap};
use std::fmt::Write;

/// How to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Columns of the terminal.
    pub columns: usize,
    /// Whether to use colours. They add nothing that the characters do not show.
    pub colour: bool,
    /// Which part of the timeline.
    pub window: Window,
    /// Which lanes.
    pub filter: LaneFilter,
    /// Also list which lane woke, cancelled or handed something to which, and the notes.
    pub arrows: bool,
}

/// Draws the picture, the table and, if wanted, the list of events.
pub fn draw(timeline: &Timeline, view: &View) -> String {
    let (rows, quiet) = rows(timeline, view.window, &view.filter);
    let mut out = header(timeline, view);
    let label = |row: &Row| "  ".repeat(row.depth) + &plain(&timeline.lanes[row.lane].name);
    let labels: Vec<String> = rows.iter().map(label).collect();
    // Names get at most a quarter of the terminal.
    let widest = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let name_columns = widest.clamp(4, (view.columns / 4).max(12));
    let chart = view.columns.saturating_sub(name_columns + 1).max(10);
    out += &scale(view.window, name_columns + 1, chart);
    let cancelled = cancellations(timeline, view.window);
    for (row, label) in rows.iter().zip(&labels) {
        let of_it = cancelled.iter().filter(|(lane, _)| *lane == row.lane);
        let at = of_it.map(|(_, at)| *at);
        let cells = cells(&timeline.lanes[row.lane], view.window, chart, at);
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
        out += &event_list(timeline, view, &rows);
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
            "the recording is full and ends here: {} later marks were dropped",
            timeline.dropped
        ));
    }
    out.push('\n');
    out
}

/// The time scale: round times above a ruler.
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

/// All cancellations, as the index of the lane and the time.
fn cancellations(timeline: &Timeline, window: Window) -> Vec<(usize, u64)> {
    let cancelled = |event: &Event| match event.kind {
        EventKind::Arrow {
            kind: Arrow::Cancel,
            to,
            ..
        } => Some((to, event.at)),
        EventKind::FromOutside(Arrow::Cancel) => Some((event.lane, event.at)),
        _ => None,
    };
    let all = timeline.events.iter().filter_map(cancelled);
    all.filter(|(_, at)| window.cut(*at, *at).is_some())
        .collect()
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
        let _ = write!(
            out,
            "{} {name}  ",
            paint(&[(cell, cell.character())], view.colour)
        );
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// One sentence about the lanes that are not shown.
fn hidden(timeline: &Timeline, view: &View, shown: usize, quiet: &[usize]) -> String {
    if shown + quiet.len() == 0 {
        return "no lane with that name in that time\n".to_owned();
    }
    if quiet.is_empty() {
        return String::new();
    }
    let mut sum = Summary::default();
    for lane in quiet {
        sum.add(&Summary::of(&timeline.lanes[*lane], view.window));
    }
    let sentence = format!(
        "and {} less busy lanes, waiting {} of the time (--max-lanes {} shows all)",
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
        // A narrow terminal has no room for the last columns.
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
    let head = ["lifetime", "running", "ready", "waiting", "blocked"];
    line("lane", head, "waits for");
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

/// All arrows from or to a lane that is shown, and the notes of these lanes.
fn event_list(timeline: &Timeline, view: &View, rows: &[Row]) -> String {
    let mut out = String::from("\n");
    let shown = |lane: usize| rows.binary_search_by_key(&lane, |row| row.lane).is_ok();
    let name = |lane: usize| plain(&timeline.lanes[lane].name);
    for event in &timeline.events {
        let (lane, at) = (event.lane, event.at);
        if view.window.cut(at, at).is_none() {
            continue;
        }
        let text = match &event.kind {
            EventKind::Arrow { kind, to, until } if shown(lane) || shown(*to) => {
                let (from, to) = (name(lane), name(*to));
                match kind {
                    Arrow::Wake => format!("{from} wakes {to}"),
                    Arrow::Cancel => format!("{from} cancels {to}"),
                    Arrow::HandOver => {
                        let queued = axis::duration(until - at);
                        format!("{from} queues an item, {to} takes it {queued} later")
                    }
                }
            }
            EventKind::FromOutside(Arrow::Cancel) if shown(lane) => {
                format!("{} is cancelled from outside", name(lane))
            }
            EventKind::FromOutside(_) if shown(lane) => {
                format!("{} is woken from outside", name(lane))
            }
            EventKind::Note(text) if shown(lane) => format!("{}: {}", name(lane), plain(text)),
            _ => continue,
        };
        let time = format!("{:>12.3} ms  ", at as f64 / 1e6);
        let room = view.columns.saturating_sub(width(&time));
        let _ = writeln!(out, "{time}{}", cut(&text, room));
    }
    out
}
