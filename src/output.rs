//! Standard output: writing to it, and what it can show.

use crate::error::Error;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Writes `text` and flushes. A reader that has gone (`| head -1`) is not an error.
///
/// # Errors
/// A failure with the reason: a full disk, a closed output.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    checked(write_now(text))
}

/// Writes `text` and flushes, so that a pipe receives it at once.
pub(crate) fn write_now(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// The result of writing to standard output, as an error for the user.
pub(crate) fn checked(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::failure(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// The width of the terminal; `None` if standard output is not one.
pub(crate) fn columns() -> Option<u16> {
    let (columns, _) = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal())?;
    Some(columns.0)
}

/// Whether to write colours: on a terminal, unless the user opted out (<https://no-color.org>).
pub(crate) fn colours() -> bool {
    let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
    io::stdout().is_terminal() && unset("NO_COLOR")
}

/// `text` in a colour or a weight, by its code of Select Graphic Rendition (ECMA-48).
pub(crate) fn styled(code: &str, text: &str) -> String {
    format!("\x1b[{code}m{text}\x1b[0m")
}
