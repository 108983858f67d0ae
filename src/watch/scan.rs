//! The watch as a state that is driven by hand: a scan, then a settling look, then the next scan.
//!
//! Two tables, both by path: files, each with its own state, and directories, which yield new
//! names. The files' table is sorted, so a scan reports in the order of paths without sorting, and
//! each path in it is built once and lent to every metadata call after. Nothing here sleeps or
//! knows the time between scans; the thread that does is in [`super::Watcher`], and tests take its
//! place.
//!
//! Where it breaks: a scan is no snapshot. Files change while it walks, so a rename during the walk
//! may be a removal now and a creation at the next scan. The price of the sorted table is a search
//! through it when a directory is listed; the loop over all files, which every scan pays, only
//! walks along.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{File, Verdict};
use super::stat::{self, Stamp};
use super::target::Selection;
use super::tree::Tree;
use super::{Change, Kind, Next, Rules, SyscallCounts};
use crate::error::Error;

/// What is watched and what was last seen of it. Memory grows with the watched files and the
/// directories that hold them, and shrinks with them.
#[derive(Debug)]
pub struct Watch {
    files: BTreeMap<PathBuf, File>,
    tree: Tree,
    /// Paths that the last scan left undecided, sorted.
    undecided: Vec<PathBuf>,
    metadata_calls: u64,
}

impl Watch {
    /// Compiles the rules and takes the baseline: what exists now is not reported. A target that is
    /// not there is waited for, said once in the log.
    ///
    /// # Errors
    ///
    /// An empty target, or a target or pattern that is no valid glob: a usage error of one line.
    /// Nothing on the disk is an error, since it may be well by the next scan.
    ///
    /// # Blocks
    ///
    /// For a walk through all that is watched.
    pub fn new(rules: &Rules) -> Result<Watch, Error> {
        let (selection, exact) = Selection::new(rules)?;
        let tree = Tree::new(selection);
        let mut watch = Watch {
            files: BTreeMap::new(),
            tree,
            undecided: Vec::new(),
            metadata_calls: 0,
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

    /// Polls everything once and reports what changed since the last look, in the order of paths,
    /// each path once. Paths still undecided from the scan before are decided first.
    ///
    /// # Blocks
    ///
    /// For one metadata call a file and a directory, and for `report`.
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

    /// Looks again at the paths that the last scan left undecided, and decides: a new file that is
    /// still there is created, a vanished one is removed, modified or as it was. Does nothing when
    /// nothing is undecided.
    ///
    /// # Blocks
    ///
    /// For one metadata call an undecided path, and for `report`.
    pub fn recheck(&mut self, report: &mut dyn FnMut(Change)) {
        for path in std::mem::take(&mut self.undecided) {
            let Some(file) = self.files.get_mut(&path) else {
                continue;
            };
            self.metadata_calls += 1;
            let verdict = file.rechecked(&path, stat::stat(&path));
            if file.is_over() {
                self.files.remove(&path);
            }
            if let Verdict::Changed(kind, stamp) = verdict {
                report(change(kind, &path, stamp));
            }
        }
    }

    /// What was done since the watch was made.
    pub fn syscalls(&self) -> SyscallCounts {
        let tree = self.tree.syscalls;
        SyscallCounts {
            metadata_calls: self.metadata_calls + tree.metadata_calls,
            ..tree
        }
    }

    fn take_baseline(&mut self, path: PathBuf, mut file: File) {
        self.metadata_calls += 1;
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

    /// One look at each file; whether a named path turned out to be a directory not entered before.
    fn scan_files(&mut self, report: &mut dyn FnMut(Change)) -> bool {
        let mut entered = false;
        let mut over = Vec::new();
        for (path, file) in &mut self.files {
            if file.is_undecided() {
                self.undecided.push(path.clone());
                continue;
            }
            self.metadata_calls += 1;
            match file.scanned(path, stat::stat(path)) {
                Verdict::Silent => {}
                Verdict::Changed(kind, stamp) => report(change(kind, path, stamp)),
                Verdict::Undecided => self.undecided.push(path.clone()),
                Verdict::Directory => entered |= self.tree.enter(path),
            }
            if file.is_over() {
                over.push(path.clone());
            }
        }
        for path in over {
            self.files.remove(&path);
        }
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
