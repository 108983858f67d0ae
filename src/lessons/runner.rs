//! Runs the program of a lesson: passes on the lines it prints, and sets the clock and the seed of its
//! loops.
//!
//! The program itself shows none of this, because it is read side by side with its Python. So the runner
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

/// How to run a program.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// The clock of its loops and of its blocking calls.
    pub clock: Clock,
    /// Permutes what is ready in the same turn of the loop.
    pub seed: Option<u64>,
    /// The program to start as a worker process; by default this one.
    pub worker: Option<PathBuf>,
}

/// A line that the program printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without its line feed.
    pub text: String,
    /// Time since the start of the program, on its clock.
    pub at: Duration,
    /// The task that printed it, with its function; `None` in a callback and outside of a loop.
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

/// Removes the runner, also when the program panics.
struct ClearOnDrop;

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        RUNNER.set(None);
    }
}

/// Runs the program of `lesson`. `printed` is called with each line as soon as it is printed.
///
/// # Blocks
/// While the program runs, on its clock.
///
/// # Errors
/// The system has no poller, or refuses a socket, a thread or a child process.
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
    let result = (lesson.page.program)();
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

/// The function behind [`say!`]. A text with line breaks is several lines.
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

/// A loop with the clock of the runner, which reports misuse (debug mode).
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

/// A pool of worker processes: `ProcessPoolExecutor`.
pub(super) fn process_pool(workers: usize) -> ProcessPool {
    let pool = ProcessPool::new(workers);
    match options().worker {
        Some(program) => pool.executable(program),
        None => pool,
    }
}

/// The current time on the clock of the runner.
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

/// Sets the time of the timeline. A loop does this itself; this is for programs without one.
fn report_time(clock: &Clock) {
    if let Some(elapsed) = clock.elapsed() {
        trace::set_virtual_time(elapsed.as_nanos() as u64);
    }
}

/// Runs `callback` on a thread of its own after `delay`: `threading.Timer`.
///
/// A thread cannot wait on a virtual clock. There, the loop starts the thread when it is due and waits for
/// its end, so that the order of everything else stays the same.
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

/// Seconds since a fixed moment: `time.monotonic`.
pub(super) fn monotonic() -> f64 {
    let start = RUNNER.with_borrow(|runner| runner.as_ref().map(|runner| runner.start));
    let now = now();
    (now - start.unwrap_or_else(clock::now)).as_secs_f64()
}
