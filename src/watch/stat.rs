//! What one metadata call says about a path.
//!
//! A poller compares states and sees no events. So a stamp has everything that a save may change: the
//! time of the last write to the nanosecond, the size, and the identity (device and inode), because an
//! editor that writes a new file and renames it over the old one may keep time and size. Stamps are
//! compared for equality only. "Newer than" would miss a restored backup, a clock that was set back, and
//! a checkout of an older revision.
//!
//! Links are followed, because people care about what they read through the path.
//!
//! **Where it breaks:** a rewrite in place with the same length within one tick of the file system's
//! clock leaves the stamp unchanged. A tick is 1 to 10 ms on most Linux file systems before 6.13, 1 s on
//! some network file systems, 2 s on FAT. Only reading the contents would help, at the cost that the
//! stamp avoids. Conversely, a file system that invents inode numbers (some FUSE and SMB mounts) shows a
//! modification where there was none.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Device and inode: two paths with one identity are one file.
type Identity = (u64, u64);

/// The state of a file, as far as metadata shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// `None` if the file system has no valid time; still comparable.
    pub(super) modified: Option<SystemTime>,
    pub(super) size_bytes: u64,
    pub(super) identity: Identity,
}

/// The state of a directory's list of names.
///
/// It has the time of the last status change as well as that of the last write. Archivers and `rsync`
/// reset the time of the write after they have added a name; no program can reset the other one. File
/// stamps have no such field, because a `chmod` does not change their contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DirectoryStamp {
    modified: Option<SystemTime>,
    status_changed: (i64, i64),
    pub(super) identity: Identity,
}

impl DirectoryStamp {
    /// Whether the last write was `age` or more before `wall`. A time in the future was not.
    pub(super) fn is_older_than(&self, age: Duration, wall: SystemTime) -> bool {
        self.modified
            .is_some_and(|modified| wall.duration_since(modified).is_ok_and(|past| past >= age))
    }
}

/// What is at a path.
#[derive(Debug)]
pub(super) enum StatResult {
    /// Anything but a directory.
    File(Stamp),
    Directory(DirectoryStamp),
    /// A symbolic link whose target does not exist. The target may appear without any change in the
    /// directory of the link, so such a path has to be polled further.
    Dangling,
    Gone,
    /// Unknown: no permission, a loop of links, a name too long, a disk error.
    Error(io::Error),
}

/// Polls `path` with one metadata call, or two if nothing is there. Blocks as long as the file system
/// does.
pub(super) fn stat(path: &Path) -> StatResult {
    let metadata = match fs::metadata(or_here(path)) {
        Ok(metadata) => metadata,
        Err(error) => return missing(path, error),
    };
    let modified = metadata.modified().ok();
    let identity = (metadata.dev(), metadata.ino());
    if metadata.is_dir() {
        return StatResult::Directory(DirectoryStamp {
            modified,
            status_changed: (metadata.ctime(), metadata.ctime_nsec()),
            identity,
        });
    }
    StatResult::File(Stamp {
        modified,
        size_bytes: metadata.len(),
        identity,
    })
}

fn missing(path: &Path, error: io::Error) -> StatResult {
    let is_link = || fs::symlink_metadata(path).is_ok_and(|link| link.is_symlink());
    match error.kind() {
        io::ErrorKind::NotFound if is_link() => StatResult::Dangling,
        // A file now stands where a directory of the path was.
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StatResult::Gone,
        _ => StatResult::Error(error),
    }
}

/// The path for the system. The empty path stands for the working directory, so that files found in it
/// are reported without `./`.
pub(super) fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}
