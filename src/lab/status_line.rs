//! One line on standard error that says how far a measurement is, redrawn in place.
//!
//! It is shown only on a terminal, so a script that reads standard error never sees it.

use crate::clock;
use crate::text::cut;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};
use terminal_size::terminal_size_of;

/// A terminal that is redrawn more often flickers.
const INTERVAL: Duration = Duration::from_millis(100);

const BAR_COLUMNS: usize = 24;

/// Removes the line when it is dropped.
pub(super) struct StatusLine {
    is_shown: bool,
    next: Instant,
}

impl StatusLine {
    pub(super) fn new(quiet: bool) -> StatusLine {
        StatusLine {
            is_shown: !quiet && io::stderr().is_terminal(),
            next: clock::now(),
        }
    }

    /// Replaces the line by a bar and a text. `done`: from 0 to 1.
    pub(super) fn set(&mut self, done: f64, text: impl FnOnce() -> String) {
        let now = clock::now();
        if !self.is_shown || now < self.next {
            return;
        }
        self.next = now + INTERVAL;
        let filled = (done.clamp(0.0, 1.0) * BAR_COLUMNS as f64) as usize;
        let bar = "█".repeat(filled) + &"░".repeat(BAR_COLUMNS - filled);
        let columns = terminal_size_of(io::stderr()).map_or(80, |(width, _)| width.0.into());
        let line = cut(&format!("{bar} {}", text()), columns - 1);
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
