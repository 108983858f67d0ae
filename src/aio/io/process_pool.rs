//! Computing on other cores, in processes. Python needs them because of its global lock; here they are
//! for work that may crash, leak or has to be stopped.
//!
//! A thread that computes can neither be stopped nor isolated. A process can: cancelling a caller kills
//! the worker that computes for it, and a crash is an error of one call only; the next call gets a new
//! worker. The price is that nothing is shared: input and output are copied, as JSON, through a pipe.
//!
//! Python sends a function by its name and imports it on the other side. Here a worker is this same
//! program, started again with a special argument, and both sides know the same table of [`Job`]s. The
//! program's `main` begins with [`serve_as_worker`].
//!
//! ```text
//!   pool ──► name, input ──► stdin   worker
//!        ◄── "ok", output ◄── stdout  (a message: its length in 4 bytes, big-endian, then its bytes)
//! ```
//!
//! A worker ends when its input ends: with its pool, or when the parent dies.
//!
//! **Where it breaks:** starting a process takes a millisecond or more, and copying a megabyte takes as
//! long. For less work than that a pool is slower than no pool.

use super::process::{self, Process, Stdio};
use super::streams::{IncompleteRead, StreamReader, StreamWriter};
use crate::aio::core::{Error, Result, panic_message};
use crate::aio::sync::Semaphore;
use crate::trace::{self, Kind, Lane, State};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

/// The argument that starts the program as a worker.
const WORKER: &str = "aio-worker";

/// The first message of a response: the status.
const OK: &[u8] = b"ok";
const PANICKED: &[u8] = b"panicked";
const REJECTED: &[u8] = b"rejected";

// -- The worker's side --------------------------------------------------------------------------------

/// A function that a worker can run, with its name.
pub struct Job {
    name: &'static str,
    run: Run,
}

/// From JSON to JSON. The error says what is wrong with the input.
type Run = Box<dyn Fn(&[u8]) -> serde_json::Result<Vec<u8>>>;

impl Job {
    /// `work` under that name. Its input and output have to be representable as JSON.
    pub fn new<I, O>(name: &'static str, work: impl Fn(I) -> O + 'static) -> Job
    where
        I: DeserializeOwned,
        O: Serialize,
    {
        let run = move |input: &[u8]| serde_json::to_vec(&work(serde_json::from_slice(input)?));
        let run = Box::new(run);
        Job { name, run }
    }
}

/// To be called first in `main`. Returns `false` at once, unless the program was started as a worker of
/// a [`ProcessPool`]. In a worker it runs jobs until its input ends and returns `true`; then `main` has
/// to return.
///
/// What a job prints goes to standard error, because standard output carries the responses.
///
/// # Blocks
/// In a worker, as long as the pool lives.
pub fn serve_as_worker(jobs: &[Job]) -> bool {
    if std::env::args_os().nth(1).as_deref() != Some(OsStr::new(WORKER)) {
        return false;
    }
    let served = standard_output().and_then(|output| serve(jobs, io::stdin().lock(), output));
    if let Err(error) = served {
        log::debug!("a worker's pool is gone: {error}");
    }
    true
}

/// Takes standard output over, and redirects what jobs print to standard error.
fn standard_output() -> io::Result<File> {
    let ours = rustix::io::dup(io::stdout())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(ours))
}

/// Responds to requests until the input ends.
fn serve(jobs: &[Job], mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    loop {
        let name = match receive(&mut input) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            name => name?,
        };
        let (status, result) = respond(jobs, &name, &receive(&mut input)?);
        output.write_all(&message(status))?;
        output.write_all(&message(&result))?;
        output.flush()?;
    }
}

fn respond(jobs: &[Job], name: &[u8], input: &[u8]) -> (&'static [u8], Vec<u8>) {
    let Some(job) = jobs.iter().find(|job| job.name.as_bytes() == name) else {
        return (REJECTED, b"there is no such job".to_vec());
    };
    match catch_unwind(AssertUnwindSafe(|| (job.run)(input))) {
        Ok(Ok(output)) => (OK, output),
        Ok(Err(error)) => (REJECTED, error.to_string().into_bytes()),
        Err(panic) => (PANICKED, panic_message(&*panic).as_bytes().to_vec()),
    }
}

fn receive(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let mut message = vec![0; u32::from_be_bytes(length) as usize];
    input.read_exact(&mut message)?;
    Ok(message)
}

fn message(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a message is smaller than 4 GiB");
    [&length.to_be_bytes(), body].concat()
}

// -- The pool's side ----------------------------------------------------------------------------------

/// Processes that compute for a loop. One is started when there is work and no idle process, up to a
/// maximum. Clones are handles to the same pool; dropping the last one kills the workers.
#[derive(Clone)]
pub struct ProcessPool {
    workers: Rc<Workers>,
}

struct Workers {
    executable: RefCell<Option<PathBuf>>,
    /// One permit per worker.
    permits: Semaphore,
    /// Workers that have nothing to do. A working one is owned by the call that it works for, and comes
    /// back only after its response. If the call ends in any other way, the worker is killed.
    idle: RefCell<Vec<Worker>>,
}

impl ProcessPool {
    /// A pool of at most `workers` processes, and at least one.
    pub fn new(workers: usize) -> ProcessPool {
        ProcessPool {
            workers: Rc::new(Workers {
                executable: RefCell::default(),
                permits: Semaphore::new(workers.max(1)),
                idle: RefCell::default(),
            }),
        }
    }

