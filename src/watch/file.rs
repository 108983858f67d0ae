//! One watched file: the state that subscribers know, and what the next poll of it means.
//!
//! This is a table of states and poll results, without a disk. So errors that a test cannot produce (no
//! permission for root, a broken disk) are values like others. Two states are **undecided**:
//!
//! - *vanished*: many editors save by removing or moving the file and writing a new one. A scan can fall
//!   into the gap, and a report at once would be of a removal that did not happen;
//! - *appeared* in a directory: a save often begins with a temporary file that is renamed a moment later.
//!
//! Both are polled once more after [`DEBOUNCE`](super::DEBOUNCE) and then decided, whatever the result.
//! One scan opens the window and one recheck closes it, so steady activity cannot keep it open.
//!
//! An error decides nothing: the file may be unchanged. When the error is over, the stamp is compared
//! with the last known one.
//!
//! **Where it breaks:** a temporary file that lives longer than the debounce time is reported as created
//! and then as removed, and so is a watched file whose save takes that long. A longer time would delay
//! the report of every real removal.

use std::path::Path;

use super::Kind;
use super::stat::{Stamp, StatResult};
use super::warn_once::WarnOnce;

/// A watched path, with or without a file there.
#[derive(Debug)]
pub(super) struct File {
    state: State,
    /// Named by the user: waited for while it is absent, and reported at once when it appears. Other
    /// files were found in a directory.
    named: bool,
    warning: WarnOnce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Subscribers know it with this stamp.
    Present(Stamp),
    /// Subscribers know of no file; one is waited for.
    Absent,
    /// Subscribers know it with this stamp; the last scan did not find it.
    Vanished(Stamp),
    /// The last scan found the name in a directory; subscribers do not know it.
    Appeared,
    /// Nothing is left to wait for: drop the path from the table.
    Over,
}

/// What follows from a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Silent,
    /// Report the change; the stamp is that of the file as it is now.
    Changed(Kind, Option<Stamp>),
    /// Poll the path again after the debounce time.
    Undecided,
    /// A directory stands where the user named a path.
    Directory,
}

impl File {
    /// A path named by the user.
    pub(super) fn named() -> File {
        File {
            state: State::Absent,
            named: true,
            warning: WarnOnce::default(),
        }
    }

    /// A name just found in a directory.
    pub(super) fn found() -> File {
        File {
            state: State::Appeared,
            named: false,
            warning: WarnOnce::default(),
        }
    }

