//! Where the program of a lesson plays: somebody listens to what it prints, and somebody else decided
//! by which clock it lives.
//!
//! The program itself must not show any of this, for it is to be read beside its Python. So the runner
//! belongs to the thread, as standard output belongs to the process, and [`say!`] and [`run`] find it
//! there.

use super::Lesson;
use crate::aio::{self, EventLoop, ProcessPool, Result};
use crate::clock::{self, Clock};
use crate::trace::{self, Kind, Lane, State};
use std::cell::RefCell;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// Circumstances in which a program must print the same or show what it depends on.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// The clock of its loops and of its blocking calls.
    pub clock: Clock,
    /// Permutes what is ready in a turn.
    pub seed: Option<u64>,
    /// What to start as a worker process; this very program, if nothing is said.
    pub worker: Option<PathBuf>,
}

impl RunOptions {
    /// By this clock, in the order that this seed decides; workers are this very program.
    pub fn new(clock: Clock, seed: Option<u64>) -> RunOptions {
        let worker = None;
        RunOptions {
            clock,
            seed,
            worker,
        }
    }
}

/// A line that the program printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without its line feed.
    pub text: String,
    /// Since the start of the program, on its clock.
    pub at: Duration,
    /// The task that printed it, with its function; none in a callback and outside of a loop.
    pub task: Option<String>,
}

struct Runner {
    options: RunOptions,
    start: Instant,
    printed: Box<dyn FnMut(&Line)>,
}

thread_local! {
    static RUNNER: RefCell<Option<Runner>> = const { RefCell::new(None) };
}

/// Clears the runner, also when the program panics.
struct ClearOnDrop;

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        let runner = RUNNER.take();
        drop(runner);
    }
}

/// Runs the program of `lesson`; `printed` hears every line at the moment of printing.
///
/// # Blocks
/// As long as the program takes, on its clock.
///
/// # Errors
/// Those of the program. None has one on a machine that gives a poller, sockets, threads and children.
pub fn run_lesson(
    lesson: &Lesson,
    options: &RunOptions,
    printed: impl FnMut(&Line) + 'static,
) -> Result<()> {
    RUNNER.set(Some(Runner {
        start: options.clock.now(),
        options: options.clone(),
        printed: Box::new(printed),
    }));
    let _clear = ClearOnDrop;
    report_time(&options.clock);
    let lane = trace::open(Kind::Thread, "main thread", Lane::NONE);
    let _running = trace::enter(lane);
    trace::mark(lane, State::Running);
    let result = (lesson.program)();
    trace::close(lane);
    result
}

/// Prints a line, like Python's `print`.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::lessons::runner::print(&format!($($words)*))
    };
}
pub(super) use say;

/// See [`say!`]. A text of several lines is several lines.
pub(super) fn print(text: &str) {
    let task = aio::current_task().map(|task| task.label());
    RUNNER.with_borrow_mut(|runner| {
        let Some(runner) = runner else { return };
        let at = runner.options.clock.now() - runner.start;
        for text in text.split('\n') {
            trace::note(text);
            let (text, task) = (text.to_owned(), task.clone());
            (runner.printed)(&Line { text, at, task });
        }
    });
}

fn options() -> RunOptions {
    let options = |runner: &Option<Runner>| runner.as_ref().map(|runner| runner.options.clone());
    RUNNER.with_borrow(options).unwrap_or_default()
}

/// A loop that lives by the clock of the runner and names the faults of its program.
pub(super) fn new_event_loop() -> Result<EventLoop> {
    let options = options();
    let event_loop = EventLoop::with_clock(options.clock)?;
    event_loop.set_debug(true);
    if let Some(seed) = options.seed {
        event_loop.shuffle(seed);
    }
    Ok(event_loop)
}

/// [`aio::run`] on such a loop.
pub(super) fn run<C, T>(main: C) -> Result<T>
where
    C: Future<Output = Result<T>> + 'static,
    T: Clone + 'static,
{
    aio::run_on(&new_event_loop()?, main)
}

/// So many processes to compute in: `ProcessPoolExecutor`.
pub(super) fn process_pool(workers: usize) -> ProcessPool {
    let pool = ProcessPool::new(workers);
    match options().worker {
        Some(program) => pool.executable(program),
        None => pool,
    }
}

/// The time on the clock of the runner.
pub(super) fn now() -> Instant {
    options().clock.now()
}

/// Blocks the thread: `time.sleep`.
pub(super) fn block(pause: Duration) {
    let clock = options().clock;
    let lane = trace::current();
    trace::mark(lane, State::Waiting(format!("sleep {pause:?}").into()));
    clock.block(pause);
    report_time(&clock);
    trace::mark(lane, State::Running);
}

/// A loop says by itself how late it is on the timeline; a program without one does it here.
fn report_time(clock: &Clock) {
    if let Some(elapsed) = clock.elapsed() {
        trace::set_virtual_time(elapsed.as_nanos() as u64);
    }
}

/// Runs `callback` on a thread of its own after `delay`: `threading.Timer`.
///
/// A thread knows nothing of a clock that jumps. Under one the loop starts it when it is due and waits
/// for its end, so that the rest of the program finds the same order.
pub(super) fn thread_timer(
    delay: Duration,
    callback: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let named = || thread::Builder::new().name("timer".to_owned());
    if !options().clock.is_virtual() {
        let wait = move || {
            thread::sleep(delay);
            callback();
        };
        return named().spawn(wait).map(drop);
    }
    EventLoop::running().call_later(delay, move || match named().spawn(callback) {
        Ok(thread) => drop(thread.join()),
        Err(error) => log::error!("cannot start a thread: {error}"),
    });
    Ok(())
}

/// Seconds since some moment before the program: `time.monotonic`.
pub(super) fn monotonic() -> f64 {
    let start = RUNNER.with_borrow(|runner| runner.as_ref().map(|runner| runner.start));
    let now = now();
    (now - start.unwrap_or_else(clock::now)).as_secs_f64()
}
