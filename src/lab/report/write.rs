//! Writes a file as a whole or not at all.
//!
//! The text goes into a temporary file next to the target, which takes the target's name when all of it is
//! on disk. If the disk is full, or Ctrl-C is pressed, last week's report stays as it was.
//!
//! **Where it breaks:** what is not a regular file (`/dev/stdout`, a pipe) cannot be replaced and is
//! written directly. If the file has a second name (a hard link), that name keeps the old contents.

use crate::error::Error;
use crate::output::print;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes `text` to a file, or to standard output if `path` is `-`.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    if path.as_os_str() == "-" {
        return print(text);
    }
    to_file(path, text.as_bytes()).map_err(|error| {
        let name = crate::text::plain(&path.display().to_string());
        Error::failure(format!("cannot write {name}: {error}"))
    })
}

fn to_file(path: &Path, text: &[u8]) -> io::Result<()> {
    // A symbolic link stays one, and its target is replaced.
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
    // As other programs create files; the umask applies.
    let usual = || Permissions::from_mode(0o666);
    new.permissions(permissions.clone().unwrap_or_else(usual));
    // Without the path of the temporary file: the caller names the one that was asked for.
    let mut new = new.tempfile_in(folder).map_err(|error| bare(&error))?;
    new.write_all(text).map_err(|error| bare(&error))?;
    if let Some(permissions) = permissions {
        // The umask was applied to the temporary file.
        new.as_file().set_permissions(permissions)?;
    }
    // Some systems report a full disk only now.
    new.as_file().sync_all()?;
    new.persist(path).map(drop).map_err(|failed| failed.error)
}

/// The error of the system, without the path that tempfile adds.
fn bare(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let system = text.split(" at path ").next().unwrap_or_default();
    io::Error::new(error.kind(), system.to_owned())
}
