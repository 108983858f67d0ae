//! What one metadata call tells about a path.
//!
//! A poller compares states; it never sees an event. So the stamp holds everything that a save may
//! leave behind: the time of the last write to the nanosecond, the size, and the identity (device
//! and inode), because an editor that writes a new file and renames it over the old one may keep
//! time and size. Stamps are compared for equality only. "Newer than" would miss a backup put back
//! in place, a clock set back, and a checkout of an older revision.
//!
//! Links are followed: people care about what they read through the path. The price: a link to
//! another place with equal time, size and identity is no change, which is right, since the file
//! read is the same.
//!
//! Where it breaks: a rewrite in place of the same length within one tick of the file system's
//! clock leaves the stamp as it was. A tick is 1 to 10 ms on most Linux file systems before 6.13,
//! 1 s on some network file systems, 2 s on FAT. Only reading the contents would tell, and that
//! costs what the stamp exists to avoid. The other way round, a file system that makes up inode
//! numbers as it goes (some FUSE and SMB mounts) shows a modification where there was none.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Device and inode: two paths with one identity are one file.
pub(super) type Identity = (u64, u64);

/// The state of a file, as far as metadata tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// `None` if the file system keeps nonsense there; still comparable.
    pub(super) modified: Option<SystemTime>,
    pub(super) size_bytes: u64,
    pub(super) identity: Identity,
}

/// The state of a directory's list of names.
///
/// The time of the last status change is in it besides the time of the last write: archivers and
/// `rsync` put the latter back after they have added a name, and nobody can put back the former.
/// Files have no such field, because a `chmod` is no change of what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DirectoryStamp {
    modified: Option<SystemTime>,
    status_changed: (i64, i64),
    pub(super) identity: Identity,
}

impl DirectoryStamp {
    /// Whether the last write lies `age` or more before `wall`. A time in the future does not.
    pub(super) fn is_older_than(&self, age: Duration, wall: SystemTime) -> bool {
        self.modified
            .is_some_and(|modified| wall.duration_since(modified).is_ok_and(|past| past >= age))
    }
}

/// What is to be seen at a path.
#[derive(Debug)]
pub(super) enum StatResult {
    /// Anything but a directory.
    File(Stamp),
    Directory(DirectoryStamp),
    /// A symbolic link whose end does not exist. The end may appear without a trace in the
    /// directory that holds the link, so such a path must go on being looked at.
    Dangling,
    Gone,
    /// Nobody can say: no permission, a loop of links, a name too long, a disk error.
    Fault(io::Error),
}

/// Looks at `path` with one metadata call, or two if nothing is there.
///
/// Blocks as long as the file system does. The empty path stands for the working directory, so that
/// what is found in it has no `./` in front.
pub(super) fn stat(path: &Path) -> StatResult {
    match fs::metadata(or_here(path)) {
        Ok(metadata) => seen(&metadata),
        Err(error) => missing(path, error),
    }
}

/// The path to hand to the system: `.` for the empty one.
pub(super) fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

fn seen(metadata: &Metadata) -> StatResult {
    let modified = metadata.modified().ok();
    let identity = (metadata.dev(), metadata.ino());
    if metadata.is_dir() {
        let status_changed = (metadata.ctime(), metadata.ctime_nsec());
        return StatResult::Directory(DirectoryStamp {
            modified,
            status_changed,
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
    match error.kind() {
        io::ErrorKind::NotFound
            if fs::symlink_metadata(path).is_ok_and(|link| link.is_symlink()) =>
        {
            StatResult::Dangling
        }
        // A file now stands where a directory of the path was.
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StatResult::Gone,
        _ => StatResult::Fault(error),
    }
}
