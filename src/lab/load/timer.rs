//! Has a loop wake up at a time, to the microsecond where the system can.
//!
//! epoll_wait(2) counts in milliseconds, and epoll_pwait2(2), which does not, is younger than kernels
//! that are in use. Half a millisecond too late on average is nothing to a server and would be most of
//! what an open loop measures: so on Linux the time is a descriptor (timerfd_create(2)), one system call
//! to set.
//!
//! **Where it breaks:** elsewhere it is as late as the system's poller.

use crate::aio::EventLoop;
use crate::clock;
use std::io;
use std::time::{Duration, Instant};

pub(super) struct WakeUpTimer {
    /// The time that it is set to, perhaps past.
    at: Option<Instant>,
    os: os::OsTimer,
}

impl WakeUpTimer {
    pub(super) fn new(event_loop: &EventLoop) -> io::Result<WakeUpTimer> {
        Ok(WakeUpTimer {
            at: None,
            os: os::OsTimer::new(event_loop)?,
        })
    }

    /// Wakes the loop at `next`, or before.
    ///
    /// # Errors
    /// None that a correct program meets.
    pub(super) fn set(&mut self, event_loop: &EventLoop, next: Instant) -> io::Result<()> {
        let still_to_come = |at: Instant| at <= next && at > event_loop.now();
        if self.at.is_some_and(still_to_come) {
            return Ok(());
        }
        self.at = Some(next);
        let left = next.saturating_duration_since(clock::now());
        // Zero would be never.
        self.os.set(event_loop, left.max(Duration::from_nanos(1)))
    }
}

#[cfg(target_os = "linux")]
mod os {
    use super::{Duration, EventLoop, io};
    use crate::aio::Watched;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use std::os::fd::OwnedFd;

    /// Can be read from its time on until it is set again; nobody reads it.
    pub(super) struct OsTimer(Watched<OwnedFd>);

    impl OsTimer {
        pub(super) fn new(event_loop: &EventLoop) -> io::Result<OsTimer> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(OsTimer(event_loop.add_reader(timer, || ())?))
        }

        pub(super) fn set(&mut self, _: &EventLoop, left: Duration) -> io::Result<()> {
            let once = Itimerspec {
                it_interval: Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                },
                it_value: Timespec {
                    tv_sec: left.as_secs() as i64,
                    tv_nsec: left.subsec_nanos().into(),
                },
            };
            timerfd_settime(&*self.0, TimerfdTimerFlags::empty(), &once)?;
            Ok(())
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod os {
    use super::{Duration, EventLoop, io};
    use crate::aio::Handle;

    pub(super) struct OsTimer(Option<Handle>);

    impl OsTimer {
        pub(super) fn new(_: &EventLoop) -> io::Result<OsTimer> {
            Ok(OsTimer(None))
        }

        pub(super) fn set(&mut self, event_loop: &EventLoop, left: Duration) -> io::Result<()> {
            if let Some(handle) = self.0.take() {
                handle.cancel();
            }
            self.0 = Some(event_loop.call_later(left, || ()));
            Ok(())
        }
    }
}
