//! The names that the programs of the lessons use: those of the loop, and a few helpers for what Python
//! has built in.

pub(super) use super::Page;
pub(super) use super::runner::{
    block, monotonic, new_event_loop, now, process_pool, run, say, thread_timer,
};
pub(super) use crate::aio::process::{self, Stdio};
pub(super) use crate::aio::{
    AsyncIterator, AsyncScope, ContextVar, Error, Event, EventLoop, Lock, Queue, Result, Semaphore,
    StreamReader, StreamWriter, ThreadPool, coroutine, create_task, gather, gather_results,
    open_connection, sleep, start_server, to_thread, wait_for, with,
};
pub(super) use crate::gather; // the macro: macros live at the root
pub(super) use std::time::Duration;

use std::fmt;
use std::io::{self, Write};
use tempfile::NamedTempFile;

/// A time in seconds: `seconds(2)`, `seconds(0.5)`.
pub(super) fn seconds(seconds: impl Into<f64>) -> Duration {
    Duration::from_secs_f64(seconds.into())
}

/// A file with this content, removed when it is dropped.
pub(super) fn temporary_file(content: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(content)?;
    Ok(file)
}

/// Bytes as text, invalid ones replaced: `bytes.decode()`.
pub(super) fn decode(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An error with a message only, under the name that Python has for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueError(pub(super) &'static str);

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ValueError {}

/// A value as Python prints it: `True`, `'text'`, `['a', 'b']`.
pub(super) fn repr(value: impl Repr) -> String {
    value.repr()
}

/// What [`repr`] can print.
pub(super) trait Repr {
    fn repr(&self) -> String;
}

impl<T: Repr + ?Sized> Repr for &T {
    fn repr(&self) -> String {
        (*self).repr()
    }
}

impl Repr for bool {
    fn repr(&self) -> String {
        if *self { "True" } else { "False" }.to_owned()
    }
}

impl Repr for str {
    fn repr(&self) -> String {
        format!("'{self}'")
    }
}

impl<T: Repr> Repr for Vec<T> {
    fn repr(&self) -> String {
        let items: Vec<String> = self.iter().map(Repr::repr).collect();
        format!("[{}]", items.join(", "))
    }
}

impl Repr for Error {
    fn repr(&self) -> String {
        match self.downcast_ref() {
            Some(ValueError(words)) => format!("ValueError('{words}')"),
            None => self.to_string(),
        }
    }
}

impl<T: Repr> Repr for Result<T> {
    fn repr(&self) -> String {
        match self {
            Ok(value) => value.repr(),
            Err(error) => error.repr(),
        }
    }
}
