//! A server started for being measured: a child process, asked where it listens and ended for sure.
//!
//! Each sample gets a fresh one. A server that ran before has a warm allocator, grown tables and perhaps
//! a leak; nobody would know which of that a figure shows.
//!
//! **Where it breaks:** what the server itself has started is not ended with it, except by its own doing.

use crate::clock;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a server may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the end of a server and what it said of it may take to arrive here.
const EXIT_GRACE: Duration = Duration::from_millis(300);

/// How long it may take to end when asked; then it is not asked any more.
const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// A running server. Dropping it ends it.
pub struct Server {
    process: Child,
    /// Where it is spoken to.
    pub url: String,
    /// What it said on standard error last.
    last_stderr_line: Arc<Mutex<String>>,
}

impl Server {
    /// Starts one of ours, which says where it listens.
    ///
    /// # Errors
    /// One sentence: it cannot be started, ended at once, or did not listen in time.
    pub fn start_own(arguments: &[String]) -> Result<Server, String> {
        let program = std::env::current_exe().map_err(|error| format!("where am I? {error}"))?;
        let mut command = Command::new(program);
        command.args(arguments);
        let mut server = Server::spawn(command, String::new())?;
        let lines = server.lines()?;
        match lines.recv_timeout(START_TIMEOUT) {
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

    /// Starts somebody else's, which is known to listen at `url`.
    ///
    /// # Errors
    /// As [`Server::start_own`]; and when somebody listens there already.
    pub fn start_peer(line: &str, url: &str) -> Result<Server, String> {
        let address = address_of(url)?;
        if can_connect(&address) {
            return Err(format!("somebody listens at {address} already"));
        }
        let mut command = Command::new("sh");
        // With `exec` the process that is measured is the server and not a shell.
        command.arg("-c").arg(format!("exec {line}"));
        let mut server = Server::spawn(command, url.to_owned())?;
        drop(server.lines()); // somebody has to take what it prints
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
            let record = Arc::clone(&last_stderr_line);
            read_lines(stderr, move |line| {
                *record.lock().unwrap_or_else(PoisonError::into_inner) = line;
            })?;
        }
        Ok(Server {
            process,
            url,
            last_stderr_line,
        })
    }

    /// What it prints, line by line, read on for ever lest it blocks.
    fn lines(&mut self) -> Result<Receiver<String>, String> {
        let (sender, receiver) = channel();
        if let Some(stdout) = self.process.stdout.take() {
            read_lines(stdout, move |line| {
                let _ = sender.send(line); // nobody may want the later ones
            })?;
        }
        Ok(receiver)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How it ended, if it has.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().ok().flatten()
    }

    /// One sentence, for a server that should not have ended.
    pub fn exit_reason(&mut self) -> String {
        let end = clock::now() + EXIT_GRACE;
        while clock::now() < end && (self.exit_status().is_none() || !self.has_stderr()) {
            thread::sleep(Duration::from_millis(5));
        }
        let status = self
            .exit_status()
            .map_or("nobody knows how".to_owned(), |status| status.to_string());
        let words = self
            .last_stderr_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match words.as_str() {
            "" => format!("ended by itself ({status})"),
            words => format!("ended by itself ({status}): {words}"),
        }
    }

    fn has_stderr(&self) -> bool {
        let words = self
            .last_stderr_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        !words.is_empty()
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.process.id() as i32) {
            let _ = kill_process(pid, signal); // it may be gone
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
    mut take: impl FnMut(String) + Send + 'static,
) -> Result<(), String> {
    let read = move || {
        for line in BufReader::new(source).lines() {
            match line {
                Ok(line) => take(line),
                Err(_) => return,
            }
        }
    };
    thread::Builder::new()
        .name("server output".to_owned())
        .spawn(read)
        .map(drop)
        .map_err(|error| format!("no thread to read its output: {error}"))
}

/// `ws://127.0.0.1:9001/chat` → `127.0.0.1:9001`.
fn address_of(url: &str) -> Result<String, String> {
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
