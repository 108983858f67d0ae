//! The faults of a program that its loop can detect. Each is reported in one sentence with a hint.
//!
//! Most mistakes on a loop are silent. A blocking call stops all other tasks but crashes nothing, a
//! coroutine that is never awaited does nothing, an error stays in a task that is never asked for it. The
//! loop sees all of that. In debug mode ([`EventLoop::set_debug`](super::EventLoop::set_debug)) it reports
//! it. An error that was never retrieved and a callback that panicked are reported in any mode, because
//! they are lost otherwise.
//!
//! **Where it breaks:** it sees what happened and not what could have. A step that is slow only on other
//! input passes.

use super::error::Error;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// A step or callback that takes longer than this is reported. With ten of them per second nothing else
/// gets a turn. asyncio uses the same value.
pub const SLOW: Duration = Duration::from_millis(100);

/// A fault of the program that runs on the loop. `label` names the task or callback concerned.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each has a sentence that explains it")]
pub enum Lint {
    Slow { label: String, took: Duration },
    NeverAwaited { label: String },
    NeverRetrieved { label: String, error: Error },
    PanickedCallback { label: String, message: String },
    LostWaker { label: String },
    SwallowedCancellation { label: String },
    LeakedTask { label: String },
}

impl Lint {
    /// The lint's name, as a linter would show it.
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
                "fix it, or use a task if it can fail: the error then goes to whoever awaits it"
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
            Lint::Slow { label, took } => {
                write!(
                    f,
                    "{label} held the loop for {took:.1?}, and nothing else ran"
                )?;
            }
            Lint::NeverAwaited { label } => {
                write!(
                    f,
                    "the coroutine {label} was created but never awaited, so it did nothing"
                )?;
            }
            Lint::NeverRetrieved { label, error } => {
                write!(
                    f,
                    "{label} failed and its error was never retrieved: {error}"
                )?;
            }
            Lint::PanickedCallback { label, message } => {
                write!(f, "{label} panicked, and nothing awaits it: {message}")?;
            }
            Lint::LostWaker { label } => {
                write!(f, "{label} waits, but nothing is left that could wake it")?;
            }
            Lint::SwallowedCancellation { label } => {
                write!(f, "{label} was cancelled but ended as if it had not been")?;
            }
            Lint::LeakedTask { label } => {
                write!(
                    f,
                    "{label} was not done when the loop was closed, so its work is lost"
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

pub(crate) fn set(on: bool) {
    ON.set(on);
}

/// Sends the lints of this thread to `listener` instead of the log, until the guard is dropped.
pub fn listen(listener: impl Fn(&Lint) + 'static) -> Listening {
    let before = LISTENER.replace(Some(Rc::new(listener)));
    Listening { before }
}

/// Restores the previous listener when it is dropped, see [`listen`].
pub struct Listening {
    before: Option<Listener>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        LISTENER.replace(self.before.take());
    }
}

pub(crate) fn report(lint: &Lint) {
    // A thread that ends may drop its loop after its listener.
    let listener = LISTENER.try_with(|listener| listener.borrow().clone());
    match listener.ok().flatten() {
        Some(listener) => listener(lint),
        None => log::warn!("{lint}"),
    }
}

/// The name in the source code: `gearshift::lessons::lock::worker::{{closure}}` → `worker`.
pub(crate) fn short_name(type_name: &'static str) -> &'static str {
    let path = type_name.split('<').next().unwrap_or(type_name);
    let named = |part: &&str| !part.is_empty() && !part.starts_with('{');
    path.rsplit("::").find(named).unwrap_or(type_name)
}

/// The message of a panic that was caught.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let message = panic.downcast_ref::<&str>().copied();
    message
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
