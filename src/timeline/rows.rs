//! Which lanes are shown, and a summary of each.
//!
//! A thousand lanes are too many to read. The busiest are shown, in the order of the tree, and the others are
//! summed up in one sentence.

use super::{Lane, Timeline, Window};
use crate::trace::State;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::iter;

/// Which lanes to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneFilter {
    /// Lanes whose name contains one of these, ignoring case; all lanes if this is empty.
    pub names: Vec<String>,
    /// The maximum number of lanes.
    pub max_lanes: usize,
}

/// A lane that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// Its index in the timeline.
    pub(super) lane: usize,
    /// The number of its ancestors that are shown, too.
    pub(super) depth: usize,
}

/// How long a lane was in each state, in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) running: u64,
    pub(super) ready: u64,
    pub(super) waiting: u64,
    pub(super) blocked: u64,
    /// The reason for which it waited longest, if any.
    pub(super) mostly_for: Option<String>,
}

impl Summary {
    pub(super) fn of(lane: &Lane, window: Window) -> Summary {
        let mut sum = Summary::default();
        let mut by_reason: HashMap<&str, (u64, usize)> = HashMap::new();
        for (number, span) in lane.states.iter().enumerate() {
            let Some((from, until)) = window.cut(span.from, span.until) else {
                continue;
            };
            let time = until - from;
            *match &span.state {
                State::Running => &mut sum.running,
                State::Ready => &mut sum.ready,
                State::BlockedOnWrite => &mut sum.blocked,
                State::Waiting(what) => {
                    by_reason.entry(what).or_insert((0, number)).0 += time;
                    &mut sum.waiting
                }
            } += time;
        }
        // Of two equal ones the first, so that a file is always shown in the same way.
        let longest = by_reason
            .into_iter()
            .max_by_key(|(_, (time, first))| (*time, Reverse(*first)));
        sum.mostly_for = longest.map(|(what, _)| what.to_owned());
        sum
    }

    pub(super) fn lived(&self) -> u64 {
        self.running + self.ready + self.waiting + self.blocked
    }

    pub(super) fn add(&mut self, other: &Summary) {
        self.running += other.running;
        self.ready += other.ready;
        self.waiting += other.waiting;
        self.blocked += other.blocked;
    }
}

/// The lanes to show, and those that are left out because there are too many.
pub(super) fn rows(
    timeline: &Timeline,
    window: Window,
    filter: &LaneFilter,
) -> (Vec<Row>, Vec<usize>) {
    let names = filter.names.iter();
    let wanted: Vec<String> = names.map(|name| name.to_lowercase()).collect();
    let is_wanted = |lane: &Lane| {
        let name = lane.name.to_lowercase();
        let in_window = window.cut(lane.begin(), lane.end()).is_some();
        in_window && (wanted.is_empty() || wanted.iter().any(|part| name.contains(part)))
    };
    let lanes = timeline.lanes.iter().enumerate();
    let found = lanes.filter(|(_, lane)| is_wanted(lane));
    let mut found: Vec<usize> = found.map(|(index, _)| index).collect();
    let mut quiet = Vec::new();
    if found.len() > filter.max_lanes {
        let idle = |index: &usize| {
            let sum = Summary::of(&timeline.lanes[*index], window);
            Reverse(sum.running + sum.ready + sum.blocked)
        };
        found.sort_by_cached_key(idle);
        quiet = found.split_off(filter.max_lanes);
        found.sort_unstable();
    }
    let depths = depths(timeline, &found);
    let rows = found.into_iter().zip(depths);
    let rows = rows.map(|(lane, depth)| Row { lane, depth }).collect();
    (rows, quiet)
}

/// For each lane that is shown, the number of its ancestors that are shown.
fn depths(timeline: &Timeline, shown: &[usize]) -> Vec<usize> {
    let parent = |lane: usize| timeline.lanes[lane].parent;
    // Parents come before their children.
    let mut depths: HashMap<usize, usize> = HashMap::new();
    let depth = |&lane: &usize| {
        let mut ancestors = iter::successors(parent(lane), |one| parent(*one));
        let nearest = ancestors.find_map(|one| depths.get(&one));
        let depth = nearest.map_or(0, |depth| depth + 1);
        depths.insert(lane, depth);
        depth
    };
    shown.iter().map(depth).collect()
}
