//! The file watcher: looks again and again, and compares what it sees with what it saw.
//!
//! Polling is the honest choice here. It works where events do not (network file systems,
//! containers' bind mounts, virtual machines' shared folders), needs no watch descriptors, so no
//! limit on their number, and is immune to the ways in which editors save, because it compares
//! states and is not told of steps. The price is one metadata call a file and interval: about 1 µs
//! on a local disk.
//!
//! Read `stamp` for what is compared, `file` for what a look means, `tree` for how new files are
//! found without listing everything, `target` and `ignore` for what is wanted at all, and `scan`
//! for how they make a [`Watch`]. Here is the thread that turns it into a clock's work.
//!
//! # Where it breaks
//!
//! Between two scans nothing is seen. Two changes in one interval are one `modified`; a file
//! created and removed in one interval never was; a rename is a `removed` and a `created`. A
//! rewrite in place of the same length within one tick of the file system's clock is invisible (see
//! `stamp`). A change is reported up to an interval late, and [`DEBOUNCE`] more if it is a removal,
//! or new in a directory.

mod file;
mod ignore;
mod scan;
mod stat;
mod target;
mod tree;
mod warn_once;

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use serde::Serialize;

use crate::clock;
use crate::error::Error;
use crate::trace::{self, State};
pub use scan::Watch;

/// How long a path that came or went is given before it is looked at again and decided.
///
/// Editors close the gap of a save within a few milliseconds; 50 ms is ten times that on a slow
/// disk, and still below what a person notices as a delay (about 100 ms).
pub const DEBOUNCE: Duration = Duration::from_millis(50);

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// There was none, and now there is.
    Created,
    /// It is there and not as it was.
    Modified,
    /// It was there and is not.
    Removed,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Kind::Created => "created",
            Kind::Modified => "modified",
            Kind::Removed => "removed",
        })
    }
}

/// One change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// Spelt after the target that it was found under: relative targets give relative paths.
    pub path: PathBuf,
    /// When the file was last written, by the file system; `None` for a removed file.
    pub mtime: Option<SystemTime>,
    /// The size in bytes; `None` for a removed file.
    pub size: Option<u64>,
}

/// What to watch, as the user typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Files, directories (watched with all that is below) and globs (`src/**/*.rs`).
    pub targets: Vec<String>,
    /// Globs of what to leave out of directories and globs, `!` in front to take it back in; the
    /// last that matches decides. A target named as a file is never left out.
    pub ignore: Vec<String>,
}

/// What the caller of [`Watch::scan`] should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// All is decided: wait for the next scan.
    Scan,
    /// Call [`Watch::recheck`] after [`DEBOUNCE`], before the next scan.
    Recheck,
}

/// What watching has cost so far, in the system calls that matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyscallCounts {
    /// Looks at one path.
    pub metadata_calls: u64,
    /// Directories read from end to end.
    pub listings: u64,
}

/// The thread that polls. Dropping it stops it, as [`stop`](Watcher::stop) does.
#[derive(Debug)]
pub struct Watcher {
    /// Nothing is ever sent: the thread waits on the other end, and dropping this one wakes it.
    alive: Option<Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Scans at once and then every `interval`, and hands each change to `report` on the thread
    /// that polls: while `report` runs, nothing is polled. Scans begin on a fixed grid; those that
    /// come too late for it, because the disk or `report` was slow, are left out and not made up
    /// for.
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

    /// Ends the thread: no report comes after this returns. Changes still undecided are not
    /// reported.
    ///
    /// # Blocks
    ///
    /// Until the look or report under way is done; waits for no interval.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.alive.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A report that drops its own watcher cannot wait for itself; the thread ends after it.
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

/// The first point of the grid `due + n * interval` after `now`; `None` if the clock cannot name
/// it.
fn after(due: Instant, interval: Duration, now: Instant) -> Option<Instant> {
    let late = now.saturating_duration_since(due);
    let into = late.as_nanos() % interval.as_nanos().max(1);
    let into = Duration::from_nanos(u64::try_from(into).ok()?);
    now.checked_add(interval.checked_sub(into)?)
}

/// Waits until `until`, or for ever if `None`; `false` as soon as the watcher is stopped.
fn pause(stopped: &Receiver<Infallible>, until: Option<Instant>) -> bool {
    trace::during(State::Waiting("the next look".into()), || match until {
        Some(until) => matches!(stopped.recv_deadline(until), Err(RecvTimeoutError::Timeout)),
        None => stopped.recv().is_ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_keep_to_their_grid_whatever_happens_between() {
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
