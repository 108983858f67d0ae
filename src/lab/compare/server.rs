//! A server started for one sample: a child process that is asked where it listens and always stopped.
//!
//! Each sample gets a fresh server. One that ran before has a warm allocator, grown tables and perhaps a
//! leak, and a result could show any of them.
//!
//! **Where it breaks:** processes that the server itself has started are not stopped with it.

use crate::clock;
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a server may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the exit status of a server and its last line on standard error may take to arrive here.
const EXIT_GRACE: Duration = Duration::from_millis(300);

/// How long a server may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// A running server, stopped when it is dropped.
pub(super) struct Server {
    process: Child,
    /// Where it listens.
    pub(super) url: String,
    last_stderr_line: Arc<Mutex<String>>,
}

impl Server {
    /// Starts one of ours, which prints where it listens. The error is one sentence.
    pub(super) fn start_own(arguments: &[String]) -> Result<Server, String> {
        let program = std::env::current_exe()
            .map_err(|error| format!("cannot find this program: {error}"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        let mut server = Server::spawn(command, String::new())?;
        match server.lines()?.recv_timeout(START_TIMEOUT) {
            Ok(line) => {
                let url = line.rsplit(' ').next().unwrap_or_default();
                server.url = url.to_owned();
                Ok(server)
            }
            Err(RecvTimeoutError::Timeout) => {
                Err(format!("did not listen within {START_TIMEOUT:?}"))
            }
            Err(RecvTimeoutError::Disconnected) => Err(server.exit_reason()),
        }
    }

    /// Starts another server, which will listen at `url`. The error is one sentence, also when another
    /// program listens there already.
    pub(super) fn start_peer(line: &str, url: &str) -> Result<Server, String> {
        let address = address_of(url)?;
        if can_connect(&address) {
            return Err(format!("another program already listens at {address}"));
        }
        let mut command = Command::new("sh");
        // With `exec`, the process that is measured is the server and not a shell.
        command.arg("-c").arg(format!("exec {line}"));
        let mut server = Server::spawn(command, url.to_owned())?;
        drop(server.lines()); // a full pipe would block it
        let end = clock::now() + START_TIMEOUT;
        while clock::now() < end {
            if can_connect(&address) {
                return Ok(server);
            }
            if server.exit_status().is_some() {
                return Err(server.exit_reason());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!(
            "did not listen at {address} within {START_TIMEOUT:?}"
        ))
    }

    fn spawn(mut command: Command, url: String) -> Result<Server, String> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = command
            .spawn()
            .map_err(|error| format!("cannot be started: {error}"))?;
        let last_stderr_line = Arc::new(Mutex::new(String::new()));
        if let Some(stderr) = process.stderr.take() {
            let last = Arc::clone(&last_stderr_line);
            read_lines(stderr, move |line| {
                *last.lock().unwrap_or_else(PoisonError::into_inner) = line;
            })?;
        }
        Ok(Server {
            process,
            url,
            last_stderr_line,
        })
    }

    /// The lines on its standard output, which is read to its end.
    fn lines(&mut self) -> Result<Receiver<String>, String> {
        let (sender, receiver) = unbounded();
        if let Some(stdout) = self.process.stdout.take() {
            read_lines(stdout, move |line| {
                let _ = sender.send(line); // later lines are not needed
            })?;
        }
        Ok(receiver)
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().ok().flatten()
    }

    /// One sentence about a server that should not have ended.
    pub(super) fn exit_reason(&mut self) -> String {
        let end = clock::now() + EXIT_GRACE;
        while clock::now() < end
            && (self.exit_status().is_none() || self.last_stderr_line().is_empty())
        {
            thread::sleep(Duration::from_millis(5));
        }
        let status = self
            .exit_status()
            .map_or("status unknown".to_owned(), |status| status.to_string());
        match self.last_stderr_line().as_str() {
            "" => format!("ended by itself ({status})"),
            line => format!("ended by itself ({status}): {line}"),
        }
    }

    fn last_stderr_line(&self) -> String {
        let line = self.last_stderr_line.lock();
        line.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.process.id() as i32) {
            let _ = kill_process(pid, signal); // it may have ended
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.exit_status().is_some() {
            return;
        }
        self.signal(Signal::TERM);
        let end = clock::now() + STOP_TIMEOUT;
        while self.exit_status().is_none() {
            if clock::now() >= end {
                self.signal(Signal::KILL);
                let _ = self.process.wait();
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn read_lines(
    source: impl Read + Send + 'static,
    on_line: impl FnMut(String) + Send + 'static,
) -> Result<(), String> {
    let read = move || {
        let lines = BufReader::new(source).lines();
        lines.map_while(Result::ok).for_each(on_line);
    };
    thread::Builder::new()
        .name("server output".to_owned())
        .spawn(read)
        .map(drop)
        .map_err(|error| format!("cannot start a thread to read its output: {error}"))
}

/// `ws://127.0.0.1:9001/chat` → `127.0.0.1:9001`.
pub(super) fn address_of(url: &str) -> Result<String, String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let address = rest.split('/').next().unwrap_or(rest);
    match address.rsplit_once(':') {
        Some((_, port)) if port.parse::<u16>().is_ok() => Ok(address.to_owned()),
        _ => Err(format!("{url} names no port")),
    }
}

fn can_connect(address: &str) -> bool {
    let Ok(mut addresses) = address.to_socket_addrs() else {
        return false;
    };
    addresses.any(|it| TcpStream::connect_timeout(&it, Duration::from_millis(200)).is_ok())
}
