//! Shows a recorded timeline, in the terminal or as a web page.
//!
//! Everything it shows is in the file. It knows nothing of the models or of the process that was recorded.
//! [`read`] parses and checks the file, [`gantt`] draws lanes in characters, [`html`] makes the page, and
//! [`command`] is `gearshift timeline`.
//!
//! **Where it breaks:** it holds the whole file in memory. Two million marks are about 300 MB of text.

mod axis;
mod cells;
pub mod command;
pub mod gantt;
pub mod html;
pub mod read;
pub(crate) mod recording;
mod rows;

pub use rows::LaneFilter;

use crate::trace::State;

/// A timeline as read from its file. Times are nanoseconds since its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The subject of the recording.
    pub(crate) title: String,
    /// The concurrency model, if the recording is of one.
    pub(crate) model: Option<String>,
    /// The command line that made it.
    pub(crate) command: String,
    /// Its length.
    pub wall: u64,
    /// The number of marks that did not fit into the recording; all of them came later.
    pub(crate) dropped: u64,
    /// Whether the times are those of a virtual clock.
    pub(crate) is_virtual: bool,
    /// In the order of the tree, children below their parents.
    pub(crate) lanes: Vec<Lane>,
    /// By time; events of equal times in the order of recording.
    pub(crate) events: Vec<Event>,
}

/// Something that can wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lane {
    /// Its name, which need not be unique.
    pub(crate) name: String,
    /// `thread`, `worker`, `task` or `callback`.
    pub(crate) kind: String,
    /// The index of the lane that made it.
    pub(crate) parent: Option<usize>,
    /// Its states by time, without gaps.
    pub(crate) states: Vec<Span>,
}

/// A state of a lane, with its duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// The state.
    pub(crate) state: State,
    /// Its beginning.
    pub(crate) from: u64,
    /// Its end.
    pub(crate) until: u64,
}

/// Something that happened on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its time.
    pub(crate) at: u64,
    /// The index of the lane.
    pub(crate) lane: usize,
    /// What happened.
    pub(crate) kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// The state with this index among those of the lane begins.
    State(usize),
    /// The lane wakes or cancels another one, or hands something to it.
    Arrow {
        /// Which of these.
        kind: Arrow,
        /// The index of the other lane.
        to: usize,
        /// Its end, which is later than its beginning for a hand-over through a queue.
        until: u64,
    },
    /// An arrow to this lane that came from no lane.
    FromOutside(Arrow),
    /// A text.
    Note(String),
}

/// The kinds of arrows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrow {
    /// The other lane can go on.
    Wake,
    /// The other lane has to end.
    Cancel,
    /// The other lane took an item out of a queue.
    HandOver,
}

impl Lane {
    /// The time at which it was opened.
    pub(crate) fn begin(&self) -> u64 {
        self.states.first().map_or(0, |first| first.from)
    }

    /// The time at which it was closed.
    pub(crate) fn end(&self) -> u64 {
        self.states.last().map_or(0, |last| last.until)
    }
}

/// The part of a timeline that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Nanoseconds since the start.
    pub from: u64,
    /// Never before `from`.
    pub until: u64,
}

impl Window {
    /// Its length.
    pub(crate) fn length(self) -> u64 {
        self.until - self.from
    }

    /// The part of a span that is in the window, if any. A span of no length can be in it, too.
    pub(crate) fn cut(self, from: u64, until: u64) -> Option<(u64, u64)> {
        (from <= self.until && until >= self.from)
            .then(|| (from.max(self.from), until.min(self.until)))
    }
}
