#![allow(clippy::unwrap_used, missing_docs)]
#![allow(dead_code, reason = "each suite uses its part")]
//! The program as a child process: lines on its standard streams, signals and an exit code.
//!
//! Each wait ends with an event, and fails after [`LONG`]; none is a pace. A child runs in a directory of
//! its own and is killed when its test ends, however it ends.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use gearshift::models::ModelKind;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tungstenite::WebSocket;
use tungstenite::client::IntoClientRequest;

/// Far more than any step takes.
pub(crate) const LONG: Duration = Duration::from_secs(20);

const BINARY: &str = env!("CARGO_BIN_EXE_gearshift");

/// The lines of one stream, read as they come.
pub(crate) struct Lines {
    coming: Receiver<String>,
    /// A line that came and was not asked for yet.
    waiting: Option<String>,
    seen: Vec<String>,
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Lines {
        let (to, coming) = unbounded();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        Lines {
            coming,
            waiting: None,
            seen: Vec::new(),
        }
    }

    /// The next line; `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<String> {
        let waiting = self.waiting.take().map(Ok);
        match waiting.unwrap_or_else(|| self.coming.recv_timeout(LONG)) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no line came after {:#?}", self.seen),
        }
    }

    /// Whether there is a line now or soon.
    pub(crate) fn has_more(&mut self, soon: Duration) -> bool {
        if self.waiting.is_none() {
            self.waiting = self.coming.recv_timeout(soon).ok();
        }
        self.waiting.is_some()
    }

    /// The next line that contains `part`.
    #[track_caller]
    pub(crate) fn until(&mut self, part: &str) -> String {
        while let Some(line) = self.next() {
            if line.contains(part) {
                return line;
            }
        }
        panic!("no line with {part:?} in {:#?}", self.seen);
    }

    /// All lines up to the end of the stream.
    #[track_caller]
    pub(crate) fn all(&mut self) -> String {
        while self.next().is_some() {}
        self.seen.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A run of the program.
pub(crate) struct Program {
    child: Child,
    directory: TempDir,
    /// Standard output; empty if it is not a pipe.
    pub(crate) out: Lines,
    /// Standard error.
    pub(crate) log: Lines,
    urls: Vec<(String, String)>,
}

impl Program {
    /// The program with these arguments, in an environment without settings of its own.
    pub(crate) fn command(args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(args);
        clean_environment(&mut command);
        command
    }

    /// The program with these arguments, after `shell` has set limits.
    pub(crate) fn command_after(shell: &str, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        let script = format!("{shell}; exec \"$0\" \"$@\"");
        command.arg("-c").arg(script).arg(BINARY).args(args);
        clean_environment(&mut command);
        command
    }

    pub(crate) fn start(args: &[&str]) -> Program {
        Program::spawn(Program::command(args))
    }

    /// Starts a command whose streams are pipes unless the caller changed them.
    pub(crate) fn spawn(mut command: Command) -> Program {
        let directory = tempfile::tempdir().unwrap();
        let mut child = command.current_dir(directory.path()).spawn().unwrap();
        let out = child.stdout.take().map_or_else(nothing, Lines::of);
        let log = child.stderr.take().map_or_else(nothing, Lines::of);
        let urls = Vec::new();
        Program {
            child,
            directory,
            out,
            log,
            urls,
        }
    }

    /// A listening server under `model` with these services (`NAME=ADDR`) and `more` arguments.
    pub(crate) fn serve(model: &str, services: &[&str], more: &[&str]) -> Program {
        let mut args = vec!["serve", "--model", model];
        for service in services {
            args.extend(["--service", service]);
        }
        args.extend(more);
        let mut program = Program::start(&args);
        program.read_urls(services.len());
        program
    }

    /// Reads `count` lines of the form `listening NAME URL`.
    pub(crate) fn read_urls(&mut self, count: usize) {
        for _ in 0..count {
            let Some(line) = self.out.next() else {
                panic!("it ended before it listened: {}", self.log.all());
            };
            let words: Vec<&str> = line.split(' ').collect();
            let ["listening", name, url] = words[..] else {
                panic!("no `listening NAME URL`: {line:?}");
            };
            self.urls.push((name.to_owned(), url.to_owned()));
        }
    }

    pub(crate) fn urls(&self) -> &[(String, String)] {
        &self.urls
    }

    #[track_caller]
    pub(crate) fn url(&self, name: &str) -> &str {
        let known = self.urls.iter().find(|(known, _)| known == name);
        &known.unwrap().1
    }

    /// A path in the directory of the program.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Its standard input, once.
    pub(crate) fn input(&mut self) -> impl Write + use<> {
        self.child.stdin.take().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code, which has to come within this time.
    #[track_caller]
    pub(crate) fn exit(&mut self, within: Duration) -> i32 {
        let end = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let code = status.code();
                return code.unwrap_or_else(|| panic!("ended by a signal: {status}"));
            }
            assert!(Instant::now() < end, "it still runs after {within:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn outcome(mut self) -> Outcome {
        drop(self.child.stdin.take());
        Outcome {
            out: self.out.all(),
            log: self.log.all(),
            code: self.exit(LONG),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes the streams pipes and removes what changes the output: the level of the log, the width of a
/// terminal.
fn clean_environment(command: &mut Command) {
    command
        .env_remove("RUST_LOG")
        .env_remove("COLUMNS")
        // So that a test notices a backtrace.
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
}

fn nothing() -> Lines {
    Lines::of(std::io::empty())
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) log: String,
}

/// Runs the program to its end, without input.
#[track_caller]
pub(crate) fn run(args: &[&str]) -> Outcome {
    Program::start(args).outcome()
}

/// Runs the program to its end with `input`.
#[track_caller]
pub(crate) fn run_with(args: &[&str], input: &str) -> Outcome {
    let mut command = Program::command(args);
    command.stdin(Stdio::piped());
    let mut program = Program::spawn(command);
    // A program that ends before it has read its input shows that by its exit code.
    let _ = program.input().write_all(input.as_bytes());
    program.outcome()
}

/// A client whose reads fail after [`LONG`].
#[track_caller]
pub(crate) fn connect(url: &str) -> WebSocket<TcpStream> {
    let request = url.into_client_request().unwrap();
    let authority = request.uri().authority().unwrap().as_str().to_owned();
    let socket = TcpStream::connect(authority).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    tungstenite::client(request, socket).unwrap().0
}

/// Checks a promise under all models at the same time. The threads are named after the models, so a
/// failure names the model.
pub(crate) fn under_every_model(promise: impl Fn(&'static str) + Sync) {
    let promise = &promise;
    thread::scope(|scope| {
        for kind in ModelKind::ALL {
            let model = kind.about().name;
            thread::Builder::new()
                .name(model.to_owned())
                .spawn_scoped(scope, move || promise(model))
                .unwrap();
        }
    });
}

/// Prints a line that the test harness would hide if the test passes.
pub(crate) fn print_note(line: &str) {
    // The harness captures `println!`.
    let _ = writeln!(std::io::stderr(), "{line}");
}
