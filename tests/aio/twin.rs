//! A program and its twin in Python: both have to print the same.
//!
//! What is expected stands in the test, so that it says what it promises, and the tests are useful
//! without Python. Where CPython 3.11, the reference, is installed, the twin is run too.
//!
//! Every program runs in debug mode, and a lint that it does not announce is a failure: a correct program
//! must not be reported as faulty.

use gearshift::aio::{self, Error, EventLoop, Result, debug};
use gearshift::clock::Clock;
use std::cell::RefCell;
use std::future::Future;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

thread_local! {
    static PRINTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// `print`, for a program under test.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => { $crate::twin::record(format!($($words)*)) };
}

pub(crate) fn record(words: String) {
    PRINTED.with_borrow_mut(|printed| printed.push(words));
}

pub(crate) fn printed() -> String {
    PRINTED.take().join(" | ")
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn fail<T>(words: &str) -> Result<T> {
    Err(Error::message(words))
}

// -- Showing ----------------------------------------------------------------------------------------

/// How a coroutine ended, in words that Python can also find.
pub(crate) fn what(error: &Error) -> String {
    match error {
        Error::InvalidState(_) => "invalid state".to_owned(),
        Error::Group(errors) => {
            let errors: Vec<String> = errors.iter().map(what).collect();
            format!("group({})", errors.join(", "))
        }
        other => other.to_string(),
    }
}

pub(crate) trait Show {
    fn show(&self) -> String;
}

impl Show for () {
    fn show(&self) -> String {
        "()".to_owned()
    }
}

impl Show for i32 {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for &str {
    fn show(&self) -> String {
        (*self).to_owned()
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> String {
        let items: Vec<String> = self.iter().map(T::show).collect();
        format!("[{}]", items.join(", "))
    }
}

impl<T: Show> Show for Result<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(what, T::show)
    }
}

/// How it ended, with a result or an error.
pub(crate) fn ending<T: Show>(result: Result<T>) -> String {
    result.show()
}

// -- Playing ----------------------------------------------------------------------------------------

/// What a program printed, and the lints that it triggered.
pub(crate) fn play(program: impl FnOnce(&EventLoop)) -> (String, Vec<&'static str>) {
    let event_loop = EventLoop::with_clock(Clock::stopped()).unwrap();
    let lints: Rc<RefCell<Vec<&'static str>>> = Rc::default();
    let to_lints = Rc::clone(&lints);
    let listening = debug::listen(move |lint| to_lints.borrow_mut().push(lint.name()));
    event_loop.set_debug(true);
    PRINTED.take();
    give_up_one_day(&event_loop);
    program(&event_loop);
    event_loop.close();
    event_loop.set_debug(false);
    drop(event_loop);
    drop(listening);
    (printed(), lints.take())
}

/// A virtual clock jumps to this only when nothing else is left to do: all tasks wait for ever.
fn give_up_one_day(event_loop: &EventLoop) {
    let again = event_loop.clone();
    event_loop.call_later(seconds(1_000_000), move || {
        say!("nothing is left to wait for");
        again.stop();
        give_up_one_day(&again);
    });
}

/// `run(main())`.
pub(crate) fn play_main(
    main: impl Future<Output = Result<()>> + 'static,
) -> (String, Vec<&'static str>) {
    play(|event_loop| {
        if let Err(error) = aio::run_on(event_loop, main) {
            say!("main: {}", what(&error));
        }
    })
}

/// Checks that `main` and its twin print `expected`, lines joined by ` | `, and trigger no lint.
#[track_caller]
pub(crate) fn twins(
    python: &str,
    main: impl Future<Output = Result<()>> + 'static,
    expected: &str,
) {
    twins_with_lints(python, main, expected, &[]);
}

/// As [`twins`], with the lints that ours triggers: it does on purpose what is usually a fault.
#[track_caller]
pub(crate) fn twins_with_lints(
    python: &str,
    main: impl Future<Output = Result<()>> + 'static,
    expected: &str,
    lints: &[&str],
) {
    assert_eq!(play_main(main), (expected.to_owned(), lints.to_vec()));
    python_prints(python, expected);
}

/// As [`twins`], for a program that handles its loop itself. The twin has a plain `def main()`.
#[track_caller]
pub(crate) fn twins_by_hand(python: &str, program: impl FnOnce(&EventLoop), expected: &str) {
    assert_eq!(play(program), (expected.to_owned(), vec![]));
    python_prints(python, expected);
}

// -- Python -----------------------------------------------------------------------------------------

/// One interpreter for all twins: starting it costs more than running them.
struct Python {
    process: Child,
    programs: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// The first that is a CPython 3.11. Other versions order some events differently.
    fn find() -> Option<Python> {
        let found = ["python3.11", "python3"]
            .into_iter()
            .find_map(Python::start);
        if found.is_none() {
            println!("skipped: there is no Python 3.11 to run the twins on");
        }
        found
    }

    fn start(command: &str) -> Option<Python> {
        let mut process = Command::new(command)
            .args(["-c", include_str!("twin.py")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let programs = process.stdin.take().unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut python = Python {
            process,
            programs,
            answers,
        };
        let version: Option<[u32; 2]> = python.answer();
        if version != Some([3, 11]) {
            let _ = python.process.kill();
            let _ = python.process.wait();
            return None;
        }
        Some(python)
    }

    fn answer<A: serde::de::DeserializeOwned>(&mut self) -> Option<A> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        serde_json::from_str(&line).ok()
    }

    fn play(&mut self, program: &str) -> String {
        let program = serde_json::to_string(program).unwrap();
        writeln!(self.programs, "{program}").unwrap();
        self.answer().expect("the twin's output")
    }
}

#[track_caller]
fn python_prints(program: &str, expected: &str) {
    static PYTHON: OnceLock<Mutex<Option<Python>>> = OnceLock::new();
    let python = PYTHON.get_or_init(|| Mutex::new(Python::find()));
    let mut python = python.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(python) = &mut *python {
        assert_eq!(python.play(program), expected, "by Python");
    }
}
