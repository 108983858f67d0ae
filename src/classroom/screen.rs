//! Standard output for a lesson, one line at a time, with a little colour where the terminal has it.

use crate::error::Error;
use crate::lessons::Line;
use crate::output::{checked, styled, write_now};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

/// The width of a projected terminal.
const COLUMNS: usize = 80;

// Codes of Select Graphic Rendition (ECMA-48).
const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// Standard output. Each line is flushed, because a lesson is watched while it runs.
#[derive(Clone)]
pub(super) struct Screen {
    colours: bool,
    /// The first error; after it nothing is written.
    error: Rc<RefCell<Option<io::Error>>>,
}

impl Screen {
    pub(super) fn new(colours: bool) -> Screen {
        let error = Rc::default();
        Screen { colours, error }
    }

    pub(super) fn line(&self, line: &str) {
        let mut error = self.error.borrow_mut();
        if error.is_none() {
            *error = write_now(&format!("{line}\n")).err();
        }
    }

    pub(super) fn text(&self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    fn styled(&self, code: &str, text: &str) -> String {
        if self.colours {
            styled(code, text)
        } else {
            text.to_owned()
        }
    }

    pub(super) fn bold(&self, line: &str) {
        self.line(&self.styled(BOLD, line));
    }

    /// A heading in the middle of a lesson.
    pub(super) fn rule(&self, heading: &str) {
        self.line("");
        let rule = format!("{:-<COLUMNS$}", format!("-- {heading} "));
        self.line(&self.styled(CYAN, &rule));
    }

    /// Source code: comments are dim, lines that print green, and lines where other tasks may run yellow.
    pub(super) fn source(&self, source: &str) {
        for line in source.lines() {
            let code = line.trim_start();
            let style = if code.starts_with("//") {
                Some(DIM)
            } else if code.contains(".await") {
                Some(YELLOW)
            } else if code.starts_with("say!") {
                Some(GREEN)
            } else {
                None
            };
            self.line(&style.map_or(line.to_owned(), |style| self.styled(style, line)));
        }
    }

    /// A line that the program printed.
    pub(super) fn printed(&self, line: &Line) {
        self.line(&line.text);
    }

    /// A line that the program printed, after its time.
    pub(super) fn timed(&self, line: &Line) {
        let time = format!("{:.2}s", line.at.as_secs_f64());
        self.line(&format!("{}  {}", self.styled(DIM, &time), line.text));
    }

    /// The error that stopped the output, if any. A reader that has gone is not an error.
    pub(super) fn finish(&self) -> Result<(), Error> {
        checked(self.error.take().map_or(Ok(()), Err))
    }
}
