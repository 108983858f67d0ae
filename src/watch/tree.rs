//! The directories: finds names that are not watched yet, and lists a directory only when it must.
//!
//! A removed file is noticed without any listing, since each file has its own metadata call in every
//! scan. What remains is to notice *new* names. Adding a name writes to the directory, so the directory's
//! own stamp shows it. A scan costs one metadata call per directory, and a listing only for a directory
//! whose stamp has changed since its last listing.
//!
//! There is one trap. A name that is added within the same tick of the file system's clock leaves the
//! stamp as it is, so a directory that was listed in between would look unchanged for ever (git calls
//! its form of this "racily clean"). So a listing is trusted only if the stamp had been known for at
//! least [`TICK`] before it began: by then the clock has ticked, and any later addition gives another
//! stamp. Until then the directory is listed at every scan. The time counts from when *we first saw* the
//! stamp, on our own monotonic clock, because the clock of a file server may differ from ours by more
//! than any tolerance. Only a stamp that is [`LONG_PAST`] is trusted at once, so that a start in an old
//! tree costs one listing.
//!
//! Directories behind links are entered. The identities on the way down are compared, so that a link to
//! a directory above it ends the walk.
//!
//! **Where it breaks:** directories that link to each other are walked once for each path that does not
//! repeat itself. A network file system that caches attributes shows new names only when its cache
//! expires (3 to 60 s for NFS by default). A file system that does not change the time of a directory
//! when a name is added (some FUSE mounts) shows no new names after the first seconds; known files are
//! not affected.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::SyscallCounts;
use super::stat::{self, DirectoryStamp, StatResult};
use super::target::Selection;
use super::warn_once::WarnOnce;
use crate::clock;

/// The coarsest clock of a file system in use: FAT's 2 s. Others tick at 1 s or far less.
const TICK: Duration = Duration::from_secs(2);

/// More than clocks can differ: FAT stores local time, so a wrong time zone shifts it by up to 14 h.
const LONG_PAST: Duration = Duration::from_secs(24 * 60 * 60);

/// All directories that may hold watched files.
#[derive(Debug)]
pub(super) struct Tree {
    selection: Selection,
    /// Each directory by its path as reported. A base stays when it vanishes, others are dropped.
    directories: BTreeMap<PathBuf, Directory>,
    pub(super) syscalls: SyscallCounts,
}

#[derive(Debug)]
struct Directory {
    /// The stamp of the last poll; `None` if there was no directory.
    stamp: Option<DirectoryStamp>,
    /// When that stamp was first seen.
    since: Instant,
    /// Whether the last listing under that stamp has certainly seen all names.
    is_clean: bool,
    /// Given by a target, so waited for when it does not exist.
    is_base: bool,
    warning: WarnOnce,
}

/// What a name in a directory is.
enum Entry {
    File,
    Directory,
    Other,
}

impl Tree {
    /// The bases of the globs; nothing is read yet.
    pub(super) fn new(selection: Selection) -> Tree {
        let bases = selection
            .bases()
            .map(|base| (base.to_path_buf(), Directory::new(true)));
        let directories = bases.collect();
        Tree {
            selection,
            directories,
            syscalls: SyscallCounts::default(),
        }
    }

    /// Watches everything below `directory` from the next [`refresh`](Tree::refresh) on. Returns whether
    /// the directory is new.
    pub(super) fn enter(&mut self, directory: &Path) -> bool {
        if !self.selection.add_tree(directory) {
            return false;
        }
        // Directories that were listed for other targets must be listed again for this one.
        for listed in self.directories.values_mut() {
            listed.is_clean = false;
        }
        self.directories
            .entry(directory.to_path_buf())
            .or_insert_with(|| Directory::new(true))
            .is_base = true;
        true
    }

    /// Logs which bases do not exist. Called once, after the first refresh.
    pub(super) fn announce_missing(&self) {
        for (path, directory) in &self.directories {
            if directory.stamp.is_none() && !directory.warning.is_active() {
                log::info!("waiting for {} to appear", path.display());
            }
        }
    }

    /// Polls every directory, lists those that may have new names, and returns the wanted files that are
    /// not `known`, in no particular order, none twice.
    pub(super) fn refresh(&mut self, known: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut due = self.due();
        while let Some(path) = due.pop() {
            if let Err(error) = self.list(&path, &known, &mut found, &mut due) {
                self.fail(&path, &error);
            }
        }
        found
    }

    /// Polls every directory, drops those that are gone, and returns those to list.
    fn due(&mut self) -> Vec<PathBuf> {
        let mut due = Vec::new();
        self.directories.retain(|path, directory| {
            self.syscalls.metadata_calls += 1;
            let needs_listing = directory.poll(path);
            if needs_listing == Some(true) {
                due.push(path.clone());
            }
            needs_listing.is_some() || directory.is_base
        });
        due
    }

    fn list(
        &mut self,
        path: &Path,
        known: &impl Fn(&Path) -> bool,
        found: &mut Vec<PathBuf>,
        due: &mut Vec<PathBuf>,
    ) -> io::Result<()> {
        if self.is_loop(path) {
            return Err(io::Error::other("the link leads to a directory above it"));
        }
        let (began, wall) = (clock::now(), clock::system_time());
        self.syscalls.listings += 1;
        let mut child = path.to_path_buf();
        for entry in fs::read_dir(stat::or_here(path))? {
            let entry = entry?;
            child.push(entry.file_name());
            match self.classify(&entry, &child, known) {
                Entry::File if !known(&child) && self.selection.wants_file(&child) => {
                    found.push(child.clone());
                }
                Entry::Directory => self.add(&child, due),
                Entry::File | Entry::Other => {}
            }
            child.pop();
        }
        if let Some(directory) = self.directories.get_mut(path) {
            directory.listed(began, wall);
        }
        Ok(())
    }

