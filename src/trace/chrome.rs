//! Writes a timeline in Chrome's trace event format, which chrome://tracing and <https://ui.perfetto.dev>
//! open, too. `gearshift timeline` reads it back.
//!
//! # gearshift timeline 1
//! The object form of the format, one event per line, times in microseconds with fractions:
//!
//! | `ph` | what | `name` | more |
//! |---|---|---|---|
//! | `M` | three processes | `process_name` | `pid` 1: threads and workers, 2: tasks, 3: callbacks |
//! | `M` | a lane | `thread_name` | `tid`: the lane; `args`: `name`, `kind`, `parent` (a `tid` or null) |
//! | `M` | its position | `thread_sort_index` | children below their parents |
//! | `X` | a state | `running`, `ready`, `waiting: read`, `blocked on write` | `ts`, `dur`; `args`: `state`, `waiting_for` |
//! | `s`, `f` | an arrow | `wake`, `cancel` | both ends have the same `id` and `ts` |
//! | `s`, `f` | a flow | `hand over` | from the lane that put an item into a queue to the lane that took it later |
//! | `i` | a note | its text | `s`: `t` |
//! | `i` | an arrow from no lane | `wake`, `cancel` | `s`: `t`, on the lane that is woken or cancelled |
//!
//! `otherData`: `schema` (`gearshift-timeline/1`), `title`, `model` (or null), `command`, `wall_us`, `clock`
//! (`real` or `virtual`), `dropped` (the number of marks that did not fit; the picture ends before them).
//!
//! Events are ordered by time, and those of equal times as they were recorded. Under a virtual clock most
//! events have equal times, and only their order shows what happened first.

use super::lane::Kind;
use super::recorded::{EventKind, Mark, NO_TRACK, Trace};
use serde::Serialize;
use std::borrow::Cow;
use std::io;

/// Ids of flows begin here. Ids of other arrows are numbers of events, which are smaller.
const FIRST_FLOW_ID: u64 = 1 << 32;

/// The schema that the file names.
const SCHEMA: &str = "gearshift-timeline/1";

#[derive(Serialize, Default)]
struct Entry<'a> {
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    ph: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<f64>,
    pid: u32,
    tid: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// `e`: the end of an arrow belongs to the enclosing slice, not to the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    /// The scope of an instant: `t`, its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    /// The colour of chrome://tracing for this state of a thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    cname: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Args<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Args<'a> {
    Process {
        name: &'static str,
    },
    Lane {
        name: &'a str,
        kind: &'static str,
        parent: Option<usize>,
    },
    Position {
        sort_index: usize,
    },
    State {
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        waiting_for: Option<&'a str>,
    },
}

#[derive(Serialize)]
struct OtherData<'a> {
    schema: &'static str,
    title: &'a str,
    model: Option<&'a str>,
    command: &'a str,
    wall_us: f64,
    dropped: u64,
    clock: &'static str,
}

