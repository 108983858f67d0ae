//! Parses the file of a timeline and checks it, so that nothing else has to.
//!
//! The schema is in `trace/chrome.rs`. A file may be cut off, edited or something else altogether. It is
//! rejected then, with one line that says what is wrong. Traces of other programs are rejected, too: their
//! slices are calls and not states.

use super::{Arrow, Event, EventKind, Lane, Span, Timeline};
use crate::trace::State;
use serde::Deserialize;
use serde_json::error::Category;
use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow, rename = "traceEvents")]
    events: Vec<Raw<'a>>,
    #[serde(borrow, rename = "otherData", default)]
    other: Other<'a>,
}

#[derive(Deserialize, Default)]
struct Other<'a> {
    schema: Option<Cow<'a, str>>,
    #[serde(default)]
    title: String,
    model: Option<String>,
    #[serde(default)]
    command: String,
    #[serde(default)]
    wall_us: f64,
    #[serde(default)]
    dropped: u64,
    clock: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    cat: Cow<'a, str>,
    #[serde(borrow, default)]
    ph: Cow<'a, str>,
    #[serde(default)]
    ts: f64,
    #[serde(default)]
    dur: f64,
    #[serde(default)]
    tid: u64,
    #[serde(default)]
    id: Option<serde_json::Value>,
    #[serde(default)]
    args: Args,
}

#[derive(Deserialize, Default)]
struct Args {
    name: Option<String>,
    kind: Option<String>,
    parent: Option<u64>,
    state: Option<String>,
    waiting_for: Option<String>,
}

/// Parses the text of a file.
///
/// # Errors
/// What is wrong with the file, to be written after its name: `is empty: …`.
pub fn read(text: &str) -> Result<Timeline, String> {
    if text.trim().is_empty() {
        return Err("is empty: it is written when the recorded program ends normally".to_owned());
    }
    let file: File<'_> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return Err(wrong_json(text, &error)),
    };
    let schema = file.other.schema.as_deref();
    match schema {
        Some("gearshift-timeline/1") => {}
        Some(other) => {
            return Err(format!(
                "has the schema {}, which this version of gearshift does not know",
                crate::text::plain(other)
            ));
        }
        None => {
            return Err(
                "is a trace of another program: open it in ui.perfetto.dev instead".to_owned(),
            );
        }
    }
    let (mut lanes, indices) = lanes(&file.events);
    let events = events(&file.events, &mut lanes, &indices)?;
    let ends = lanes.iter().map(Lane::end);
    let wall = nanoseconds(file.other.wall_us).max(ends.max().unwrap_or(0));
    Ok(Timeline {
        title: file.other.title,
        model: file.other.model,
        command: file.other.command,
        wall,
        dropped: file.other.dropped,
        is_virtual: file.other.clock.as_deref() == Some("virtual"),
        lanes,
        events,
    })
}

fn wrong_json(text: &str, error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => format!("ends in the middle, at {place}: was it cut off?"),
        Category::Data if text.trim_start().starts_with('{') => {
            format!("is JSON, but not a timeline: see {place}")
        }
        Category::Data => "is JSON, but not a timeline: it has no traceEvents".to_owned(),
        Category::Syntax | Category::Io => format!("is not valid JSON: see {place}"),
    }
}

