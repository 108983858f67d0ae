//! One test at a time, because what they count (descriptors, children) belongs to the process. After each
//! there must be as many descriptors as before, and no child, running or zombie.

use gearshift::aio::{
    self, EventLoop, Result, StreamReader, StreamWriter, Task, wait_for, yield_now,
};
use gearshift::clock::Clock;
use rustix::process::WaitOptions;
use std::fs;
use std::future::Future;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// No correct step takes this long.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) const GEARSHIFT: &str = env!("CARGO_BIN_EXE_gearshift");

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `main` on a loop of its own, and checks what it leaves behind.
#[track_caller]
pub(crate) fn run<C>(main: C)
where
    C: Future<Output = Result<()>> + 'static,
{
    on_clock(Clock::Real, main);
}

/// As [`run`], where time jumps when there is nothing to do.
#[track_caller]
pub(crate) fn run_virtually<C>(main: C)
where
    C: Future<Output = Result<()>> + 'static,
{
    on_clock(Clock::stopped(), main);
}

#[track_caller]
fn on_clock<C>(clock: Clock, main: C)
where
    C: Future<Output = Result<()>> + 'static,
{
    let _alone = alone();
    let limit = if clock.is_virtual() {
        LONG * 1000
    } else {
        LONG
    };
    let before = descriptors();
    let event_loop = EventLoop::with_clock(clock).unwrap();
    let result = aio::run_on(&event_loop, wait_for(main, limit));
    drop(event_loop);
    assert!(result.is_ok(), "{:?}", result.err());
    assert_eq!(descriptors(), before, "descriptors were left open");
    let child = rustix::process::wait(WaitOptions::NOHANG);
    assert!(child.is_err(), "a child process was left: {child:?}");
}

/// How many there are, and one more for counting. The smallest of several counts: a thread that starts
/// (the next test's, which waits for this one) has the allocator read a file about processors.
fn descriptors() -> usize {
    let look = |_| fs::read_dir("/dev/fd").unwrap().count();
    (0..10).map(look).min().unwrap()
}

/// Lets the loop turn: what the kernel has is delivered, and what waited for it has run.
pub(crate) async fn turns() -> Result<()> {
    for _ in 0..10 {
        yield_now().await?;
    }
    Ok(())
}

/// Cancels a task and checks that it ends soon because of that, and not when the test's time is up.
#[track_caller]
pub(crate) fn cancel<T>(task: &Task<T>) -> impl Future<Output = Result<()>> {
    let caller = Location::caller();
    task.cancel();
    let task = task.clone();
    async move {
        turns().await?;
        assert!(task.cancelled(), "not cancelled: {caller}");
        Ok(())
    }
}

/// A stream and its peer, which is a plain socket.
pub(crate) fn pair() -> (StreamReader, StreamWriter, UnixStream) {
    let (ours, peer) = UnixStream::pair().unwrap();
    let (reader, writer) = aio::connect_stream(ours).unwrap();
    (reader, writer, peer)
}

#[track_caller]
pub(crate) fn kind_of<T>(result: Result<T>) -> ErrorKind {
    let error = result.err().expect("an error");
    let io = error.downcast_ref::<std::io::Error>();
    io.unwrap_or_else(|| panic!("not of the system: {error}"))
        .kind()
}
