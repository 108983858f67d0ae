//! Who ran, who was ready, who waited and for what: the same words for threads, pool workers, tasks and
//! callbacks, so that one picture can show them side by side.
//!
//! # Lanes, states, arrows
//! Whoever can wait has a [`Lane`]. A lane is in exactly one [`State`] at any time, from its opening to
//! its closing; a mark says which one from now on. So the states of a lane are contiguous and add up
//! to its lifetime by construction, not by bookkeeping. Arrows say why a lane goes on: somebody woke it,
//! or cancelled it. The lane that runs on a thread is its [`current`] one; arrows and notes begin there.
//!
//! # How to mark
//! ```
//! use gearshift::trace::{self, Kind, State};
//! let lane = trace::open(Kind::Thread, "reader", trace::current());
//! let running = trace::enter(lane);
//! trace::mark(lane, State::Waiting("read".into()));
//! // the system call
//! trace::mark(lane, State::Running);
//! drop(running);
//! trace::close(lane);
//! ```
//!
//! # The price
//! While nobody records, each call is one relaxed load and a branch, and beside a system call not to be
//! measured (`benches/trace.rs`). While somebody does, a wait, which is two marks, costs some 85 ns, and
//! that of a thread 1.6 us, most of it for asking the kernel. All threads take one lock a mark, and those
//! that mark at the same instant queue up. That lock is what puts the marks of all threads into one order,
//! that of recording, which a lock-free buffer a thread could not. Memory is bounded
//! ([`MAX_MARKS`]); where it ends the picture ends, and says so.
//!
//! # Where it breaks
//! A mark is an opinion of the program: it says `Running` from the mark on, whether or not the kernel
//! gave it a core just then. What the kernel knows better is taken from it where it tells: see `delay`.
//! A thread that is interrupted in the middle of running is shown as running. One recording at a time
//! a process: it is a process's timeline, and threads need no handle to it.

mod chrome;
mod delay;
mod recorded;
mod recorder;

pub use recorded::{Event, EventKind, Interval, Trace, Track};
pub use recorder::MAX_MARKS;

use recorder::Recorder;
use std::borrow::Cow;
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static ON: AtomicBool = AtomicBool::new(false);

static RECORDING: Mutex<Recording> = Mutex::new(Recording {
    recorder: None,
    first_lane: 1,
});

struct Recording {
    recorder: Option<Recorder>,
    /// The number that the next recording begins with: lanes of an earlier one, still held by
    /// somebody, must not be taken for its own.
    first_lane: u32,
}

thread_local! {
    static CURRENT: Cell<Lane> = const { Cell::new(Lane::NONE) };
}

/// Who can wait. A number: free to copy, worth nothing after its recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Lane(u32);

impl Lane {
    /// Nobody. Every call ignores it, so that it can stand in wherever nothing is recorded.
    pub const NONE: Lane = Lane(0);

    /// Set for threads: what the kernel knows of a lane is asked for without looking it up.
    const IS_THREAD: u32 = 1 << 31;

    fn new(number: u32, kind: Kind) -> Lane {
        match kind {
            Kind::Thread | Kind::Worker => Lane(number | Lane::IS_THREAD),
            Kind::Task | Kind::Callback => Lane(number),
        }
    }

    fn number(self) -> u32 {
        self.0 & !Lane::IS_THREAD
    }

    /// Whether the thread that calls is this lane, and the kernel's word on it is to be had.
    fn is_this_thread(self) -> bool {
        self.0 & Lane::IS_THREAD != 0 && CURRENT.get() == self
    }
}

/// What kind of thing can wait.
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

/// What a lane does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has the processor.
    Running,
    /// It could go on and has no processor: others run first.
    Ready,
    /// It cannot go on before something happens, and for what: `read`, `a notice`, `sleep 0.5 s`.
    Waiting(Cow<'static, str>),
    /// It has something to say, and nobody takes it.
    BlockedOnWrite,
}

/// What a recording is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// For people: the first line of every picture.
    pub title: String,
    /// The concurrency model, if it is of one.
    pub model: Option<String>,
    /// The command line that made it.
    pub command: String,
}

/// Whether anybody records. One relaxed load: call it before making names and texts.
#[inline]
pub fn on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Begins a recording, and drops one that was under way.
pub fn start(about: About) {
    let mut recording = lock();
    if let Some(old) = &recording.recorder {
        recording.first_lane = old.next_lane();
    }
    recording.recorder = Some(Recorder::new(about, recording.first_lane));
    ON.store(true, Ordering::Relaxed);
}

