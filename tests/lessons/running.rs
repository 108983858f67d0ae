//! Runs lessons in this process and collects their output.

use gearshift::aio::debug;
use gearshift::clock::Clock;
use gearshift::lessons::{self, Line, RunOptions};
use std::cell::RefCell;
use std::rc::Rc;

/// The program to start as a worker process.
const BINARY: &str = env!("CARGO_BIN_EXE_gearshift");

/// What a program printed, and the misuse that the loop reported.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) lines: Vec<Line>,
    pub(crate) lints: Vec<String>,
}

impl Output {
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }
}

pub(crate) fn virtual_clock(seed: Option<u64>) -> RunOptions {
    RunOptions {
        clock: Clock::stopped(),
        seed,
        // The program of the tests cannot be a worker.
        worker: Some(BINARY.into()),
    }
}

#[track_caller]
pub(crate) fn run_lesson(name: &str, options: &RunOptions) -> Output {
    let output = Rc::new(RefCell::new(Output::default()));
    let (to_lines, to_lints) = (output.clone(), output.clone());
    let _listening = debug::listen(move |lint| to_lints.borrow_mut().lints.push(lint.to_string()));
    let lesson = lessons::find(name).unwrap();
    let collect = move |line: &Line| to_lines.borrow_mut().lines.push(line.clone());
    lessons::run_lesson(&lesson, options, collect).unwrap();
    output.take()
}