    /// The program to start as a worker; by default this same program. Its `main` must begin with
    /// [`serve_as_worker`].
    pub fn executable(self, path: impl Into<PathBuf>) -> ProcessPool {
        self.workers.executable.replace(Some(path.into()));
        self
    }

    /// The process numbers of the idle workers.
    pub fn idle(&self) -> Vec<u32> {
        let idle = self.workers.idle.borrow();
        idle.iter().map(|worker| worker.process.pid()).collect()
    }

    /// Runs the job of that name on `input` in a worker, and waits for its output. Nothing happens before
    /// this is awaited, and it may outlive this handle.
    ///
    /// # Errors
    /// `Panicked` if the job does; a message if there is no such job, if the job does not accept its input,
    /// or if the worker dies; the system's error if it cannot be started; `Cancelled`, and then the worker
    /// is killed.
    pub fn run<I, O>(
        &self,
        job: &str,
        input: I,
    ) -> impl Future<Output = Result<O>> + 'static + use<I, O>
    where
        I: Serialize + 'static,
        O: DeserializeOwned + 'static,
    {
        let (workers, job) = (Rc::clone(&self.workers), job.to_owned());
        async move {
            let input = serde_json::to_vec(&input)?;
            let _permit = workers.permits.acquire().await?;
            let idle = workers.idle.borrow_mut().pop();
            let worker = idle.map_or_else(|| workers.start_worker(), Ok)?;
            let (status, output) = worker.run(&job, &input).await?;
            workers.idle.borrow_mut().push(worker);
            match status.as_slice() {
                OK => Ok(serde_json::from_slice(&output)?),
                PANICKED => Err(Error::Panicked(String::from_utf8_lossy(&output).into())),
                _ => Err(Error::message(format!(
                    "the job {job}: {}",
                    String::from_utf8_lossy(&output)
                ))),
            }
        }
    }
}

impl Workers {
    fn start_worker(&self) -> Result<Worker> {
        let executable = self.executable.borrow().clone();
        let executable = executable.map_or_else(std::env::current_exe, Ok)?;
        let process = process::exec(executable, [WORKER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let name = format!("process {}", process.pid());
        let lane = trace::open(Kind::Worker, &name, trace::current());
        trace::mark(lane, State::Waiting("work".into()));
        Ok(Worker { process, lane })
    }
}

/// One process. Killed when it is dropped.
struct Worker {
    process: Process,
    lane: Lane,
}

impl Drop for Worker {
    fn drop(&mut self) {
        trace::close(self.lane);
    }
}

impl Worker {
    async fn run(&self, job: &str, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        trace::mark(self.lane, State::Running);
        let response = self.request(job, input).await;
        trace::mark(self.lane, State::Waiting("work".into()));
        match response {
            Err(error) if error.downcast_ref::<IncompleteRead>().is_some() => {
                let code = self.process.wait().await?;
                let message = format!("the worker of the job {job} has ended, with {code}");
                Err(Error::message(message))
            }
            response => response,
        }
    }

    async fn request(&self, job: &str, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        let (to, from) = self.pipes()?;
        to.write(&message(job.as_bytes()));
        to.write(&message(input));
        // Not drained: the worker reads the whole message, and reading below notices its end.
        Ok((read_message(from).await?, read_message(from).await?))
    }

    fn pipes(&self) -> Result<(&StreamWriter, &StreamReader)> {
        let pipes = self
            .process
            .stdin
            .as_ref()
            .zip(self.process.stdout.as_ref());
        pipes.ok_or(Error::InvalidState("a worker has two pipes"))
    }
}

async fn read_message(from: &StreamReader) -> Result<Vec<u8>> {
    let length = from.read_exactly(4).await?;
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    from.read_exactly(length).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn respond_to(requests: &[(&str, &str)]) -> Vec<String> {
        let jobs = [
            Job::new("double", |n: u64| n * 2),
            Job::new("fail", |(): ()| -> () { panic!("too bad") }),
        ];
        let mut input = Vec::new();
        for (name, argument) in requests {
            input.extend(message(name.as_bytes()));
            input.extend(message(argument.as_bytes()));
        }
        let mut output = Vec::new();
        serve(&jobs, input.as_slice(), &mut output).unwrap();
        let mut rest = output.as_slice();
        let mut responses = Vec::new();
        while !rest.is_empty() {
            responses.push(String::from_utf8(receive(&mut rest).unwrap()).unwrap());
        }
        responses
    }

    #[test]
    fn a_worker_responds_in_order_until_its_input_ends() {
        let responses = respond_to(&[("double", "4"), ("double", "21")]);
        assert_eq!(responses, ["ok", "8", "ok", "42"]);
    }

    #[test]
    fn a_panic_in_a_job_is_a_response_and_not_the_end_of_the_worker() {
        let responses = respond_to(&[("fail", "null"), ("double", "1")]);
        assert_eq!(responses, ["panicked", "too bad", "ok", "2"]);
    }

    #[test]
    fn an_unknown_job_and_a_wrong_input_are_rejected() {
        let responses = respond_to(&[("triple", "1"), ("double", "\"one\"")]);
        assert_eq!(responses[..2], ["rejected", "there is no such job"]);
        assert_eq!(responses[2], "rejected");
    }
}
