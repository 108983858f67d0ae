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

/// A fault of the program that runs on the loop, in one sentence with a hint.
#[derive(Debug)]
pub struct Lint {
    name: &'static str,
    sentence: String,
    hint: &'static str,
}

impl Lint {
    fn new(name: &'static str, sentence: String, hint: &'static str) -> Lint {
        Lint {
            name,
            sentence,
            hint,
        }
    }

    pub(super) fn slow_step(label: &str, took: Duration) -> Lint {
        let sentence = format!("{label} held the loop for {took:.1?}, and nothing else ran");
        let hint = "move blocking or long work to to_thread(), or await in between";
        Lint::new("slow-step", sentence, hint)
    }

    pub(crate) fn never_awaited(label: &str) -> Lint {
        let sentence =
            format!("the coroutine {label} was created but never awaited, so it did nothing");
        Lint::new(
            "never-awaited",
            sentence,
            "await it, or give it to create_task()",
        )
    }

    pub(crate) fn never_retrieved(label: &str, error: &Error) -> Lint {
        let sentence = format!("{label} failed and its error was never retrieved: {error}");
        let hint = "await the task or ask for its result()";
        Lint::new("never-retrieved", sentence, hint)
    }

    pub(super) fn panicked_callback(label: &str, message: &str) -> Lint {
        let sentence = format!("{label} panicked, and nothing awaits it: {message}");
        let hint = "fix it, or use a task if it can fail: the error then goes to its awaiter";
        Lint::new("panicked-callback", sentence, hint)
    }

    pub(crate) fn lost_waker(label: &str) -> Lint {
        let sentence = format!("{label} waits, but nothing is left that could wake it");
        let hint = "keep the waker of the last poll, and wake it";
        Lint::new("lost-waker", sentence, hint)
    }

    pub(crate) fn swallowed_cancellation(label: &str) -> Lint {
        let sentence = format!("{label} was cancelled but ended as if it had not been");
        let hint = "pass Err(Cancelled) on after cleaning up; to refuse on purpose call uncancel()";
        Lint::new("swallowed-cancellation", sentence, hint)
    }

    pub(crate) fn leaked_task(label: &str) -> Lint {
        let sentence =
            format!("{label} was not done when the loop was closed, so its work is lost");
        let hint = "await it, or cancel() it and await that, before close()";
        Lint::new("leaked-task", sentence, hint)
    }

    /// Its name, as a linter would show it: `slow-step`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Sends it to the listener of this thread, or to the log.
    pub(crate) fn report(&self) {
        // A thread that ends may drop its loop after its listener.
        let listener = LISTENER.try_with(|listener| listener.borrow().clone());
        match listener.ok().flatten() {
            Some(listener) => listener(self),
            None => log::warn!("{self}"),
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. Hint: {}.", self.sentence, self.hint)
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
