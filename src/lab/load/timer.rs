//! Wakes a loop at a time, to the microsecond where the system can.
//!
//! epoll_wait(2) counts in milliseconds, and epoll_pwait2(2), which does not, is younger than some kernels in
//! use. Half a millisecond too late on average does not matter to a server, but it would dominate what an
//! open loop measures. So on Linux the time is a descriptor (timerfd_create(2)), set by one system call.
//!
//! **Where it breaks:** elsewhere it is as late as the poller of the system.

use crate::aio::EventLoop;
use crate::clock;
use std::io;
use std::time::{Duration, Instant};

pub(super) struct WakeUpTimer {
    /// The time to which it is set, which may be past.
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

    /// Wakes the loop at `next`, or earlier.
    pub(super) fn set(&mut self, event_loop: &EventLoop, next: Instant) -> io::Result<()> {
        let is_to_come = |at: Instant| at <= next && at > event_loop.now();
        if self.at.is_some_and(is_to_come) {
            return Ok(());
        }
        self.at = Some(next);
        let left = next.saturating_duration_since(clock::now());
        // Zero would disarm it.
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

    /// Readable from its time on until it is set again. It is never read.
    pub(super) struct OsTimer(Watched<OwnedFd>);

    impl OsTimer {
        pub(super) fn new(event_loop: &EventLoop) -> io::Result<OsTimer> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(OsTimer(event_loop.add_reader(timer, || ())?))
        }

        pub(super) fn set(&mut self, _: &EventLoop, left: Duration) -> io::Result<()> {
            let once = Itimerspec {
                it_interval: Timespec::default(),
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
