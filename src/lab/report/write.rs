//! Writes a file whole or not at all.
//!
//! The text goes into a temporary file beside the target and takes its name when all of it is on the
//! disk. A disk that is full, or a Ctrl-C, leaves last week's report as it was.
//!
//! **Where it breaks:** what is no regular file (`/dev/stdout`, a pipe) cannot be replaced and is written
//! to directly. A file that others have open by a second name stays theirs, unchanged.

use crate::error::Error;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// `-` is standard output; a reader of it that has gone is no failure.
pub(super) fn write(path: &Path, text: &[u8]) -> Result<(), Error> {
    let done = match path.as_os_str() == "-" {
        true => to_stdout(text),
        false => to_file(path, text),
    };
    done.map_err(|error| {
        let name = match path.as_os_str() == "-" {
            true => "standard output".to_owned(),
            false => crate::text::plain(&path.display().to_string()),
        };
        Error::failure(format!("cannot write {name}: {error}"))
    })
}

fn to_stdout(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

fn to_file(path: &Path, text: &[u8]) -> io::Result<()> {
    // A link stays one, and what it leads to is replaced.
    let path = &fs::canonicalize(path).unwrap_or(path.to_owned());
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return File::options().write(true).open(path)?.write_all(text);
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut new = tempfile::Builder::new();
    new.prefix(".gearshift-");
    let permissions = there.as_ref().map(fs::Metadata::permissions);
    if let Some(permissions) = permissions.clone().or_else(everybody) {
        new.permissions(permissions);
    }
    // Without its path: the caller names the file that was asked for.
    let mut new = new.tempfile_in(folder).map_err(|error| bare(&error))?;
    new.write_all(text).map_err(|error| bare(&error))?;
    if let Some(permissions) = permissions {
        // The mask of the process took some away from the new one.
        new.as_file().set_permissions(permissions)?;
    }
    // Only now does a full disk say so, on some systems.
    new.as_file().sync_all()?;
    new.persist(path).map(drop).map_err(|failed| failed.error)
}

/// What the system said, without the name of a file that nobody asked for.
fn bare(error: &io::Error) -> io::Error {
    let words = error.to_string();
    let system = words.split(" at path ").next().unwrap_or_default();
    io::Error::new(error.kind(), system.to_owned())
}

/// As other programs create files; the process's mask takes away from it.
#[cfg(unix)]
fn everybody() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn everybody() -> Option<Permissions> {
    None
}
