//! Computing on other cores, in processes: for Python the only way around its one lock, for us the way to
//! work that may crash, leak or be stopped.
//!
//! A thread of ours that computes can neither be stopped nor contained. A process can: who is cancelled
//! while a worker computes for it kills that worker, and one that crashes is an error of one call; the
//! next call has a new worker. The price is that nothing is shared: what goes in and what comes
//! out is copied, as JSON, through a pipe.
//!
//! Python sends a function by its name and imports it at the other side. So do we: a worker is this very
//! program, started again with a word that nobody types, and both sides know the same table of
//! [`Job`]s. The program's `main` begins with [`serve_as_worker`], which does not return to the rest of
//! it in a worker.
//!
//! ```text
//!   pool ──► name, input ──► stdin   worker
//!        ◄── "ok", output ◄── stdout  (a message: its length in 4 bytes, big-endian, then itself)
//! ```
//!
//! A worker ends when its input does, and so with the pool, and when the parent dies.
//!
//! **Where it breaks:** starting a process takes a millisecond or more and copying a megabyte as
//! long; for less work than that a pool is slower than none.

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

/// The word that makes a worker of the program.
const WORKER: &str = "aio-worker";

/// The first message of an answer: how it went.
const OK: &[u8] = b"ok";
const PANICKED: &[u8] = b"panicked";
const REFUSED: &[u8] = b"refused";

// -- The worker's side --------------------------------------------------------------------------------

/// A function that a worker can be asked to run, by its name.
pub struct Job {
    name: &'static str,
    run: Run,
}

/// From JSON to JSON; the error says what is wrong with the input.
type Run = Box<dyn Fn(&[u8]) -> serde_json::Result<Vec<u8>>>;

impl Job {
    /// `work` by that name. What goes in and comes out is whatever JSON can say.
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

/// To be called first in `main`: returns `false` at once, unless the program was started as a worker of
/// a [`ProcessPool`]. Then it works until its input ends and returns `true`, and `main` is to return.
///
/// What a job prints goes to standard error, for standard output is the way of the answers.
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

/// Standard output for us alone.
fn standard_output() -> io::Result<File> {
    let ours = rustix::io::dup(io::stdout())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(ours))
}

/// Answers until the input ends.
fn serve(jobs: &[Job], mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    loop {
        let name = match receive(&mut input) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            name => name?,
        };
        let (how, result) = answer(jobs, &name, &receive(&mut input)?);
        output.write_all(&message(how))?;
        output.write_all(&message(&result))?;
        output.flush()?;
    }
}

fn answer(jobs: &[Job], name: &[u8], input: &[u8]) -> (&'static [u8], Vec<u8>) {
    let Some(job) = jobs.iter().find(|job| job.name.as_bytes() == name) else {
        return (REFUSED, b"there is no such job".to_vec());
    };
    match catch_unwind(AssertUnwindSafe(|| (job.run)(input))) {
        Ok(Ok(output)) => (OK, output),
        Ok(Err(error)) => (REFUSED, error.to_string().into_bytes()),
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

/// Processes that compute for a loop. Started when there is work and nobody free, up to the number
/// given. Clones are handles to the same; with the last the workers are killed.
#[derive(Clone)]
pub struct ProcessPool {
    workers: Rc<Workers>,
}

struct Workers {
    executable: RefCell<Option<PathBuf>>,
    /// As many as there may be workers.
    turns: Semaphore,
    /// Those that have nothing to do. One that works belongs to who waits for it, and comes back only
    /// when it has answered: of any other end, the caller's included, it dies.
    idle: RefCell<Vec<Worker>>,
}

impl ProcessPool {
    /// A pool of at most `workers` processes, and at least one.
    pub fn new(workers: usize) -> ProcessPool {
        ProcessPool {
            workers: Rc::new(Workers {
                executable: RefCell::default(),
                turns: Semaphore::new(workers.max(1)),
                idle: RefCell::default(),
            }),
        }
    }

    /// The program to start as a worker; this very one, if nothing is said. Its `main` must begin with
    /// [`serve_as_worker`].
    pub fn executable(self, path: impl Into<PathBuf>) -> ProcessPool {
        self.workers.executable.replace(Some(path.into()));
        self
    }

    /// The processes that have nothing to do now.
    pub fn idle(&self) -> Vec<u32> {
        let idle = self.workers.idle.borrow();
        idle.iter().map(|worker| worker.process.pid()).collect()
    }

    /// Has a worker run the job of that name on `input`, and waits for its output. A coroutine like any
    /// other: nothing happens before it is awaited, and it may outlive this handle.
    ///
    /// # Errors
    /// `Panicked` if the job does; one with words if there is no such job, if it does not understand its
    /// input, if the worker dies or cannot be started; `Cancelled`, and the worker is killed then.
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
            let _turn = workers.turns.acquire().await?;
            let idle = workers.idle.borrow_mut().pop();
            let worker = idle.map_or_else(|| workers.start_worker(), Ok)?;
            let (how, output) = worker.run(&job, &input).await?;
            workers.idle.borrow_mut().push(worker);
            match how.as_slice() {
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
            .stdin(Stdio::Pipe)
            .stdout(Stdio::Pipe)
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
        let answer = self.ask(job, input).await;
        trace::mark(self.lane, State::Waiting("work".into()));
        match answer {
            Err(error) if error.downcast_ref::<IncompleteRead>().is_some() => {
                let code = self.process.wait().await?;
                let words = format!("the worker of the job {job} has ended, with {code}");
                Err(Error::message(words))
            }
            answer => answer,
        }
    }

    async fn ask(&self, job: &str, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        let (to, from) = self.pipes()?;
        to.write(&message(job.as_bytes()));
        to.write(&message(input));
        // Not drained: it is one message, the worker reads all of it, and its end is seen by reading.
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

    fn talk(requests: &[(&str, &str)]) -> Vec<String> {
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
        let mut said = Vec::new();
        while !rest.is_empty() {
            said.push(String::from_utf8(receive(&mut rest).unwrap()).unwrap());
        }
        said
    }

    #[test]
    fn a_worker_answers_in_order_until_its_input_ends() {
        let said = talk(&[("double", "4"), ("double", "21")]);
        assert_eq!(said, ["ok", "8", "ok", "42"]);
    }

    #[test]
    fn a_panic_in_a_job_is_an_answer_and_not_the_end_of_the_worker() {
        let said = talk(&[("fail", "null"), ("double", "1")]);
        assert_eq!(said, ["panicked", "too bad", "ok", "2"]);
    }

    #[test]
    fn an_unknown_job_and_a_wrong_input_are_refused() {
        let said = talk(&[("triple", "1"), ("double", "\"one\"")]);
        assert_eq!(said[..2], ["refused", "there is no such job"]);
        assert_eq!(said[2], "refused");
    }
}