/// The lanes in the order of their tree, and the index of each by its number in the file.
fn lanes(events: &[Raw<'_>]) -> (Vec<Lane>, HashMap<u64, usize>) {
    let named = |event: &&Raw<'_>| event.ph == "M" && event.name == "thread_name";
    let mut found: Vec<&Raw<'_>> = events.iter().filter(named).collect();
    let mut seen = std::collections::HashSet::new();
    found.retain(|event| seen.insert(event.tid));
    // Numbers are given in the order of opening, so the oldest comes first.
    found.sort_by_key(|event| event.tid);
    let mut children: HashMap<Option<u64>, Vec<u64>> = HashMap::new();
    for event in found.iter().rev() {
        // No lane is older than its parent. A file that says otherwise could contain a cycle.
        let older = |parent: &u64| *parent < event.tid && seen.contains(parent);
        let parent = event.args.parent.filter(older);
        children.entry(parent).or_default().push(event.tid);
    }
    let by_number: HashMap<u64, &Raw<'_>> = found.iter().map(|it| (it.tid, *it)).collect();
    let mut lanes = Vec::new();
    let mut indices = HashMap::new();
    let mut to_visit = children.remove(&None).unwrap_or_default();
    while let Some(number) = to_visit.pop() {
        let args = &by_number[&number].args;
        indices.insert(number, lanes.len());
        lanes.push(Lane {
            name: args.name.clone().unwrap_or_default(),
            kind: args.kind.clone().unwrap_or_default(),
            parent: args.parent.and_then(|parent| indices.get(&parent).copied()),
            states: Vec::new(),
        });
        to_visit.append(&mut children.remove(&Some(number)).unwrap_or_default());
    }
    (lanes, indices)
}

fn events(
    raw: &[Raw<'_>],
    lanes: &mut [Lane],
    indices: &HashMap<u64, usize>,
) -> Result<Vec<Event>, String> {
    let mut events: Vec<Event> = Vec::new();
    // The index of the event with which each arrow begins, by the id of the arrow.
    let mut begun: HashMap<String, usize> = HashMap::new();
    for event in raw.iter().filter(|event| event.ph != "M") {
        let number = event.tid;
        let Some(&lane) = indices.get(&number) else {
            return Err(format!(
                "has an event on lane {number}, which it does not name"
            ));
        };
        let at = nanoseconds(event.ts);
        let mut push = |kind| events.push(Event { at, lane, kind });
        match (&*event.ph, &*event.cat) {
            ("X", _) => {
                let states = &mut lanes[lane].states;
                push(EventKind::State(states.len()));
                states.push(span(event, states.last())?);
            }
            ("s", category) => {
                let kind = arrow(category)?;
                // Points to its own lane until its end is found.
                push(EventKind::Arrow {
                    kind,
                    to: lane,
                    until: at,
                });
                begun.insert(id(event), events.len() - 1);
            }
            ("f", _) => {
                let start = begun
                    .remove(&id(event))
                    .and_then(|start| events.get_mut(start));
                let Some(Event {
                    kind: EventKind::Arrow { to, until, .. },
                    at: begin,
                    ..
                }) = start
                else {
                    return Err(format!("has an arrow to lane {number} without a beginning"));
                };
                (*to, *until) = (lane, at.max(*begin));
            }
            ("i", "note") => push(EventKind::Note(event.name.clone().into_owned())),
            ("i", category) => push(EventKind::FromOutside(arrow(category)?)),
            (other, _) => {
                let other = crate::text::plain(other);
                return Err(format!(
                    "has an event of phase '{other}', which timelines do not have"
                ));
            }
        }
    }
    if !begun.is_empty() {
        return Err("has an arrow without an end".to_owned());
    }
    // Our own files are sorted already. Equal times stay in the order of the file.
    events.sort_by_key(|event| event.at);
    Ok(events)
}

fn id(event: &Raw<'_>) -> String {
    format!("{:?}", event.id)
}

fn span(event: &Raw<'_>, before: Option<&Span>) -> Result<Span, String> {
    let waiting_for = event.args.waiting_for.clone().unwrap_or_default();
    let state = match event.args.state.as_deref() {
        Some("running") => State::Running,
        Some("ready") => State::Ready,
        Some("waiting") => State::Waiting(waiting_for.into()),
        Some("blocked on write") => State::BlockedOnWrite,
        _ => {
            let name = crate::text::plain(&event.name);
            return Err(format!("has '{name}' where a state should be"));
        }
    };
    let from = nanoseconds(event.ts);
    let span = Span {
        state,
        from,
        until: from.saturating_add(nanoseconds(event.dur)),
    };
    let begins_in_time = before.is_none_or(|before| before.until <= from);
    if event.dur < 0.0 || event.ts < 0.0 || !begins_in_time {
        return Err(format!(
            "has states of lane {} that overlap or end before they begin, at {} us",
            event.tid, event.ts
        ));
    }
    Ok(span)
}

fn arrow(category: &str) -> Result<Arrow, String> {
    match category {
        "wake" => Ok(Arrow::Wake),
        "cancel" => Ok(Arrow::Cancel),
        "hand over" => Ok(Arrow::HandOver),
        other => {
            let other = crate::text::plain(other);
            Err(format!("has an arrow of an unknown kind, '{other}'"))
        }
    }
}

/// Exact for our own files. Limited to about a hundred days, so that sums do not overflow.
fn nanoseconds(microseconds: f64) -> u64 {
    (microseconds * 1000.0).round().clamp(0.0, 1e16) as u64
}
