//! Errors of starting up and of the command-line tools.
//!
//! The end of a *connection* is not an error: see [`CloseReason`](crate::protocol::CloseReason). An
//! [`Error`] ends the program. It is one line for the user (what, where, what to do) and an exit code.

use std::path::Path;
use std::{fmt, io};

/// One line for the user and the exit code that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    exit_code: u8,
}

impl Error {
    /// The arguments are wrong: exit code 2, the one that clap uses.
    pub fn usage(message: impl Into<String>) -> Error {
        Error {
            message: message.into(),
            exit_code: 2,
        }
    }

    /// The arguments are right, but something else failed (a port in use, an unreadable file): exit
    /// code 1.
    pub fn failure(message: impl Into<String>) -> Error {
        Error {
            message: message.into(),
            exit_code: 1,
        }
    }

    /// `cannot ACTION PATH: REASON`, as a failure; to be passed to `map_err`.
    pub(crate) fn cannot(action: &str, path: &Path) -> impl Fn(io::Error) -> Error {
        move |error| Error::failure(format!("cannot {action} {}: {error}", path.display()))
    }

    /// The code for `std::process::exit`.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