impl Trace {
    /// Writes the recording as Chrome trace JSON. The header of this source file describes the schema.
    ///
    /// # Errors
    /// The errors of `out`.
    pub fn to_chrome_json(&self, out: &mut impl io::Write) -> io::Result<()> {
        write!(out, "{{\"traceEvents\":[")?;
        let mut before = "\n";
        let mut put = |entry: &Entry<'_>| -> io::Result<()> {
            out.write_all(before.as_bytes())?;
            before = ",\n";
            Ok(serde_json::to_writer(&mut *out, entry)?)
        };
        self.put_names(&mut put)?;
        let ended_flows = self.ended_flows();
        let is_shown = |kind: EventKind| match kind {
            EventKind::FlowBegin(number) => ended_flows.contains(&number),
            _ => true,
        };
        for (id, (mark, end)) in self.marks.iter().zip(self.ends()).enumerate() {
            if is_shown(mark.kind) {
                self.put_event(mark, end, id as u64, &mut put)?;
            }
        }
        let about = &self.about;
        let other = OtherData {
            schema: SCHEMA,
            title: &about.title,
            model: about.model.as_deref(),
            command: &about.command,
            wall_us: microseconds(self.wall_ns),
            dropped: self.dropped,
            clock: if self.is_virtual { "virtual" } else { "real" },
        };
        write!(out, "\n],\n\"displayTimeUnit\":\"ms\",\n\"otherData\":")?;
        serde_json::to_writer(&mut *out, &other)?;
        writeln!(out, "}}")
    }

    fn put_names(&self, put: &mut impl FnMut(&Entry<'_>) -> io::Result<()>) -> io::Result<()> {
        let meta = |name: &'static str, pid, tid, args| Entry {
            name: name.into(),
            ph: "M",
            pid,
            tid,
            args: Some(args),
            ..Entry::default()
        };
        for (pid, name) in [(1, "threads"), (2, "tasks"), (3, "callbacks")] {
            if self.tracks.iter().any(|track| process(track.kind) == pid) {
                put(&meta("process_name", pid, 0, Args::Process { name }))?;
            }
        }
        for (sort_index, index) in self.in_tree_order().into_iter().enumerate() {
            let track = &self.tracks[index];
            let (pid, tid) = (process(track.kind), index + 1);
            let lane = Args::Lane {
                name: &track.name,
                kind: match track.kind {
                    Kind::Thread => "thread",
                    Kind::Worker => "worker",
                    Kind::Task => "task",
                    Kind::Callback => "callback",
                },
                parent: track.parent.map(|parent| parent + 1),
            };
            put(&meta("thread_name", pid, tid, lane))?;
            let position = Args::Position { sort_index };
            put(&meta("thread_sort_index", pid, tid, position))?;
        }
        Ok(())
    }

    /// Lanes in the order of the tree: each is followed by its children, the oldest first.
    fn in_tree_order(&self) -> Vec<usize> {
        let mut children = vec![Vec::new(); self.tracks.len()];
        let mut to_visit = Vec::new();
        // A parent is opened before its child, so there are no cycles.
        for (index, track) in self.tracks.iter().enumerate().rev() {
            match track.parent {
                Some(parent) => children[parent].push(index),
                None => to_visit.push(index),
            }
        }
        let mut all = Vec::new();
        while let Some(index) = to_visit.pop() {
            all.push(index);
            to_visit.append(&mut children[index]);
        }
        all
    }

    /// `state_end`: where the state ends, if the mark is one. `id`: for an arrow, if the mark is one.
    fn put_event(
        &self,
        mark: &Mark,
        state_end: u64,
        id: u64,
        put: &mut impl FnMut(&Entry<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let at = |track: u32| Entry {
            ts: Some(microseconds(mark.at_ns)),
            pid: process(self.tracks[track as usize].kind),
            tid: track as usize + 1,
            ..Entry::default()
        };
        let end = |ph, kind: &'static str, id, track| Entry {
            name: kind.into(),
            cat: Some(kind),
            ph,
            bp: (ph == "f").then_some("e"),
            id: Some(id),
            ..at(track)
        };
        let flow = |ph, number| {
            let id = FIRST_FLOW_ID + u64::from(number);
            end(ph, "hand over", id, mark.track)
        };
        let (to, kind) = match mark.kind {
            EventKind::FlowBegin(number) => return put(&flow("s", number)),
            EventKind::FlowEnd(number) => return put(&flow("f", number)),
            EventKind::Note(text) => {
                return put(&instant("note", self.text(text), at(mark.track)));
            }
            EventKind::Wake(to) => (to, "wake"),
            EventKind::Cancel(to) => (to, "cancel"),
            state => {
                return put(&Entry {
                    dur: Some(between(mark.at_ns, state_end)),
                    ..self.with_state(state, at(mark.track))
                });
            }
        };
        if mark.track == NO_TRACK {
            return put(&instant(kind, kind, at(to)));
        }
        put(&end("s", kind, id, mark.track))?;
        put(&end("f", kind, id, to))
    }

    fn with_state<'a>(&'a self, state: EventKind, entry: Entry<'a>) -> Entry<'a> {
        let (name, cname) = match state {
            EventKind::Running => ("running", "thread_state_running"),
            EventKind::Ready => ("ready", "thread_state_runnable"),
            EventKind::BlockedOnWrite => ("blocked on write", "thread_state_iowait"),
            _ => ("waiting", "thread_state_sleeping"),
        };
        let waiting_for = match state {
            EventKind::Waiting(reason) => Some(self.text(reason)),
            _ => None,
        };
        Entry {
            name: match waiting_for {
                Some(reason) => format!("waiting: {reason}").into(),
                None => name.into(),
            },
            cat: Some("state"),
            ph: "X",
            cname: Some(cname),
            args: Some(Args::State {
                state: name,
                waiting_for,
            }),
            ..entry
        }
    }
}

fn instant<'a>(cat: &'static str, name: &'a str, entry: Entry<'a>) -> Entry<'a> {
    Entry {
        name: name.into(),
        cat: Some(cat),
        ph: "i",
        s: Some("t"),
        ..entry
    }
}

fn process(kind: Kind) -> u32 {
    match kind {
        Kind::Thread | Kind::Worker => 1,
        Kind::Task => 2,
        Kind::Callback => 3,
    }
}

/// A duration in microseconds that, added to its beginning, does not exceed its end. Doubles are rounded, and
/// a viewer nests the next state in one that ends even slightly too late.
fn between(from: u64, until: u64) -> f64 {
    let (begin, end) = (microseconds(from), microseconds(until));
    let mut length = microseconds(until - from);
    while begin + length > end {
        // The smallest step that changes the sum.
        length = (length - (begin + length - end)).max(0.0);
    }
    length
}

/// Exact to the nanosecond for about a hundred days: a double has 53 bits.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}
