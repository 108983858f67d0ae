//! What a loop can notice of a faulty program, each in one sentence and a hint.
//!
//! Most mistakes on a loop make no noise: a blocking call stops everybody and nothing crashes, a
//! coroutine that nobody awaits does nothing, an error stays in a task that nobody asks. The loop sees
//! all of that. In debug mode ([`EventLoop::set_debug`](super::EventLoop::set_debug)) it says so; an
//! error that nobody fetched and a callback that panicked are said in any mode, because they are lost
//! otherwise.
//!
//! **Where it breaks:** it sees what happened and not what might have. A step that is slow on other
//! input passes.

use super::error::Error;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// A step or callback that takes longer than this is named: at ten of them a second nobody else
/// gets a turn. asyncio's figure.
pub const SLOW: Duration = Duration::from_millis(100);

/// A fault of the program that runs on the loop. `who` is the task or callback concerned.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the sentence of each says what it is")]
pub enum Lint {
    Slow { who: String, took: Duration },
    NeverAwaited { who: String },
    NeverRetrieved { who: String, error: Error },
    PanickedCallback { who: String, words: String },
    LostWaker { who: String },
    SwallowedCancellation { who: String },
    LeakedTask { who: String },
}

impl Lint {
    /// The lint's name, as in the list of the module's functions.
    pub fn name(&self) -> &'static str {
        match self {
            Lint::Slow { .. } => "slow-step",
            Lint::NeverAwaited { .. } => "never-awaited",
            Lint::NeverRetrieved { .. } => "never-retrieved",
            Lint::PanickedCallback { .. } => "panicked-callback",
            Lint::LostWaker { .. } => "lost-waker",
            Lint::SwallowedCancellation { .. } => "swallowed-cancellation",
            Lint::LeakedTask { .. } => "leaked-task",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Lint::Slow { .. } => "move blocking or long work to to_thread(), or await in between",
            Lint::NeverAwaited { .. } => "await it, or give it to create_task()",
            Lint::NeverRetrieved { .. } => "await the task or ask for its result()",
            Lint::PanickedCallback { .. } => {
                "mend it; what can fail is better a task, which hands its error to who awaits it"
            }
            Lint::LostWaker { .. } => "keep the waker of the last poll, and wake it",
            Lint::SwallowedCancellation { .. } => {
                "pass Err(Cancelled) on after cleaning up; to refuse on purpose call uncancel()"
            }
            Lint::LeakedTask { .. } => "await it, or cancel() it and await that, before close()",
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lint::Slow { who, took } => {
                write!(f, "{who} held the loop for {took:.1?}, and nobody else ran")?;
            }
            Lint::NeverAwaited { who } => {
                write!(
                    f,
                    "the coroutine {who} was made and never awaited: it did nothing"
                )?;
            }
            Lint::NeverRetrieved { who, error } => {
                write!(f, "{who} failed and nobody asked for its error: {error}")?;
            }
            Lint::PanickedCallback { who, words } => {
                write!(f, "{who} panicked, and nobody awaits it: {words}")?;
            }
            Lint::LostWaker { who } => {
                write!(f, "{who} waits, and nobody is left who could wake it")?;
            }
            Lint::SwallowedCancellation { who } => {
                write!(f, "{who} was cancelled and ended as if it had not been")?;
            }
            Lint::LeakedTask { who } => {
                write!(
                    f,
                    "{who} was not done when the loop was closed; its work is lost"
                )?;
            }
        }
        write!(f, ". Hint: {}.", self.hint())
    }
}

type Listener = Rc<dyn Fn(&Lint)>;

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
}

/// Whether the loop of this thread is in debug mode.
pub fn on() -> bool {
    ON.get()
}

pub(super) fn set(on: bool) {
    ON.set(on);
}

/// Has the lints of this thread told to `listener` instead of the log, until the guard is dropped.
pub fn listen(listener: impl Fn(&Lint) + 'static) -> Listening {
    let before = LISTENER.replace(Some(Rc::new(listener)));
    Listening { before }
}

/// See [`listen`].
pub struct Listening {
    before: Option<Listener>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.replace(self.before.take());
    }
}

pub(super) fn report(lint: &Lint) {
    // A thread that ends drops its loop after its listener.
    let listener = LISTENER.try_with(|listener| listener.borrow().clone());
    match listener.ok().flatten() {
        Some(listener) => listener(lint),
        None => log::warn!("{lint}"),
    }
}

/// `gearshift::lessons::lock::worker::{{closure}}` → `worker`: what its author calls a function.
pub(super) fn short_name(type_name: &'static str) -> &'static str {
    let path = type_name.split('<').next().unwrap_or(type_name);
    let named = |part: &&str| !part.is_empty() && !part.starts_with('{');
    path.rsplit("::").find(named).unwrap_or(type_name)
}
