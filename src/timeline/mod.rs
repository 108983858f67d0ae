//! A recorded timeline, shown: in the terminal, or as one page that needs no network.
//!
//! What it shows is in the file, and the file alone: it knows neither the models nor how anything was
//! recorded, so a picture can be made of yesterday's run, or of a lesson's. [`read`] takes the file apart
//! and refuses what makes no sense, [`gantt`] draws lanes in characters, [`html`] makes the page.
//!
//! **Where it breaks:** it holds the whole file in memory. Two million marks are some 300 MB of text.

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

/// A timeline, as its file has it. Times are nanoseconds since its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// For people.
    pub title: String,
    /// The concurrency model, if it is of one.
    pub model: Option<String>,
    /// The command line that made it.
    pub command: String,
    /// Its length.
    pub wall: u64,
    /// Marks that found no room in the recorder; all of them came later.
    pub dropped: u64,
    /// Whether a lesson set the time, and not the machine.
    pub is_virtual: bool,
    /// In the order of the family tree, children below their parents.
    pub lanes: Vec<Lane>,
    /// By time; those of equal times in the order in which they happened.
    pub events: Vec<Event>,
}

/// Who can wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lane {
    /// For people; need not be the only one of that name.
    pub name: String,
    /// `thread`, `worker`, `task` or `callback`.
    pub kind: String,
    /// The place of the one that made it.
    pub parent: Option<usize>,
    /// One after the other, without gaps.
    pub states: Vec<Span>,
}

/// A lane's state, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Which.
    pub state: State,
    /// Its beginning.
    pub from: u64,
    /// Its end.
    pub until: u64,
}

/// Something that happened on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: u64,
    /// On which lane, by its place.
    pub lane: usize,
    /// What.
    pub kind: EventKind,
}

/// See [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The state with this place among the lane's begins.
    State(usize),
    /// It is why another lane goes on, or ends.
    Arrow {
        /// Why.
        kind: Arrow,
        /// The place of the other.
        to: usize,
        /// When it got there: for what lay in a queue, later.
        until: u64,
    },
    /// An arrow that came from no lane.
    FromOutside(Arrow),
    /// Words for people.
    Note(String),
}

/// Why a lane goes on, or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrow {
    /// What it waited for is there.
    Wake,
    /// It is to end.
    Cancel,
    /// It took something out of a queue.
    HandOver,
}

impl Lane {
    /// When it was opened.
    pub fn begin(&self) -> u64 {
        self.states.first().map_or(0, |first| first.from)
    }

    /// When it was closed.
    pub fn end(&self) -> u64 {
        self.states.last().map_or(0, |last| last.until)
    }
}

/// The part of a timeline that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Nanoseconds since the start.
    pub from: u64,
    /// Never before `from`.
    pub until: u64,
}

impl Window {
    /// How long it is.
    pub fn length(self) -> u64 {
        self.until - self.from
    }

    /// What of a span is in it; `None` if nothing is. A moment, at which somebody ran or waited
    /// for no time at all, is in it.
    pub fn cut(self, from: u64, until: u64) -> Option<(u64, u64)> {
        (from <= self.until && until >= self.from)
            .then(|| (from.max(self.from), until.min(self.until)))
    }
}
