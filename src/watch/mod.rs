//! The file watcher: polls files and compares their state with the state before.
//!
//! Polling has three advantages here. It works where events do not (network file systems, bind mounts of
//! containers, shared folders of virtual machines). It needs no watch descriptors, whose number is
//! limited. And it does not depend on how editors save, because it compares states and sees no steps.
//! The price is one metadata call per file per interval, about 1 µs on a local disk.
//!
//! Read `stat` for what is compared, `file` for what a poll means, `tree` for how new files are found
//! without listing everything, `target` and `ignore` for which files are watched, and `scan` for how
//! these make a [`Watch`]. This file has the thread that scans at regular intervals.
//!
//! # Where it breaks
//!
//! Changes between two scans are merged. Two changes in one interval are one `modified`; a file that is
//! created and removed in one interval is not reported; a rename is a `removed` and a `created`. A
//! rewrite in place with the same length within one tick of the file system's clock is invisible (see
//! `stat`). A change is reported up to an interval late, and [`DEBOUNCE`] later if it is a removal or a
//! new file in a directory.

mod file;
mod ignore;
mod scan;
mod stat;
mod target;
mod tree;
mod warn_once;

use std::convert::Infallible;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use serde::Serialize;

use crate::clock;
use crate::error::Error;
use crate::trace::{self, State};
pub use scan::Watch;

/// Time between the scan that finds a path appeared or vanished and the recheck that decides.
///
/// Editors close the gap of a save within a few milliseconds. 50 ms is ten times that on a slow disk,
/// and still below what a person notices as a delay (about 100 ms).
pub const DEBOUNCE: Duration = Duration::from_millis(50);

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// There is a file where there was none.
    Created,
    /// The file differs from before.
    Modified,
    /// The file is gone.
    Removed,
}

/// One change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// In the form of the target that led to it: relative targets give relative paths.
    pub path: PathBuf,
    /// Time of the last write, from the file system; `None` for a removed file.
    pub mtime: Option<SystemTime>,
    /// The size in bytes; `None` for a removed file.
    pub size: Option<u64>,
}

/// What to watch, as the user typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Files, directories (watched with everything below them) and globs (`src/**/*.rs`).
    pub targets: Vec<String>,
    /// Globs of paths to ignore in directories and globs. `!` in front includes a path again. The last
    /// glob that matches decides. A target that names a file is never ignored.
    pub ignore: Vec<String>,
}

/// What the caller of [`Watch::scan`] should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Wait for the next scan.
    Scan,
    /// Call [`Watch::recheck`] after [`DEBOUNCE`], before the next scan.
    Recheck,
}

/// Number of the system calls that dominate the cost of watching.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyscallCounts {
    /// Metadata calls, each for one path.
    pub metadata_calls: u64,
    /// Directories listed.
    pub listings: u64,
}

/// The thread that polls.
///
/// Dropping this ends the thread. It blocks until the current poll or report is done, but not for the
/// interval. No report comes afterwards, and changes that are still undecided are not reported.
#[derive(Debug)]
pub struct Watcher {
    /// Carries no messages: the thread waits on the other end, and dropping this end wakes it.
    alive: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Scans at once and then every `interval`, and passes each change to `report` on the polling
    /// thread, so nothing is polled while `report` runs. Scans begin on a fixed grid. Scans that a slow
    /// disk or a slow `report` made late are skipped.
    ///
    /// # Errors
    ///
    /// An `interval` of zero is a usage error; a thread that cannot be started is a failure.
    pub fn spawn(
        watch: Watch,
        interval: Duration,
        report: impl FnMut(Change) + Send + 'static,
    ) -> Result<Watcher, Error> {
        if interval.is_zero() {
            return Err(Error::usage(
                "the interval between scans must be longer than zero",
            ));
        }
        let (alive, stopped) = crossbeam_channel::bounded(0);
        let lane = trace::open(trace::Kind::Thread, "watcher", trace::current());
        let thread = thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || {
                let running = trace::enter(lane);
                poll(watch, interval, report, &stopped);
                drop(running);
                trace::close(lane);
            })
            .map_err(|error| {
                Error::failure(format!(
                    "cannot start the thread that watches files: {error}"
                ))
            })?;
        Ok(Watcher {
            alive: Some(alive),
            thread: Some(thread),
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.alive.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A `report` that drops its own watcher cannot wait for itself. The thread ends after it.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            log::error!("the thread that watches files has panicked");
        }
    }
}

fn poll(
    mut watch: Watch,
    interval: Duration,
    mut report: impl FnMut(Change),
    stopped: &Receiver<Infallible>,
) {
    let mut due = clock::now();
    loop {
        if watch.scan(&mut report) == Next::Recheck {
            if !pause(stopped, clock::now().checked_add(DEBOUNCE)) {
                return;
            }
            watch.recheck(&mut report);
        }
        let next = after(due, interval, clock::now());
        if !pause(stopped, next) {
            return;
        }
        due = next.unwrap_or(due);
    }
}

/// The first point of the grid `due + n * interval` after `now`; `None` if the clock cannot represent
/// it.
fn after(due: Instant, interval: Duration, now: Instant) -> Option<Instant> {
    let late = now.saturating_duration_since(due);
    let into = late.as_nanos() % interval.as_nanos().max(1);
    let into = Duration::from_nanos(u64::try_from(into).ok()?);
    now.checked_add(interval.checked_sub(into)?)
}

/// Waits until `until`, or for ever if `None`; `false` as soon as the watcher is stopped.
fn pause(stopped: &Receiver<Infallible>, until: Option<Instant>) -> bool {
    trace::during(State::Waiting("the next scan".into()), || match until {
        Some(until) => matches!(stopped.recv_deadline(until), Err(RecvTimeoutError::Timeout)),
        None => stopped.recv().is_ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_stay_on_their_grid_however_late_one_is() {
        let start = clock::now();
        let ms = Duration::from_millis;
        for (late, next) in [(0, 200), (60, 200), (199, 200), (200, 400), (730, 800)] {
            assert_eq!(
                after(start, ms(200), start + ms(late)),
                Some(start + ms(next))
            );
        }
        assert_eq!(after(start, Duration::MAX, start), None);
    }
}
