//! A finished recording: lanes, and marks ordered by time.
//!
//! Only the beginning of a state is kept. It ends where the next one begins, so the states of a lane can
//! neither overlap nor leave gaps.

use super::{About, Kind, State};
use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) at_ns: u64,
    /// The index of the lane; `NO_TRACK` for arrows and notes that come from no lane.
    pub(super) track: u32,
    pub(super) code: Code,
}

pub(super) const NO_TRACK: u32 = u32::MAX;

/// Like [`EventKind`], with numbers for texts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Running,
    Ready,
    Waiting(u32),
    BlockedOnWrite,
    Wake(u32),
    Cancel(u32),
    FlowBegin(u32),
    FlowEnd(u32),
    Note(u32),
}

impl Code {
    fn is_state(self) -> bool {
        matches!(
            self,
            Code::Running | Code::Ready | Code::Waiting(_) | Code::BlockedOnWrite
        )
    }
}

/// A finished recording.
#[derive(Clone)]
pub struct Trace {
    /// The subject of the recording.
    pub about: About,
    /// Its length in nanoseconds: up to its end, or until the memory was full.
    pub wall_ns: u64,
    /// Whether the times are those of a virtual clock.
    pub is_virtual: bool,
    /// The number of marks that did not fit; all of them came after `wall_ns`.
    pub dropped: u64,
    pub(super) tracks: Vec<Track>,
    /// By time; equal times in the order of recording.
    pub(super) marks: Vec<Mark>,
    pub(super) texts: Vec<Cow<'static, str>>,
}

/// A recorded lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// What the lane was.
    pub kind: Kind,
    /// Its name, which need not be unique.
    pub name: String,
    /// The index of the lane that made it.
    pub parent: Option<usize>,
    /// When it was opened, in nanoseconds since the start.
    pub begin_ns: u64,
    /// When it was closed.
    pub end_ns: u64,
}

/// One state of one lane, from its mark to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The state.
    pub state: State,
    /// Nanoseconds since the start.
    pub from_ns: u64,
    /// Where the next one begins, or the lane ends.
    pub until_ns: u64,
}

/// Something that happened on a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds since the start.
    pub at_ns: u64,
    /// The index of the lane; `None` if it came from no lane.
    pub track: Option<usize>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The lane changed its state.
    State {
        /// The new state.
        state: State,
        /// Its end.
        until_ns: u64,
    },
    /// The lane woke the one with this index.
    Wake(usize),
    /// The lane cancelled the one with this index.
    Cancel(usize),
    /// The lane put an item into a queue, and `to` took it later.
    FlowBegin {
        /// Unique to this pair of events.
        number: u32,
        /// The index of the lane that took it.
        to: usize,
    },
    /// The lane took an item that `from` had put into a queue.
    FlowEnd {
        /// The number of its `FlowBegin`.
        number: u32,
        /// The index of the lane that put it there.
        from: usize,
    },
    /// A text for people.
    Note(String),
}

impl Trace {
    /// The lanes in the order of opening.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The number of recorded marks.
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// Everything that happened, by time; at equal times in the order of recording.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let ends = self.ends();
        let flows = self.flows();
        let marks = self.marks.iter().zip(ends);
        marks.filter_map(move |(mark, until_ns)| {
            Some(Event {
                at_ns: mark.at_ns,
                track: (mark.track != NO_TRACK).then_some(mark.track as usize),
                kind: self.event_kind(mark.code, until_ns, &flows)?,
            })
        })
    }

    /// The states of a lane. Each begins where the one before it ends.
    pub fn states(&self, track: usize) -> Vec<Interval> {
        let of_it = |event: Event| match event.kind {
            EventKind::State { state, until_ns } if event.track == Some(track) => Some(Interval {
                state,
                from_ns: event.at_ns,
                until_ns,
            }),
            _ => None,
        };
        self.events().filter_map(of_it).collect()
    }

    /// For each mark that is a state, its end. For other marks, the number means nothing.
    fn ends(&self) -> Vec<u64> {
        let mut next: Vec<u64> = self.tracks.iter().map(|track| track.end_ns).collect();
        let mut ends = vec![0; self.marks.len()];
        for (mark, end) in self.marks.iter().zip(&mut ends).rev() {
            if mark.code.is_state() {
                *end = std::mem::replace(&mut next[mark.track as usize], mark.at_ns);
            }
        }
        ends
    }

    /// The two lanes of each flow that was ended, by its number.
    fn flows(&self) -> HashMap<u32, (usize, usize)> {
        let mut begun = HashMap::new();
        let mut ended = HashMap::new();
        for mark in &self.marks {
            match mark.code {
                Code::FlowBegin(number) => {
                    begun.insert(number, mark.track as usize);
                }
                Code::FlowEnd(number) => {
                    if let Some(from) = begun.remove(&number) {
                        ended.insert(number, (from, mark.track as usize));
                    }
                }
                _ => {}
            }
        }
        ended
    }

    /// `None` for a flow that was not ended.
    fn event_kind(
        &self,
        code: Code,
        until_ns: u64,
        flows: &HashMap<u32, (usize, usize)>,
    ) -> Option<EventKind> {
        let text = |number: u32| self.texts[number as usize].clone();
        let state = match code {
            Code::Wake(to) => return Some(EventKind::Wake(to as usize)),
            Code::Cancel(to) => return Some(EventKind::Cancel(to as usize)),
            Code::Note(number) => return Some(EventKind::Note(text(number).into_owned())),
            Code::FlowBegin(number) => {
                let to = flows.get(&number)?.1;
                return Some(EventKind::FlowBegin { number, to });
            }
            Code::FlowEnd(number) => {
                let from = flows.get(&number)?.0;
                return Some(EventKind::FlowEnd { number, from });
            }
            Code::Running => State::Running,
            Code::Ready => State::Ready,
            Code::Waiting(number) => State::Waiting(text(number)),
            Code::BlockedOnWrite => State::BlockedOnWrite,
        };
        Some(EventKind::State { state, until_ns })
    }
}