/// Ends the recording: lanes that are open are closed now. `None` if there was none.
pub fn finish() -> Option<Trace> {
    ON.store(false, Ordering::Relaxed);
    let mut recording = lock();
    let recorder = recording.recorder.take()?;
    recording.first_lane = recorder.next_lane();
    drop(recording);
    Some(recorder.finish())
}

/// From now on it is this late, until it is said again: for lessons under a clock that jumps. The
/// clock of the machine has no say any more, so the same lesson makes the same bytes each time. What was
/// recorded before the first call counts as made at that moment.
pub fn set_virtual_time(nanoseconds_since_start: u64) {
    record(|recorder| recorder.set_virtual_time(nanoseconds_since_start));
}

/// A new lane; it begins as ready. `parent` is who made it.
pub fn open(kind: Kind, name: &str, parent: Lane) -> Lane {
    record(|recorder| recorder.open(kind, name, parent)).unwrap_or(Lane::NONE)
}

/// It is over: what is marked on the lane from now on is ignored.
pub fn close(lane: Lane) {
    if lane != Lane::NONE {
        record(|recorder| recorder.close(lane));
    }
}

/// What the lane does from now on. A state that goes on is no new one.
#[inline]
pub fn mark(lane: Lane, state: State) {
    if on() && lane != Lane::NONE {
        mark_now(lane, state);
    }
}

fn mark_now(lane: Lane, state: State) {
    let ready_ns = if lane.is_this_thread() {
        delay::at_mark(&state)
    } else {
        0
    };
    record(|recorder| recorder.mark(lane, state, ready_ns));
}

/// The lane runs on this thread, until the answer is dropped; then the one before it is current again.
/// What the lane does next is the caller's to say.
#[inline]
pub fn enter(lane: Lane) -> Entered {
    if !on() || lane == Lane::NONE {
        return Entered::nothing();
    }
    let before = CURRENT.replace(lane);
    mark_now(lane, State::Running);
    Entered {
        before: Some(before),
        _of_this_thread: PhantomData,
    }
}

/// See [`enter`].
#[must_use = "the lane is current until this is dropped"]
pub struct Entered {
    before: Option<Lane>,
    /// What it gives back is this thread's.
    _of_this_thread: PhantomData<*const ()>,
}

impl Entered {
    fn nothing() -> Entered {
        Entered {
            before: None,
            _of_this_thread: PhantomData,
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            CURRENT.set(before);
        }
    }
}

/// The lane that runs on this thread.
#[inline]
pub fn current() -> Lane {
    if on() { CURRENT.get() } else { Lane::NONE }
}

/// The current lane is why `to` can go on.
#[inline]
pub fn wake(to: Lane) {
    if on() && to != Lane::NONE {
        record(|recorder| recorder.arrow(CURRENT.get(), to, false));
    }
}

/// The current lane is why `to` has to end.
#[inline]
pub fn cancel(to: Lane) {
    if on() && to != Lane::NONE {
        record(|recorder| recorder.arrow(CURRENT.get(), to, true));
    }
}

/// Something worth reading happened on the current lane: a printed line, a warning.
pub fn note(text: &str) {
    record(|recorder| recorder.note(CURRENT.get(), text));
}

/// The current lane is in `state` while `call` runs, and runs on after it. What `call` does elsewhere on
/// this thread is not seen.
#[inline]
pub fn during<T>(state: State, call: impl FnOnce() -> T) -> T {
    if !on() {
        return call();
    }
    let lane = current();
    mark(lane, state);
    let result = call();
    mark(lane, State::Running);
    result
}

/// Something that one lane gives to another which it does not know: it goes into a queue, with what it is
/// for. The arrow shows how long it lay there. Not to be copied: it is taken once.
#[derive(PartialEq, Eq, Debug)]
pub struct FlowId {
    from: Lane,
    number: u32,
}

/// The current lane hands something over.
pub fn flow_begin() -> FlowId {
    let from = current();
    let number = record(|recorder| recorder.flow_begin(from)).unwrap_or(0);
    FlowId { from, number }
}

/// The current lane takes it. Who never takes it need not say so: there is no arrow then.
pub fn flow_end(flow: FlowId) {
    if flow.from != Lane::NONE {
        record(|recorder| recorder.flow_end(CURRENT.get(), &flow));
    }
}

fn record<T>(action: impl FnOnce(&mut Recorder) -> T) -> Option<T> {
    if !on() {
        return None;
    }
    lock().recorder.as_mut().map(action)
}

fn lock() -> MutexGuard<'static, Recording> {
    // Nothing in a recorder panics; if it did, a mark would be lost and no more.
    RECORDING.lock().unwrap_or_else(PoisonError::into_inner)
}
