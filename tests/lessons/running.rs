//! Lessons in this process, and what was heard of them.

use gearshift::aio::debug;
use gearshift::clock::Clock;
use gearshift::lessons::{self, Lesson, Line, Staging};
use std::cell::RefCell;
use std::rc::Rc;

/// The program whose lessons these are.
const BINARY: &str = env!("CARGO_BIN_EXE_gearshift");

/// What a program printed, and what the loop had to say of it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) lines: Vec<Line>,
    pub(crate) lints: Vec<String>,
}

impl Heard {
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.text.as_str()).collect()
    }
}

pub(crate) fn all() -> Vec<Lesson> {
    let chapters = lessons::chapters();
    chapters.into_iter().flat_map(|it| it.lessons).collect()
}

pub(crate) fn virtually(seed: Option<u64>) -> Staging {
    Staging {
        clock: Clock::stopped(),
        seed,
        // This process is a suite of tests and no worker.
        worker: Some(BINARY.into()),
    }
}

#[track_caller]
pub(crate) fn play(name: &str, staging: &Staging) -> Heard {
    let heard = Rc::new(RefCell::new(Heard::default()));
    let (to_lines, to_lints) = (heard.clone(), heard.clone());
    let listening = debug::listen(move |lint| to_lints.borrow_mut().lints.push(lint.to_string()));
    let lesson = lessons::find(name).unwrap();
    let note = move |line: &Line| to_lines.borrow_mut().lines.push(line.clone());
    lessons::play(&lesson, staging, note).unwrap();
    drop(listening);
    heard.take()
}