    /// Whether the next poll is a recheck, so that a scan need not poll the path.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.state, State::Appeared | State::Vanished(_))
    }

    /// Whether to drop the path.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// The first poll: what exists counts as known.
    pub(super) fn baseline(&mut self, path: &Path, result: StatResult) -> Verdict {
        self.state = match result {
            StatResult::File(stamp) => State::Present(stamp),
            StatResult::Directory(_) if self.named => {
                self.state = State::Absent;
                return Verdict::Directory;
            }
            other => self.unseen(path, other),
        };
        if self.named && self.state == State::Absent && !self.warning.is_active() {
            log::info!("waiting for {} to appear", path.display());
        }
        Verdict::Silent
    }

    /// The poll of a full scan, for a path that is not undecided.
    pub(super) fn scanned(&mut self, path: &Path, result: StatResult) -> Verdict {
        match (self.state, result) {
            (_, StatResult::Error(error)) => self.warning.warn(path, &error),
            (State::Present(known), StatResult::File(stamp)) => return self.compare(known, stamp),
            (State::Absent, StatResult::File(stamp)) if self.named => return self.create(stamp),
            (State::Absent, StatResult::File(_)) => {
                self.state = State::Appeared;
                return Verdict::Undecided;
            }
            (State::Present(known), _) => {
                self.state = State::Vanished(known);
                return Verdict::Undecided;
            }
            (State::Absent, StatResult::Directory(_)) if self.named => {
                self.warning.clear();
                return Verdict::Directory;
            }
            (_, other) => self.state = self.unseen(path, other),
        }
        Verdict::Silent
    }

    /// The second poll of an undecided path, which decides.
    pub(super) fn rechecked(&mut self, path: &Path, result: StatResult) -> Verdict {
        match (self.state, result) {
            (State::Vanished(known), StatResult::File(stamp)) => self.compare(known, stamp),
            (State::Vanished(known), StatResult::Error(error)) => {
                self.warning.warn(path, &error);
                self.state = State::Present(known);
                Verdict::Silent
            }
            (State::Vanished(_), other) => {
                self.state = self.unseen(path, other);
                Verdict::Changed(Kind::Removed, None)
            }
            (_, StatResult::File(stamp)) => self.create(stamp),
            (_, other) => {
                self.state = self.unseen(path, other);
                Verdict::Silent
            }
        }
    }

    fn compare(&mut self, known: Stamp, stamp: Stamp) -> Verdict {
        self.warning.clear();
        self.state = State::Present(stamp);
        if known == stamp {
            Verdict::Silent
        } else {
            Verdict::Changed(Kind::Modified, Some(stamp))
        }
    }

    fn create(&mut self, stamp: Stamp) -> Verdict {
        self.warning.clear();
        self.state = State::Present(stamp);
        Verdict::Changed(Kind::Created, Some(stamp))
    }

    /// The new state of a path where subscribers know no file and none was found.
    fn unseen(&mut self, path: &Path, result: StatResult) -> State {
        match result {
            StatResult::Error(error) => self.warning.warn(path, &error),
            StatResult::Dangling => self
                .warning
                .warn(path, &"the target of the link does not exist"),
            _ if self.named => self.warning.clear(),
            _ => return State::Over,
        }
        State::Absent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    const OLD: Stamp = Stamp {
        modified: None,
        size_bytes: 1,
        identity: (1, 1),
    };
    const NEW: Stamp = Stamp {
        modified: None,
        size_bytes: 2,
        identity: (1, 1),
    };

    fn denied() -> StatResult {
        StatResult::Error(Error::from(ErrorKind::PermissionDenied))
    }

    fn present() -> File {
        let mut file = File::named();
        file.baseline(Path::new("f"), StatResult::File(OLD));
        file
    }

    #[test]
    fn after_an_error_a_file_is_compared_with_its_last_known_state() {
        let path = Path::new("f");
        let mut file = present();
        assert_eq!(file.scanned(path, denied()), Verdict::Silent);
        assert_eq!(file.scanned(path, StatResult::File(OLD)), Verdict::Silent);
        assert_eq!(file.scanned(path, denied()), Verdict::Silent);
        assert_eq!(
            file.scanned(path, StatResult::File(NEW)),
            Verdict::Changed(Kind::Modified, Some(NEW))
        );
    }

    #[test]
    fn an_error_during_a_recheck_is_not_a_removal() {
        let path = Path::new("f");
        let mut file = present();
        assert_eq!(file.scanned(path, StatResult::Gone), Verdict::Undecided);
        assert_eq!(file.rechecked(path, denied()), Verdict::Silent);
        assert!(!file.is_undecided());
        assert_eq!(file.scanned(path, StatResult::Gone), Verdict::Undecided);
        assert_eq!(
            file.rechecked(path, StatResult::Gone),
            Verdict::Changed(Kind::Removed, None)
        );
    }

    #[test]
    fn a_found_file_that_is_unreadable_is_created_once_it_is_readable() {
        let path = Path::new("f");
        let mut file = File::found();
        assert_eq!(file.rechecked(path, denied()), Verdict::Silent);
        assert_eq!(file.scanned(path, denied()), Verdict::Silent);
        assert_eq!(
            file.scanned(path, StatResult::File(NEW)),
            Verdict::Undecided
        );
        assert_eq!(
            file.rechecked(path, StatResult::File(NEW)),
            Verdict::Changed(Kind::Created, Some(NEW))
        );
    }

    #[test]
    fn a_found_file_is_dropped_when_it_is_removed_and_a_named_one_never() {
        let path = Path::new("f");
        for named in [false, true] {
            let mut file = if named { File::named() } else { File::found() };
            file.baseline(path, StatResult::File(OLD));
            file.scanned(path, StatResult::Gone);
            file.rechecked(path, StatResult::Gone);
            assert_eq!(file.is_over(), !named);
        }
    }
}
