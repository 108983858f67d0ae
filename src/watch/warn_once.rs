//! Logs a problem once, and again only after it was over.
//!
//! A poller meets the same unreadable path several times per second. A line for each time would fill a
//! disk; no line would leave the user waiting for changes that cannot come. The flag is stored with the
//! watched path and not in a table of its own, so it goes when the path goes.
//!
//! **Where it breaks:** a path that fails at every second scan is logged at every second scan.

use std::fmt;
use std::path::Path;

/// Whether a problem with one path has been logged.
#[derive(Debug, Default)]
pub(super) struct WarnOnce {
    active: bool,
}

impl WarnOnce {
    /// Logs one warning for as long as the problem lasts.
    pub(super) fn warn(&mut self, path: &Path, reason: &dyn fmt::Display) {
        if !self.active {
            self.active = true;
            log::warn!(
                "cannot watch {}: {reason}; trying again at every scan",
                path.display()
            );
        }
    }

    /// The problem is over. The next one is logged again.
    pub(super) fn clear(&mut self) {
        self.active = false;
    }

    /// Whether the problem lasts.
    pub(super) fn is_active(&self) -> bool {
        self.active
    }
}
