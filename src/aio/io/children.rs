//! How the loop notices the end of a child process.
//!
//! A child that has ended stays in the system's table, as a zombie, until its parent asks how it ended.
//! Waiting for that would block one thread per child. But the kernel sends the parent a signal, SIGCHLD,
//! and a signal is an event of the loop ([`signal`](super::signal)). When it comes, the loop asks each of
//! its children whether it has ended, and wakes the coroutines that wait for those that have.
//!
//! One signal may stand for several ends, so every child is asked each time. With hundreds of children
//! one descriptor per child (pidfd_open(2), on Linux) would be cheaper.
//!
//! **Where it breaks:** other code of the process that waits for *any* child (`waitpid(-1)`) takes the
//! result away.

use super::signal::{SIGCHLD, SignalHandler};
use crate::aio::core::{Error, EventLoop, OutsideWork, Result};
use crate::aio::sync::WaitQueue;
use std::cell::{Cell, RefCell};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::rc::Rc;

/// A child process.
pub(super) struct Child {
    pub(super) pid: u32,
    system: RefCell<std::process::Child>,
    /// As in Python: the exit code, or minus the signal that ended it.
    returncode: Cell<Option<i32>>,
    ended: WaitQueue,
    /// Keeps a virtual clock from jumping while the child works.
    work: Cell<Option<OutsideWork>>,
}

/// The children of a loop that are not known to have ended.
#[derive(Default)]
struct Children {
    alive: RefCell<Vec<Rc<Child>>>,
    /// Of SIGCHLD, as long as there are children.
    handler: RefCell<Option<SignalHandler>>,
}

impl Children {
    fn watch(self: &Rc<Self>, event_loop: &EventLoop) -> Result<()> {
        if self.handler.borrow().is_none() {
            let children = Rc::downgrade(self);
            let reap = move || {
                if let Some(children) = children.upgrade() {
                    children.reap();
                }
            };
            let handler = event_loop.add_signal_handler(SIGCHLD, reap)?;
            self.handler.replace(Some(handler));
        }
        Ok(())
    }

    fn reap(&self) {
        self.alive.borrow_mut().retain(|child| !child.has_ended());
        self.stop_if_idle();
    }

    fn stop_if_idle(&self) {
        if self.alive.borrow().is_empty() {
            let handler = self.handler.take();
            drop(handler);
        }
    }
}

/// Starts a child process of the loop, and returns it with its pipes.
///
/// # Errors
/// When the program does not exist or may not be run; when there are no descriptors or processes left.
pub(super) fn spawn(event_loop: &EventLoop, command: &mut Command) -> Result<(Rc<Child>, Pipes)> {
    let children: Rc<Children> = event_loop.extensions().get();
    children.watch(event_loop)?; // before the child, which may end at once
    let mut system = match command.spawn() {
        Ok(system) => system,
        Err(error) => {
            children.stop_if_idle();
            return Err(error.into());
        }
    };
    let pipes = (
        system.stdin.take(),
        system.stdout.take(),
        system.stderr.take(),
    );
    let child = Rc::new(Child {
        pid: system.id(),
        system: RefCell::new(system),
        returncode: Cell::new(None),
        ended: WaitQueue::default(),
        work: Cell::new(Some(event_loop.remote().outside_work())),
    });
    children.alive.borrow_mut().push(Rc::clone(&child));
    Ok((child, pipes))
}

/// Standard input, output and error, where a pipe was asked for.
pub(super) type Pipes = (
    Option<std::process::ChildStdin>,
    Option<std::process::ChildStdout>,
    Option<std::process::ChildStderr>,
);

/// No child outlives the loop.
impl Drop for Children {
    fn drop(&mut self) {
        for child in self.alive.borrow().iter() {
            child.kill_and_reap();
        }
    }
}

impl Child {
    pub(super) fn returncode(&self) -> Option<i32> {
        self.returncode.get()
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    /// `Cancelled`; `InvalidState` if the loop was closed before.
    pub(super) async fn wait(&self) -> Result<i32> {
        if self.returncode.get().is_none() {
            self.ended.wait("a child process").await?;
        }
        let lost = Error::InvalidState("the child process is not known any more");
        self.returncode.get().ok_or(lost)
    }

    /// Asks the kernel, and wakes what waits for this child if it has ended.
    fn has_ended(&self) -> bool {
        match self.system.borrow_mut().try_wait() {
            Ok(None) => return false,
            Ok(Some(status)) => self.returncode.set(Some(returncode_of(status))),
            Err(error) => {
                log::warn!(
                    "the exit status of process {} is unknown: {error}",
                    self.pid
                );
                self.returncode.set(Some(UNKNOWN));
            }
        }
        drop(self.work.take());
        self.ended.wake_all();
        true
    }

    /// Sends a signal.
    ///
    /// # Errors
    /// When it has ended, because its number may belong to another process by now.
    pub(super) fn send_signal(&self, signal: i32) -> Result<()> {
        if self.returncode.get().is_some() {
            let gone = io::Error::new(io::ErrorKind::NotFound, "the process has ended");
            return Err(gone.into());
        }
        let pid = i32::try_from(self.pid)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let signal = rustix::process::Signal::from_named_raw(signal);
        match (pid, signal) {
            (Some(pid), Some(signal)) => Ok(rustix::process::kill_process(pid, signal)?),
            _ => Err(io::Error::from(io::ErrorKind::InvalidInput).into()),
        }
    }

    /// Kills it. The loop reaps it when the signal of its end comes.
    pub(super) fn kill(&self) {
        if self.returncode.get().is_none() {
            let _ = self.system.borrow_mut().kill(); // it fails if it has just ended
        }
    }

    /// # Blocks
    /// Until it has ended, which for a killed process is soon.
    fn kill_and_reap(&self) {
        self.kill();
        let reaped = self.system.borrow_mut().wait();
        self.returncode.set(reaped.ok().map(returncode_of));
        drop(self.work.take());
    }
}

/// What asyncio returns when other code has taken the result.
const UNKNOWN: i32 = 255;

fn returncode_of(status: ExitStatus) -> i32 {
    let by_signal = status.signal().map(|signal| -signal);
    status.code().or(by_signal).unwrap_or(UNKNOWN)
}
