//! How long this thread was ready to run but had no core, which only the kernel knows.
//!
//! After a wait, a thread may have to queue for a core. The program cannot see that: the system call just
//! takes longer. Linux counts this time in nanoseconds, as the second number of
//! `/proc/thread-self/schedstat` (proc_pid_schedstat(5)). It is read before and after a wait. The difference
//! is the last part of the wait, and is shown as `Ready`.
//!
//! The price: two reads per wait while recording, of a file that each thread opens once. Where it breaks: a
//! thread that is preempted while it runs also increases that number, at an unknown time; this is left out.
//! Without such a file (other systems, some kernels) the whole wait is shown as waiting.

use super::lane::State;
use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::os::unix::fs::FileExt;

thread_local! {
    static SCHEDSTAT: OnceCell<Option<File>> = const { OnceCell::new() };
    /// The count at the beginning of this thread's wait, while it waits.
    static BEFORE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// To be called when this thread marks itself. Returns, for the wait that this mark ends, how many
/// nanoseconds at its end the thread was ready and had no core.
pub(super) fn at_mark(state: &State) -> u64 {
    match state {
        State::Waiting(_) | State::BlockedOnWrite => {
            BEFORE.set(run_delay());
            0
        }
        State::Running | State::Ready => match BEFORE.take() {
            Some(before) => run_delay().map_or(0, |now| now.saturating_sub(before)),
            None => 0,
        },
    }
}

fn run_delay() -> Option<u64> {
    SCHEDSTAT.with(|file| {
        let file = file.get_or_init(|| File::open("/proc/thread-self/schedstat").ok());
        // Three numbers of at most 20 digits.
        let mut text = [0; 64];
        let length = file.as_ref()?.read_at(&mut text, 0).ok()?;
        let text = str::from_utf8(text.get(..length)?).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_mark_that_ends_a_wait_has_a_delay() {
        assert_eq!(at_mark(&State::Running), 0, "it did not wait");
        assert_eq!(at_mark(&State::Waiting("read".into())), 0);
        let _ = at_mark(&State::Running);
        assert_eq!(BEFORE.get(), None, "the wait is over");
        assert_eq!(at_mark(&State::Running), 0);
    }
}