    /// Takes the kind from the listing, which costs nothing. Only links need a metadata call.
    fn classify(&mut self, entry: &DirEntry, path: &Path, known: &impl Fn(&Path) -> bool) -> Entry {
        let Ok(kind) = entry.file_type() else {
            return Entry::Other;
        };
        if kind.is_dir() {
            return Entry::Directory;
        }
        if kind.is_file() {
            return Entry::File;
        }
        if !kind.is_symlink() || known(path) || self.directories.contains_key(path) {
            return Entry::Other;
        }
        self.syscalls.metadata_calls += 1;
        match fs::metadata(path) {
            Ok(end) if end.is_dir() => Entry::Directory,
            Ok(end) if !end.is_file() => Entry::Other,
            // The target of the link may appear later. Polling the path as a file will show it.
            Ok(_) | Err(_) => Entry::File,
        }
    }

    fn add(&mut self, path: &Path, due: &mut Vec<PathBuf>) {
        if self.directories.contains_key(path) || !self.selection.wants_directory(path) {
            return;
        }
        let mut directory = Directory::new(false);
        self.syscalls.metadata_calls += 1;
        if directory.poll(path).is_some() {
            self.directories.insert(path.to_path_buf(), directory);
            due.push(path.to_path_buf());
        }
    }

    fn is_loop(&self, path: &Path) -> bool {
        let identity = |path: &Path| Some(self.directories.get(path)?.stamp?.identity);
        let own = identity(path);
        own.is_some() && path.ancestors().skip(1).any(|above| identity(above) == own)
    }

    fn fail(&mut self, path: &Path, error: &io::Error) {
        // Removed between the poll and the listing. The next poll will show it.
        if error.kind() == io::ErrorKind::NotFound {
            return;
        }
        if let Some(directory) = self.directories.get_mut(path) {
            directory.warning.warn(path, error);
        }
    }
}

impl Directory {
    fn new(is_base: bool) -> Directory {
        Directory {
            stamp: None,
            since: clock::now(),
            is_clean: false,
            is_base,
            warning: WarnOnce::default(),
        }
    }

    /// Whether to list the directory; `None` if there is none.
    fn poll(&mut self, path: &Path) -> Option<bool> {
        match stat::stat(path) {
            StatResult::Directory(stamp) => Some(self.seen(stamp, clock::now())),
            StatResult::Error(error) => {
                self.warning.warn(path, &error);
                // Only a listing shows that the error is over, so there has to be one.
                self.is_clean = false;
                Some(false)
            }
            StatResult::File(_) | StatResult::Dangling | StatResult::Gone => {
                if self.stamp.take().is_some() && self.is_base {
                    log::warn!("{} was removed; waiting for it to return", path.display());
                }
                self.warning.clear();
                None
            }
        }
    }

    /// Whether to list, after a poll at `now` that found `stamp`.
    fn seen(&mut self, stamp: DirectoryStamp, now: Instant) -> bool {
        if self.stamp != Some(stamp) {
            self.stamp = Some(stamp);
            self.since = now;
            self.is_clean = false;
        }
        !self.is_clean
    }

    /// After a listing that began at `began`, which is `wall` on the wall clock.
    fn listed(&mut self, began: Instant, wall: SystemTime) {
        let ticked = began.saturating_duration_since(self.since) >= TICK;
        let is_old = self
            .stamp
            .is_some_and(|stamp| stamp.is_older_than(LONG_PAST, wall));
        self.is_clean = ticked || is_old;
        self.warning.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_trusted_only_when_the_clock_has_ticked_since_the_stamp_was_first_seen() {
        let place = tempfile::tempdir().expect("a directory");
        let StatResult::Directory(stamp) = stat::stat(place.path()) else {
            panic!("no directory")
        };
        let wall = clock::system_time();
        let start = clock::now();
        let mut directory = Directory::new(true);

        assert!(directory.seen(stamp, start), "never listed");
        directory.listed(start, wall);
        assert!(
            directory.seen(stamp, start + TICK * 2),
            "listed within the tick of its stamp"
        );
        directory.listed(start + TICK / 2, wall);
        assert!(
            directory.seen(stamp, start + TICK),
            "listed again within the tick"
        );
        directory.listed(start + TICK, wall);
        assert!(
            !directory.seen(stamp, start + TICK * 2),
            "listed after the tick"
        );
    }

    #[test]
    fn a_stamp_of_long_ago_is_trusted_at_once_and_one_of_the_future_is_not() {
        let place = tempfile::tempdir().expect("a directory");
        let StatResult::Directory(stamp) = stat::stat(place.path()) else {
            panic!("no directory")
        };
        let now = clock::system_time();
        let start = clock::now();
        for (wall, trusted) in [
            (now + LONG_PAST * 2, true),
            (now, false),
            (now - LONG_PAST, false),
        ] {
            let mut directory = Directory::new(true);
            directory.seen(stamp, start);
            directory.listed(start, wall);
            assert_eq!(!directory.seen(stamp, start), trusted);
        }
    }
}
