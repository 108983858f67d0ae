//! The ways in which a coroutine can fail.
//!
//! Cancellation is a value here and not an exception: the `await` in which a task waits returns
//! [`Error::Cancelled`], and `?` passes it on. A coroutine that has to clean up inspects the value first.
//! One that refuses to be cancelled keeps it, and says so with `uncancel`.
//!
//! **Where it breaks:** errors are shared, because a future may have several readers. An owned error
//! becomes an `Rc`, so it can be inspected but not taken out.

use std::fmt;
use std::rc::Rc;

/// What coroutines return.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of a coroutine. `?` converts any [`std::error::Error`] into it.
#[derive(Clone)]
pub enum Error {
    /// This coroutine was asked to stop.
    Cancelled,
    /// It took longer than its limit.
    TimedOut,
    /// The operation does not fit the state of its object: a result that is not there yet, for example.
    InvalidState(&'static str),
    /// The coroutine panicked with this message.
    Panicked(Rc<str>),
    /// An error of the program's own.
    Failed(Rc<dyn std::error::Error>),
    /// Several at once, from the tasks of a [`TaskGroup`](crate::aio::TaskGroup).
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

    /// An error that consists of a message only.
    pub fn message(message: impl Into<String>) -> Error {
        let error: Box<dyn std::error::Error> = message.into().into();
        Error::Failed(error.into())
    }

    /// Converts it into a system error with the same text.
    pub fn into_io(self) -> std::io::Error {
        std::io::Error::other(self.to_string())
    }

    /// Whether this is a cancellation.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Error::Cancelled)
    }

    /// Whether this is a timeout.
    pub fn is_timed_out(&self) -> bool {
        matches!(self, Error::TimedOut)
    }
}

/// `Error` does not implement `std::error::Error`: this conversion would then be ambiguous.
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
            Error::InvalidState(message) => f.write_str(message),
            Error::Panicked(message) => write!(f, "panicked: {message}"),
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
