//! Standard output: what a script reads, all of it or a reason.

use crate::error::Error;
use std::io::{self, Write};

/// Writes all of it now, also into a pipe. A reader that has gone (`| head -1`) is no failure.
///
/// # Errors
/// One line: a full disk, a closed output.
pub fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::failure(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}
