//! A watch that its caller drives: a scan, then perhaps a recheck, then the next scan.
//!
//! It has two tables, both by path: files, each with its own state, and directories, which yield new
//! names. The table of files is sorted, so a scan reports in the order of paths without sorting, and
//! every path is built once for all its metadata calls. Nothing here sleeps or knows the time between
//! scans. The thread in [`super::Watcher`] does, and tests take its place.
//!
//! **Where it breaks:** a scan is not a snapshot. Files change while it runs, so a rename during a scan
//! may be a removal now and a creation at the next scan. The sorted table also costs a search for each
//! name when a directory is listed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{File, Verdict};
use super::stat::{self, Stamp};
use super::target::Selection;
use super::tree::Tree;
use super::{Change, Kind, Next, Rules, SyscallCounts};
use crate::error::Error;

/// The watched paths and their last known states. Memory grows and shrinks with the number of watched
/// files and of their directories.
#[derive(Debug)]
pub struct Watch {
    files: BTreeMap<PathBuf, File>,
    tree: Tree,
    /// Paths that the last scan left undecided, sorted.
    undecided: Vec<PathBuf>,
}

impl Watch {
    /// Compiles the rules and takes the baseline: what exists now is not reported. A target that does not
    /// exist is waited for, with one line in the log.
    ///
    /// # Errors
    ///
    /// An empty target, or a target or pattern that is not a valid glob: a usage error of one line.
    /// Errors of the disk are not returned, since they may be over by the next scan.
    ///
    /// # Blocks
    ///
    /// For a walk through everything that is watched.
    pub fn new(rules: &Rules) -> Result<Watch, Error> {
        let (selection, exact) = Selection::new(rules)?;
        let tree = Tree::new(selection);
        let mut watch = Watch {
            files: BTreeMap::new(),
            tree,
            undecided: Vec::new(),
        };
        for path in exact {
            watch.take_baseline(path, File::named());
        }
        for path in watch.find() {
            watch.take_baseline(path, File::found());
        }
        watch.tree.announce_missing();
        Ok(watch)
    }

    /// Polls everything once and reports what changed since the last poll, in the order of paths, each
    /// path once. Paths that the scan before left undecided are decided first.
    ///
    /// # Blocks
    ///
    /// For one metadata call per file and per directory, and for `report`.
    pub fn scan(&mut self, report: &mut dyn FnMut(Change)) -> Next {
        self.recheck(report);
        for path in self.find() {
            self.files.insert(path, File::found());
        }
        let entered = self.scan_files(report);
        if entered {
            self.find_in_entered();
        }
        if self.undecided.is_empty() {
            Next::Scan
        } else {
            Next::Recheck
        }
    }

    /// Polls the paths again that the last scan left undecided, and decides: a new file that still exists
    /// is created, a vanished one is removed, modified or unchanged.
    ///
    /// # Blocks
    ///
    /// For one metadata call per undecided path, and for `report`.
    pub fn recheck(&mut self, report: &mut dyn FnMut(Change)) {
        for path in std::mem::take(&mut self.undecided) {
            let Some(file) = self.files.get_mut(&path) else {
                continue;
            };
            self.tree.syscalls.metadata_calls += 1;
            let verdict = file.rechecked(&path, stat::stat(&path));
            if file.is_over() {
                self.files.remove(&path);
            }
            if let Verdict::Changed(kind, stamp) = verdict {
                report(change(kind, &path, stamp));
            }
        }
    }

    /// The system calls since the watch was made.
    pub fn syscalls(&self) -> SyscallCounts {
        self.tree.syscalls
    }

    fn take_baseline(&mut self, path: PathBuf, mut file: File) {
        self.tree.syscalls.metadata_calls += 1;
        if file.baseline(&path, stat::stat(&path)) == Verdict::Directory {
            self.tree.enter(&path);
        }
        if !file.is_over() {
            self.files.insert(path, file);
        }
    }

    fn find(&mut self) -> Vec<PathBuf> {
        let files = &self.files;
        self.tree.refresh(|path| files.contains_key(path))
    }

    /// Polls each file once. Returns whether a named path turned out to be a new directory.
    fn scan_files(&mut self, report: &mut dyn FnMut(Change)) -> bool {
        let mut entered = false;
        self.files.retain(|path, file| {
            if file.is_undecided() {
                self.undecided.push(path.clone());
                return true;
            }
            self.tree.syscalls.metadata_calls += 1;
            match file.scanned(path, stat::stat(path)) {
                Verdict::Silent => {}
                Verdict::Changed(kind, stamp) => report(change(kind, path, stamp)),
                Verdict::Undecided => self.undecided.push(path.clone()),
                Verdict::Directory => entered |= self.tree.enter(path),
            }
            !file.is_over()
        });
        entered
    }

    fn find_in_entered(&mut self) {
        for path in self.find() {
            self.undecided.push(path.clone());
            self.files.insert(path, File::found());
        }
        self.undecided.sort_unstable();
    }
}

fn change(kind: Kind, path: &Path, stamp: Option<Stamp>) -> Change {
    Change {
        kind,
        path: path.to_path_buf(),
        mtime: stamp.and_then(|stamp| stamp.modified),
        size: stamp.map(|stamp| stamp.size_bytes),
    }
}
