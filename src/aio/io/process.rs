//! Child processes: their pipes and their end are events of the loop like any other.
//!
//! A child process costs no thread here. Its standard streams are pipes, which the loop watches as it
//! watches sockets, and a signal reports its end (`children.rs`).
//!
//! ```no_run
//! # use gearshift::aio::{self, process, process::Stdio};
//! # aio::run(async {
//! let sort = process::exec("sort", ["-n"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
//! let (sorted, _) = sort.communicate(b"10\n9\n").await?;
//! assert_eq!((sorted.as_slice(), sort.wait().await?), (&b"9\n10\n"[..], 0));
//! # Ok(()) });
//! ```
//!
//! **Where it breaks:** if nothing reads the child's output, `wait` never ends once our buffer (128 KiB or
//! more) and the pipe (64 KiB) are full; `communicate` reads and waits. Killing a shell does not kill the
//! processes that it started.

use super::children::{self, Child};
use super::signal::{SIGKILL, SIGTERM};
use super::streams::{StreamReader, StreamWriter};
use crate::aio::core::{Error, EventLoop, Result};
use crate::aio::tasks::{coroutine, gather};
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::rc::Rc;

pub use std::process::Stdio;

/// A program to run, with these arguments: asyncio's `create_subprocess_exec`.
pub fn exec<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
) -> Command {
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    Command { command }
}

/// A command line for the shell, `/bin/sh`: asyncio's `create_subprocess_shell`. Never put untrusted text
/// into the line: it can run any command.
pub fn shell(line: impl AsRef<OsStr>) -> Command {
    exec("/bin/sh", [OsStr::new("-c"), line.as_ref()])
}

/// A child process to start.
pub struct Command {
    command: std::process::Command,
}

impl Command {
    /// Where its standard input comes from.
    pub fn stdin(mut self, stdio: Stdio) -> Command {
        self.command.stdin(stdio);
        self
    }

    /// Where its standard output goes.
    pub fn stdout(mut self, stdio: Stdio) -> Command {
        self.command.stdout(stdio);
        self
    }

    /// Where its standard error goes.
    pub fn stderr(mut self, stdio: Stdio) -> Command {
        self.command.stderr(stdio);
        self
    }

    /// Sets an environment variable, in addition to the inherited ones.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Command {
        self.command.env(name, value);
        self
    }

    /// Sets the directory that it runs in.
    pub fn cwd(mut self, directory: impl AsRef<Path>) -> Command {
        self.command.current_dir(directory);
        self
    }

    /// Starts the child. Unlike in asyncio, there is nothing to await.
    ///
    /// # Blocks
    /// Until the child runs the program, about a millisecond.
    ///
    /// # Errors
    /// When the program does not exist or may not be run; when there are no descriptors or processes left.
    ///
    /// # Panics
    /// When no loop runs on this thread.
    pub fn spawn(mut self) -> Result<Process> {
        let (child, (stdin, stdout, stderr)) =
            children::spawn(&EventLoop::running(), &mut self.command)?;
        let owned = Rc::new(KillOnDrop(child)); // from here on an error kills the child
        Ok(Process {
            stdin: stdin.map(StreamWriter::from_pipe).transpose()?,
            stdout: stdout.map(StreamReader::from_pipe).transpose()?,
            stderr: stderr.map(StreamReader::from_pipe).transpose()?,
            owned,
        })
    }
}

/// A child process. Clones are handles to the same one. Dropping the last handle kills the child, as
/// asyncio does with a running process that is forgotten, so a cancelled coroutine leaves none behind.
/// The loop reaps it. Closing the loop kills all children that are left.
#[derive(Clone)]
pub struct Process {
    /// Its standard input, if that is a pipe.
    pub stdin: Option<StreamWriter>,
    /// Its standard output, if that is a pipe.
    pub stdout: Option<StreamReader>,
    /// Its standard error, if that is a pipe.
    pub stderr: Option<StreamReader>,
    owned: Rc<KillOnDrop>,
}

/// Shared by all handles to a process.
struct KillOnDrop(Rc<Child>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl Process {
    fn child(&self) -> &Child {
        &self.owned.0
    }

    /// Its process ID.
    pub fn pid(&self) -> u32 {
        self.child().pid
    }

    /// How it ended, see [`Process::wait`]; `None` if it is not known to have ended.
    pub fn returncode(&self) -> Option<i32> {
        self.child().returncode()
    }

    /// Waits until it has ended. Returns its exit code, or minus the signal that ended it: -9 if it was
    /// killed. Returns 255 if the exit status is unknown.
    ///
    /// # Errors
    /// `Cancelled` (the child keeps running); `InvalidState` if the loop was closed.
    pub async fn wait(&self) -> Result<i32> {
        self.child().wait().await
    }

    /// Does all at once: writes `input` and closes standard input, reads standard output and standard error
    /// to the end. Then waits for the child. Returns (output, error); a stream that is not a pipe yields no
    /// bytes. A child that closes its input early is not an error.
    ///
    /// # Errors
    /// `Cancelled` (the child keeps running); an error of a pipe; `InvalidState` if the loop was closed.
    pub async fn communicate(&self, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        // All at once: if this wrote first and read afterwards, both sides could wait for each other with
        // full pipes.
        let stdin = coroutine(write_input(self.stdin.clone(), input.to_vec()));
        let stdout = coroutine(read_output(self.stdout.clone()));
        let stderr = coroutine(read_output(self.stderr.clone()));
        let mut outputs = gather([stdin, stdout, stderr]).await?;
        self.wait().await?;
        let stderr = outputs.pop().unwrap_or_default();
        Ok((outputs.pop().unwrap_or_default(), stderr))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it has ended; when there is no such signal.
    pub fn send_signal(&self, signal: i32) -> Result<()> {
        self.child().send_signal(signal)
    }

    /// Asks it to end: SIGTERM.
    ///
    /// # Errors
    /// When it has ended.
    pub fn terminate(&self) -> Result<()> {
        self.send_signal(SIGTERM)
    }

    /// Kills it: SIGKILL.
    ///
    /// # Errors
    /// When it has ended.
    pub fn kill(&self) -> Result<()> {
        self.send_signal(SIGKILL)
    }
}

async fn write_input(stdin: Option<StreamWriter>, input: Vec<u8>) -> Result<Vec<u8>> {
    if let Some(stdin) = stdin {
        stdin.write(&input);
        match stdin.drain().await {
            Err(error) if !closed_its_input(&error) => return Err(error),
            _ => stdin.close(),
        }
    }
    Ok(Vec::new())
}

/// Whether the child has closed its standard input, or has ended.
fn closed_its_input(error: &Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset};
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| matches!(error.kind(), BrokenPipe | ConnectionReset))
}

async fn read_output(output: Option<StreamReader>) -> Result<Vec<u8>> {
    match output {
        Some(output) => output.read_to_end().await,
        None => Ok(Vec::new()),
    }
}
