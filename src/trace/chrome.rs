//! A timeline as a file that others can read, too: Chrome's trace event format, as chrome://tracing and
//! <https://ui.perfetto.dev> open it. `gearshift timeline` reads it back.
//!
//! # gearshift timeline 1
//! The object form of the format, one event a line, times in microseconds with fractions:
//!
//! | `ph` | what | `name` | besides |
//! |---|---|---|---|
//! | `M` | three processes | `process_name` | `pid` 1: threads and workers, 2: tasks, 3: callbacks |
//! | `M` | a lane | `thread_name` | `tid`: the lane; `args`: `name`, `kind`, `parent` (a `tid` or null) |
//! | `M` | its place | `thread_sort_index` | children below their parents |
//! | `X` | a state | `running`, `ready`, `waiting: read`, `blocked on write` | `ts`, `dur`; `args`: `state`, `waiting_for` |
//! | `s`, `f` | an arrow | `wake`, `cancel` | a pair has one `id`, and the same `ts`: waking takes no time |
//! | `s`, `f` | the same | `hand over` | from a lane that put something into a queue to the one that took it out, later |
//! | `i` | a note | its text | `s`: `t`; an arrow that comes from no lane is one, too, with `cat` `wake` or `cancel` |
//!
//! `otherData`: `schema` (`gearshift-timeline/1`), `title`, `model` (or null), `command`, `wall_us`, `clock`
//! (`real` or `virtual`), `dropped` (marks for which there was no room; the picture ends before the first).
//!
//! Events are in the order of time, those of equal times in that of recording: under a virtual clock
//! most things happen at the same time, and only the order tells the story.

use super::{Event, EventKind, Kind, State, Trace};
use serde::Serialize;
use std::borrow::Cow;
use std::io;

/// No recording has so many events.
const FIRST_FLOW_ID: u64 = 1 << 32;

/// What the header of the file names.
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
    /// An arrow's end belongs to the slice that is around it, not to the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'static str>,
    /// How far an instant reaches: `t`, its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    /// One of the colours that chrome://tracing has for states of threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    cname: Option<&'static str>,
    #[serde(skip_serializing_if = "Args::is_empty")]
    args: Args<'a>,
}

#[derive(Serialize, Default)]
#[serde(untagged)]
enum Args<'a> {
    #[default]
    Nothing,
    Process {
        name: &'static str,
    },
    Lane {
        name: &'a str,
        kind: &'static str,
        parent: Option<usize>,
    },
    Place {
        sort_index: usize,
    },
    State {
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        waiting_for: Option<Cow<'static, str>>,
    },
}

impl Args<'_> {
    fn is_empty(&self) -> bool {
        matches!(self, Args::Nothing)
    }
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
    /// Writes it as Chrome trace JSON; see the source of this function for the schema.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn to_chrome_json(&self, out: &mut impl io::Write) -> io::Result<()> {
        write!(out, "{{\"traceEvents\":[")?;
        let mut before = "\n";
        let mut put = |entry: &Entry<'_>| -> io::Result<()> {
            out.write_all(before.as_bytes())?;
            before = ",\n";
            Ok(serde_json::to_writer(&mut *out, entry)?)
        };
        self.put_names(&mut put)?;
        for (id, event) in self.events().enumerate() {
            self.put_event(event, id as u64, &mut put)?;
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
            args,
            ..Entry::default()
        };
        for (pid, name) in [(1, "threads"), (2, "tasks"), (3, "callbacks")] {
            if self.tracks().iter().any(|track| process(track.kind) == pid) {
                put(&meta("process_name", pid, 0, Args::Process { name }))?;
            }
        }
        for (sort_index, index) in self.in_tree_order().into_iter().enumerate() {
            let track = &self.tracks()[index];
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
            let place = Args::Place { sort_index };
            put(&meta("thread_sort_index", pid, tid, place))?;
        }
        Ok(())
    }

    /// Lanes in the order of a family tree: each followed by its children, the eldest first.
    fn in_tree_order(&self) -> Vec<usize> {
        let mut children = vec![Vec::new(); self.tracks().len()];
        let mut to_visit = Vec::new();
        // A parent is older than its child, so there are no circles.
        for (index, track) in self.tracks().iter().enumerate().rev() {
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

    fn put_event(
        &self,
        event: Event,
        id: u64,
        put: &mut impl FnMut(&Entry<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let at = |track: Option<usize>| Entry {
            ts: Some(microseconds(event.at_ns)),
            pid: track.map_or(0, |index| process(self.tracks()[index].kind)),
            tid: track.map_or(0, |index| index + 1),
            ..Entry::default()
        };
        let instant = |track, cat, name| Entry {
            name,
            cat: Some(cat),
            ph: "i",
            s: Some("t"),
            ..at(track)
        };
        let end = |ph, kind: &'static str, id, track| Entry {
            name: kind.into(),
            cat: Some(kind),
            ph,
            bp: (ph == "f").then_some("e"),
            id: Some(id),
            ..at(track)
        };
        let (to, kind) = match event.kind {
            EventKind::State { state, until_ns } => {
                return put(&Entry {
                    ph: "X",
                    dur: Some(between(event.at_ns, until_ns)),
                    ..with_state(state, at(event.track))
                });
            }
            EventKind::Note(text) => return put(&instant(event.track, "note", text.into())),
            // Ids above those of the other arrows, which are numbers of events.
            EventKind::FlowBegin { number, .. } => {
                let id = FIRST_FLOW_ID + u64::from(number);
                return put(&end("s", "hand over", id, event.track));
            }
            EventKind::FlowEnd { number, .. } => {
                let id = FIRST_FLOW_ID + u64::from(number);
                return put(&end("f", "hand over", id, event.track));
            }
            EventKind::Wake(to) => (to, "wake"),
            EventKind::Cancel(to) => (to, "cancel"),
        };
        if event.track.is_none() {
            return put(&instant(Some(to), kind, kind.into()));
        }
        put(&end("s", kind, id, event.track))?;
        put(&end("f", kind, id, Some(to)))
    }
}

fn with_state(state: State, entry: Entry<'static>) -> Entry<'static> {
    let (name, cname) = match &state {
        State::Running => ("running", "thread_state_running"),
        State::Ready => ("ready", "thread_state_runnable"),
        State::Waiting(_) => ("waiting", "thread_state_sleeping"),
        State::BlockedOnWrite => ("blocked on write", "thread_state_iowait"),
    };
    let waiting_for = match state {
        State::Waiting(reason) => Some(reason),
        _ => None,
    };
    Entry {
        name: match &waiting_for {
            Some(reason) => format!("waiting: {reason}").into(),
            None => name.into(),
        },
        cat: Some("state"),
        cname: Some(cname),
        args: Args::State {
            state: name,
            waiting_for,
        },
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

/// A duration in microseconds which, added to its beginning, is not beyond its end. Doubles round, and a
/// viewer that adds them up takes a state that ends a billionth too late for the parent of the next.
fn between(from: u64, until: u64) -> f64 {
    let (begin, end) = (microseconds(from), microseconds(until));
    let mut length = microseconds(until - from);
    while begin + length > end {
        // The smallest step that the sum notices.
        length = (length - (begin + length - end)).max(0.0);
    }
    length
}

/// Exact to the nanosecond for some hundred days: a double has 53 bits.
fn microseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1000.0
}
