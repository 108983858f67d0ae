//! Errors of starting up and of the command-line tools.
//!
//! How a *connection* ends is not an error but its normal fate: see
//! [`CloseReason`](crate::protocol::CloseReason). What is here ends the program, so each value is
//! one line for a person (what, where, what to do) and an exit code for a script.

use std::fmt;

/// One line for the user and the exit code that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    exit_code: u8,
}

impl Error {
    /// The arguments make no sense: exit code 2, as clap uses for its own refusals.
    pub fn usage(message: impl Into<String>) -> Error {
        Error {
            message: message.into(),
            exit_code: 2,
        }
    }

    /// The arguments are fine, the world is not (port in use, file unreadable): exit code 1.
    pub fn failure(message: impl Into<String>) -> Error {
        Error {
            message: message.into(),
            exit_code: 1,
        }
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
