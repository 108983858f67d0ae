//! How a coroutine ends that does not end well.
//!
//! Cancellation is a value here and not a force: the `await` that a task sleeps in answers
//! [`Error::Cancelled`], and `?` passes it on. A coroutine that has something to put away looks at
//! the value first; one that refuses to go keeps it (and says so with `uncancel`).
//!
//! **Where it breaks:** errors are shared, because a future may have several readers. What was an
//! owned error becomes an `Rc` and can be looked at, not taken out.

use std::fmt;
use std::rc::Rc;

/// What coroutines return.
pub type Result<T> = std::result::Result<T, Error>;

/// See the module. `?` makes one of any [`std::error::Error`].
#[derive(Clone)]
pub enum Error {
    /// Somebody asked this coroutine to stop.
    Cancelled,
    /// It took longer than it was given.
    TimedOut,
    /// A future was asked for what it does not have yet, or given what it already has.
    InvalidState(&'static str),
    /// The coroutine panicked with these words.
    Panicked(Rc<str>),
    /// An error of the program's own.
    Failed(Rc<dyn std::error::Error>),
    /// Several at once, from the tasks of a [`TaskGroup`](super::TaskGroup).
    Group(Rc<[Error]>),
}

impl Error {
    /// The program's own error, if this is one and of that type.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        match self {
            Error::Failed(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// An error that is nothing but words.
    pub fn message(words: impl Into<String>) -> Error {
        Words(words.into()).into()
    }

    /// For callers that speak of system errors: what this says, as one.
    pub fn into_io(self) -> std::io::Error {
        std::io::Error::other(self.to_string())
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Error::Cancelled)
    }

    /// Whether time was up.
    pub fn is_timed_out(&self) -> bool {
        matches!(self, Error::TimedOut)
    }
}

/// `Error` is no `std::error::Error` itself, for then this would be ambiguous.
impl<E: std::error::Error + 'static> From<E> for Error {
    fn from(error: E) -> Error {
        Error::Failed(Rc::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Cancelled => f.write_str("cancelled"),
            Error::TimedOut => f.write_str("timed out"),
            Error::InvalidState(words) => f.write_str(words),
            Error::Panicked(words) => write!(f, "panicked: {words}"),
            Error::Failed(error) => error.fmt(f),
            Error::Group(errors) => {
                let plural = if errors.len() == 1 { "" } else { "s" };
                write!(f, "{} task{plural} of a group failed", errors.len())?;
                errors.iter().try_for_each(|error| write!(f, "; {error}"))
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Failed(error) => error.fmt(f),
            Error::Group(errors) => f.debug_tuple("Group").field(errors).finish(),
            other => fmt::Display::fmt(other, f),
        }
    }
}

#[derive(Debug)]
struct Words(String);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Words {}
