//! Says a trouble once, and again only after it was over.
//!
//! A poller meets the same unreadable path several times a second. Said each time, the line fills a
//! disk; never said, the user waits for changes that cannot come. The memory of having spoken lives
//! beside the watched path, not in a table of its own, so it goes when the path goes and cannot
//! grow.
//!
//! Where it breaks: a path that fails at every second scan is said at every second scan.

use std::fmt;
use std::path::Path;

/// Whether a trouble with one path has been said.
#[derive(Debug, Default)]
pub(super) struct WarnOnce {
    active: bool,
}

impl WarnOnce {
    /// One warning for the whole time that the trouble lasts.
    pub(super) fn warn(&mut self, path: &Path, reason: &dyn fmt::Display) {
        if !self.active {
            self.active = true;
            log::warn!(
                "cannot watch {}: {reason}; looking again at every scan",
                path.display()
            );
        }
    }

    /// The path is well: the next trouble is a new one.
    pub(super) fn clear(&mut self) {
        self.active = false;
    }

    /// Whether the trouble lasts.
    pub(super) fn is_active(&self) -> bool {
        self.active
    }
}
