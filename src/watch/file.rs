//! One watched file: what its subscribers know of it, and what the next look at it means.
//!
//! This is a table of states and looks, without a disk, so that faults that cannot be produced in a
//! test (no permission for root, a broken disk) are values like others. Two states are
//! **undecided**:
//!
//! - *vanished*: many editors save by removing the file and writing it anew, or by moving it aside;
//!   a scan can fall into the gap. Told at once, subscribers would hear of a removal that never
//!   was.
//! - *appeared* in a directory: a save often begins with a temporary file, renamed a moment later.
//!
//! Both are looked at once more after [`DEBOUNCE`](super::DEBOUNCE), and then decided, whatever is
//! seen: the window is opened by one scan and closed by one look, so steady activity cannot keep it
//! open.
//!
//! A fault decides nothing: the file may be as it was, and what cannot be seen is not reported.
//! When the fault is over, the stamp is compared with the last one known.
//!
//! Where it breaks: a temporary file that lives longer than the settling time is reported as
//! created and then as removed, and so is a watched file whose save takes as long. Waiting longer
//! would make every true removal late.

use std::path::Path;

use super::Kind;
use super::stat::{Stamp, StatResult};
use super::warn_once::WarnOnce;

/// A path that is watched, with or without a file there.
#[derive(Debug)]
pub(super) struct File {
    state: State,
    /// Named by the user, so waited for, and believed at once. Otherwise found in a directory.
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
    /// Nothing is left to wait for: to be dropped from the table.
    Over,
}

/// What follows from a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Silent,
    /// To be reported; the stamp is that of the file as it is now.
    Changed(Kind, Option<Stamp>),
    /// To be looked at again after the settling time.
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

    /// Whether the next look belongs to [`rechecked`](File::rechecked): a scan need not look.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.state, State::Appeared | State::Vanished(_))
    }

    /// Whether to forget the path.
    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// The first look of all: what exists is taken as known.
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

    /// The look of a full scan at a path that is not undecided.
    pub(super) fn scanned(&mut self, path: &Path, result: StatResult) -> Verdict {
        match (self.state, result) {
            (_, StatResult::Fault(error)) => self.warning.warn(path, &error),
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

    /// The second look at an undecided path: decides.
    pub(super) fn rechecked(&mut self, path: &Path, result: StatResult) -> Verdict {
        match (self.state, result) {
            (State::Vanished(known), StatResult::File(stamp)) => self.compare(known, stamp),
            (State::Vanished(known), StatResult::Fault(error)) => {
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

    /// The state of a path that subscribers know no file at, when none was seen there.
    fn unseen(&mut self, path: &Path, result: StatResult) -> State {
        match result {
            StatResult::Fault(error) => self.warning.warn(path, &error),
            StatResult::Dangling => self.warning.warn(path, &"the link leads nowhere"),
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
        StatResult::Fault(Error::from(ErrorKind::PermissionDenied))
    }

    fn present() -> File {
        let mut file = File::named();
        file.baseline(Path::new("f"), StatResult::File(OLD));
        file
    }

    #[test]
    fn a_file_that_cannot_be_seen_for_a_while_is_compared_with_what_was_known() {
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
    fn a_fault_during_settling_is_no_removal() {
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
    fn a_found_file_that_cannot_be_seen_is_created_once_it_can() {
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
    fn a_found_file_is_forgotten_when_it_goes_and_a_named_one_never() {
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
