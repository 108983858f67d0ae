//! Checks a file against the rules of the Trace Event Format and of our own schema.
//!
//! Of the format: the object form; the keys that each phase requires; only known phases, names and
//! categories; `X` with a duration that is not negative; slices of a lane that do not overlap, also when a
//! viewer adds up the doubles; arrows in pairs with one id, start before end; metadata for each lane and
//! process; events ordered by time. Of our schema: its name, and the states of each lane without gaps.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A lane in the file.
#[derive(Debug, Default, Clone)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) parent: Option<u64>,
    /// The name of each state, its beginning and its end in nanoseconds.
    pub(crate) states: Vec<(String, u64, u64)>,
    pub(crate) notes: Vec<String>,
}

impl Lane {
    pub(crate) fn begin(&self) -> u64 {
        self.states[0].1
    }

    pub(crate) fn end(&self) -> u64 {
        self.states[self.states.len() - 1].2
    }

    /// Nanoseconds in states that begin with `name`.
    pub(crate) fn time_in(&self, name: &str) -> u64 {
        let of_it = self
            .states
            .iter()
            .filter(|(state, ..)| state.starts_with(name));
        of_it.map(|(_, from, until)| until - from).sum()
    }
}

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) other: Value,
    pub(crate) lanes: BTreeMap<u64, Lane>,
    /// Kind, from, to.
    pub(crate) arrows: Vec<(String, u64, u64)>,
}

impl File {
    pub(crate) fn wall(&self) -> u64 {
        nanoseconds(&self.other["wall_us"])
    }

    pub(crate) fn lane(&self, name: &str) -> &Lane {
        let lane = self.lanes.values().find(|lane| lane.name == name);
        lane.unwrap_or_else(|| panic!("no lane {name} in {:?}", self.names()))
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.lanes.values().map(|lane| &lane.name[..]).collect()
    }
}

fn nanoseconds(microseconds: &Value) -> u64 {
    let value = microseconds.as_f64().unwrap();
    assert!(value >= 0.0, "{value}");
    (value * 1000.0).round() as u64
}

#[track_caller]
fn number(event: &Value, key: &str) -> u64 {
    let value = event[key].as_u64();
    value.unwrap_or_else(|| panic!("no number {key} in {event}"))
}

/// Reads a file and asserts every rule.
#[track_caller]
pub(crate) fn check(text: &str) -> File {
    let file: Value = serde_json::from_str(text).unwrap();
    assert_eq!(file["displayTimeUnit"], "ms");
    let other = file["otherData"].clone();
    assert_eq!(other["schema"], "gearshift-timeline/1");
    for key in ["title", "model", "command", "wall_us", "dropped", "clock"] {
        assert!(other.get(key).is_some(), "no {key} in {other}");
    }
    let mut read = File {
        other,
        lanes: BTreeMap::new(),
        arrows: Vec::new(),
    };
    let mut processes = BTreeSet::new();
    let mut process_of = BTreeMap::new();
    let mut open_arrows = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let mut now = 0;
    let mut ends = BTreeMap::new();
    for event in file["traceEvents"].as_array().unwrap() {
        let (pid, tid) = (number(event, "pid"), number(event, "tid"));
        let name = event["name"].as_str().unwrap().to_owned();
        let phase = event["ph"].as_str().unwrap();
        if phase == "M" {
            match &name[..] {
                "process_name" => assert!(processes.insert(pid), "two names for {pid}"),
                "thread_name" => {
                    assert_eq!(process_of.insert(tid, pid), None, "a lane is named once");
                    let lane = read.lanes.entry(tid).or_default();
                    lane.name = event["args"]["name"].as_str().unwrap().to_owned();
                    lane.kind = event["args"]["kind"].as_str().unwrap().to_owned();
                    lane.parent = event["args"]["parent"].as_u64();
                }
                "thread_sort_index" => {
                    number(&event["args"], "sort_index");
                }
                other => panic!("metadata {other}"),
            }
            continue;
        }
        assert!(processes.contains(&pid), "process {pid} has no name");
        assert_eq!(process_of.get(&tid), Some(&pid), "lane {tid} has a name");
        let at = nanoseconds(&event["ts"]);
        assert!(at >= now, "time runs backwards at {event}");
        now = at;
        let lane = read.lanes.get_mut(&tid).unwrap();
        let category = event["cat"].as_str().unwrap();
        match phase {
            "X" => {
                assert_eq!(category, "state");
                let until = at + nanoseconds(&event["dur"]);
                // Added up as a viewer does it, which nests the next state in one that ends too late.
                let (begin, length) = (event["ts"].as_f64(), event["dur"].as_f64());
                let before = ends.insert(tid, begin.unwrap() + length.unwrap());
                assert!(before <= begin, "overlaps the previous state: {event}");
                if let Some((_, _, before)) = lane.states.last() {
                    assert_eq!(*before, at, "a gap or an overlap at {event}");
                }
                let state = event["args"]["state"].as_str().unwrap();
                let named = match event["args"].get("waiting_for") {
                    Some(what) => format!("{state}: {}", what.as_str().unwrap()),
                    None => state.to_owned(),
                };
                let known = ["running", "ready", "waiting", "blocked on write"];
                assert!(known.contains(&state) && named == name, "{event}");
                lane.states.push((name, at, until));
            }
            "s" => {
                assert!(name == category && ["wake", "cancel", "hand over"].contains(&category));
                assert!(ids.insert(number(event, "id")), "one id, one arrow");
                open_arrows.insert(number(event, "id"), (name, tid, at));
            }
            "f" => {
                assert_eq!(event["bp"], "e");
                let (begun, from, since) = open_arrows.remove(&number(event, "id")).unwrap();
                assert!(begun == name && since <= at, "{event}");
                read.arrows.push((name, from, tid));
            }
            "i" => {
                assert_eq!(event["s"], "t");
                if category == "note" {
                    lane.notes.push(name);
                } else {
                    assert!(["wake", "cancel"].contains(&category), "{event}");
                }
            }
            other => panic!("phase {other}"),
        }
    }
    assert!(open_arrows.is_empty(), "without an end: {open_arrows:?}");
    for lane in read.lanes.values() {
        assert!(!lane.states.is_empty(), "{} is never in a state", lane.name);
        let states = lane.states.iter().map(|(_, from, until)| until - from);
        assert_eq!(states.sum::<u64>(), lane.end() - lane.begin());
        assert!(lane.end() <= read.wall(), "{} outlives the file", lane.name);
        if let Some(parent) = lane.parent {
            assert!(read.lanes[&parent].begin() <= lane.begin());
        }
    }
    read
}
