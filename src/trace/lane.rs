//! The terms of a recording: lanes, their states, and arrows through queues.

use std::borrow::Cow;

/// Something that can wait. A number: free to copy, ignored after its recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Lane(pub(super) u32);

impl Lane {
    /// No lane. Every call ignores it, so it can be used wherever nothing is recorded.
    pub const NONE: Lane = Lane(0);

    /// Set for threads, so that a mark knows without a look-up whether to ask the kernel.
    pub(super) const IS_THREAD: u32 = 1 << 31;

    pub(super) fn new(number: u32, kind: Kind) -> Lane {
        match kind {
            Kind::Thread | Kind::Worker => Lane(number | Lane::IS_THREAD),
            Kind::Task | Kind::Callback => Lane(number),
        }
    }

    pub(super) fn number(self) -> u32 {
        self.0 & !Lane::IS_THREAD
    }

    pub(super) fn is_thread(self) -> bool {
        self.0 & Lane::IS_THREAD != 0
    }
}

/// The kinds of lanes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A thread of its own.
    Thread,
    /// A thread that takes work from a queue.
    Worker,
    /// A task of an event loop.
    Task,
    /// A callback of an event loop, or the source that it is for.
    Callback,
}

/// The states of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Running,
    /// It could run, but has no core or no turn yet.
    Ready,
    /// It waits for this: `read`, `a notice`, `sleep 0.5 s`.
    Waiting(Cow<'static, str>),
    /// It waits until the other side accepts what it writes.
    BlockedOnWrite,
}

/// The subject of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The first line of every picture.
    pub title: String,
    /// The concurrency model, if the recording is of one.
    pub model: Option<String>,
    /// The command line that made it.
    pub command: String,
}

/// The beginning of an arrow from one lane to another that is not known yet. It goes through a queue together
/// with the item, and the arrow shows how long both were in the queue.
#[derive(PartialEq, Eq, Debug)]
pub struct FlowId {
    pub(super) from: Lane,
    pub(super) number: u32,
}
