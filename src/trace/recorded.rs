//! A finished recording: lanes, and marks ordered by time.
//!
//! Only the beginning of a state is kept. It ends where the next one begins, so the states of a lane can
//! neither overlap nor leave gaps.

use super::lane::{About, Kind};
use std::borrow::Cow;
use std::collections::HashSet;

/// Something that happened on a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) at_ns: u64,
    /// The index of the lane; `NO_TRACK` for arrows that come from no lane.
    pub(super) track: u32,
    pub(super) kind: EventKind,
}

pub(super) const NO_TRACK: u32 = u32::MAX;

/// What happened, with texts and lanes by their index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EventKind {
    Running,
    Ready,
    /// For the reason with this text.
    Waiting(u32),
    BlockedOnWrite,
    /// The lane woke another one.
    Wake(u32),
    /// The lane cancelled another one.
    Cancel(u32),
    /// The lane put an item into a queue. The number of the flow is unique to this pair of events.
    FlowBegin(u32),
    /// The lane took this item.
    FlowEnd(u32),
    /// A text to show.
    Note(u32),
}

impl EventKind {
    pub(super) fn is_state(self) -> bool {
        matches!(
            self,
            EventKind::Running
                | EventKind::Ready
                | EventKind::Waiting(_)
                | EventKind::BlockedOnWrite
        )
    }
}

/// A finished recording.
#[derive(Clone)]
pub struct Trace {
    pub(super) about: About,
    /// Its length in nanoseconds: up to its end, or until the memory was full.
    pub(crate) wall_ns: u64,
    /// Whether the times are those of a virtual clock.
    pub(super) is_virtual: bool,
    /// The number of marks that did not fit; all of them came after `wall_ns`.
    pub(crate) dropped: u64,
    /// The lanes in the order of opening.
    pub(super) tracks: Vec<Track>,
    /// By time; equal times in the order of recording.
    pub(super) marks: Vec<Mark>,
    pub(super) texts: Vec<Cow<'static, str>>,
}

/// A recorded lane.
#[derive(Clone, Debug)]
pub(super) struct Track {
    pub(super) kind: Kind,
    /// Its name, which need not be unique.
    pub(super) name: String,
    /// The index of the lane that made it.
    pub(super) parent: Option<usize>,
    /// When it was opened, in nanoseconds since the start.
    pub(super) begin_ns: u64,
    /// When it was closed.
    pub(super) end_ns: u64,
}

impl Trace {
    /// The number of recorded marks.
    pub(crate) fn marks(&self) -> usize {
        self.marks.len()
    }

    pub(super) fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    /// For each mark that is a state, its end. For other marks, the number means nothing.
    pub(super) fn ends(&self) -> Vec<u64> {
        let mut next: Vec<u64> = self.tracks.iter().map(|track| track.end_ns).collect();
        let mut ends = vec![0; self.marks.len()];
        for (mark, end) in self.marks.iter().zip(&mut ends).rev() {
            if mark.kind.is_state() {
                *end = std::mem::replace(&mut next[mark.track as usize], mark.at_ns);
            }
        }
        ends
    }

    /// The numbers of the flows that were ended. An item that is never taken has no arrow.
    pub(super) fn ended_flows(&self) -> HashSet<u32> {
        let ended = |mark: &Mark| match mark.kind {
            EventKind::FlowEnd(number) => Some(number),
            _ => None,
        };
        self.marks.iter().filter_map(ended).collect()
    }
}
