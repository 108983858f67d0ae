//! Records what ran, was ready or waited, and for what. Threads, pool workers, tasks and callbacks are described
//! in the same terms, so that one picture can show them side by side.
//!
//! # Lanes, states, arrows
//! Everything that can wait has a [`Lane`]. From its opening to its closing, a lane is in exactly one
//! [`State`] at any time; a mark sets it. So the states of a lane are contiguous and add up to its lifetime
//! by construction. Arrows say why a lane goes on: another lane woke it, or cancelled it. The lane that
//! runs on a thread is its [`current`] one; arrows and notes begin there.
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
//! While nothing is recorded, each call is one relaxed load and a branch, which cannot be measured next to
//! a system call (`benches/trace.rs`). While recording, a wait (two marks) costs about 85 ns, and 1.6 us for
//! a thread, mostly for asking the kernel. All threads take one lock per mark, and contend for it when they
//! mark at the same time. The lock is what puts the marks of all threads into one order, which a lock-free
//! buffer per thread could not. Memory is bounded (`MAX_MARKS`). When it is full the picture
//! ends, and says so.
//!
//! # Where it breaks
//! A mark is the program's view: it says `Running` from the mark on, whether or not the kernel gave the
//! thread a core. Linux reports some of that, see `delay`. A thread that is preempted while running is shown
//! as running. There is one recording at a time per process: it is the timeline of the process, and threads
//! need no handle to it.

mod chrome;
mod delay;
mod lane;
mod recorded;
mod recorder;

pub use lane::{About, FlowId, Kind, Lane, State};
pub use recorded::Trace;

use recorder::Recorder;
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
    /// The number of the first lane of the next recording. Lanes of an earlier recording, which may still
    /// be in use, have lower numbers.
    first_lane: u32,
}

thread_local! {
    static CURRENT: Cell<Lane> = const { Cell::new(Lane::NONE) };
}

/// Whether a recording is in progress. One relaxed load: call it before formatting names and texts.
#[inline]
pub fn on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Begins a recording, and drops one that is in progress.
pub fn start(about: About) {
    let mut recording = lock();
    if let Some(old) = &recording.recorder {
        recording.first_lane = old.next_lane();
    }
    recording.recorder = Some(Recorder::new(about, recording.first_lane));
    ON.store(true, Ordering::Relaxed);
}

/// Ends the recording and closes all open lanes. `None` if nothing was being recorded.
pub fn finish() -> Option<Trace> {
    ON.store(false, Ordering::Relaxed);
    let mut recording = lock();
    let recorder = recording.recorder.take()?;
    recording.first_lane = recorder.next_lane();
    drop(recording);
    Some(recorder.finish())
}

/// Sets the time of a virtual clock, until the next call. The real clock is not used any more, so the same
/// lesson records the same bytes each time. Everything recorded before the first call gets its time.
pub fn set_virtual_time(nanoseconds_since_start: u64) {
    record(|recorder| recorder.set_virtual_time(nanoseconds_since_start));
}

/// Opens a lane, in the state `Ready`. `parent` is the lane that made it.
pub fn open(kind: Kind, name: &str, parent: Lane) -> Lane {
    record(|recorder| recorder.open(kind, name, parent)).unwrap_or(Lane::NONE)
}

/// Closes a lane: later marks on it are ignored.
pub fn close(lane: Lane) {
    if lane != Lane::NONE {
        record(|recorder| recorder.close(lane));
    }
}

/// Sets the state of a lane. Setting the same state again changes nothing.
#[inline]
pub fn mark(lane: Lane, state: State) {
    if on() && lane != Lane::NONE {
        mark_now(lane, state);
    }
}

fn mark_now(lane: Lane, state: State) {
    // The kernel can be asked about the calling thread only.
    let ready_ns = if lane.is_thread() && CURRENT.get() == lane {
        delay::at_mark(&state)
    } else {
        0
    };
    record(|recorder| recorder.mark(lane, state, ready_ns));
}

/// Marks the lane as running, and makes it the current one of this thread until the result is dropped. Then
/// the lane before it is current again; the caller marks what this one does next.
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

/// Makes a lane current for as long as it lives, see [`enter`].
#[must_use = "the lane is current until this is dropped"]
pub struct Entered {
    before: Option<Lane>,
    /// It must be dropped on the thread that made it.
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

/// Records that the current lane wakes `to`.
#[inline]
pub fn wake(to: Lane) {
    if on() && to != Lane::NONE {
        record(|recorder| recorder.arrow(CURRENT.get(), to, false));
    }
}

/// Records that the current lane cancels `to`.
#[inline]
pub fn cancel(to: Lane) {
    if on() && to != Lane::NONE {
        record(|recorder| recorder.arrow(CURRENT.get(), to, true));
    }
}

/// Records a text on the current lane: a printed line, a warning.
pub fn note(text: &str) {
    record(|recorder| recorder.note(CURRENT.get(), text));
}

/// Marks the current lane with `state` while `call` runs, and with `Running` after it.
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

/// Begins a flow: the current lane puts an item into a queue.
pub fn flow_begin() -> FlowId {
    let from = current();
    let number = record(|recorder| recorder.flow_begin(from)).unwrap_or(0);
    FlowId { from, number }
}

/// Ends a flow: the current lane takes the item. A flow that is never ended is not shown.
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
    // Nothing in a recorder panics. If it did, only a mark would be lost.
    RECORDING.lock().unwrap_or_else(PoisonError::into_inner)
}
