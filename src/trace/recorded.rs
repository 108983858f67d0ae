//! What was recorded, at rest: lanes, and marks by time, from which the states of a lane and the story of
//! all of them are read.
//!
//! A state is kept as its beginning only; where it ends is where the next one begins. So nothing here can
//! contradict itself.

use super::{About, Kind, State};
use std::borrow::Cow;
use std::collections::HashMap;

#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) at_ns: u64,
    /// Its index; `NO_TRACK` for arrows and notes that come from no lane.
    pub(super) track: u32,
    pub(super) code: Code,
}

pub(super) const NO_TRACK: u32 = u32::MAX;

/// [`State`] and the rest of [`EventKind`], with texts as numbers.
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
    /// What it is of.
    pub about: About,
    /// How long it is, in nanoseconds: up to its finish, or to where memory ended.
    pub wall_ns: u64,
    /// Whether times are those that somebody said, and not the machine's.
    pub is_virtual: bool,
    /// Marks that found no room; all came after `wall_ns`.
    pub dropped: u64,
    pub(super) tracks: Vec<Track>,
    /// By time; equal times in the order of recording.
    pub(super) marks: Vec<Mark>,
    pub(super) texts: Vec<Cow<'static, str>>,
}

/// A lane as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// What kind of thing it was.
    pub kind: Kind,
    /// For people; need not be the only one of that name.
    pub name: String,
    /// The index of the one that made it.
    pub parent: Option<usize>,
    /// When it was opened, in nanoseconds since the start.
    pub begin_ns: u64,
    /// When it was closed.
    pub end_ns: u64,
}

/// One state of one lane, from its mark to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Which.
    pub state: State,
    /// Nanoseconds since the start.
    pub from_ns: u64,
    /// Where the next one begins, or the lane ends.
    pub until_ns: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds since the start.
    pub at_ns: u64,
    /// The index of the lane on which; `None`: it came from no lane.
    pub track: Option<usize>,
    /// What.
    pub kind: EventKind,
}

/// See [`Event`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The lane changed its state.
    State {
        /// To this one,
        state: State,
        /// which lasted until then.
        until_ns: u64,
    },
    /// The lane woke the one with this index.
    Wake(usize),
    /// The lane cancelled the one with this index.
    Cancel(usize),
    /// The lane put something into a queue, and `to` took it out later.
    FlowBegin {
        /// The same for a sending and its taking, and no others.
        number: u32,
        /// The index of the lane that took it.
        to: usize,
    },
    /// The lane took something out of a queue that `from` had put in.
    FlowEnd {
        /// See `FlowBegin`.
        number: u32,
        /// The index of the lane that sent it.
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

    /// How many marks were recorded.
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

    /// The states of a lane: each begins where the one before it ends.
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

    /// For each mark that is a state, where the next state of its lane begins; for others any number.
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

    /// Who sent and who took each flow, by its number; those that nobody took are not there.
    fn flows(&self) -> HashMap<u32, (usize, usize)> {
        let mut sent = HashMap::new();
        let mut taken = HashMap::new();
        for mark in &self.marks {
            match mark.code {
                Code::FlowBegin(number) => {
                    sent.insert(number, mark.track as usize);
                }
                Code::FlowEnd(number) => {
                    if let Some(from) = sent.remove(&number) {
                        taken.insert(number, (from, mark.track as usize));
                    }
                }
                _ => {}
            }
        }
        taken
    }

    /// `None` for a flow that nobody took.
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
