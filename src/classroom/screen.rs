//! What a class looks at: standard output, a line at a time, with a little colour if it has any.

use crate::error::Error;
use crate::lessons::Line;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// What a terminal shows without wrapping.
const COLUMNS: usize = 80;

/// Standard output, a line at a time, and each at once: a lesson is watched while it runs.
#[derive(Clone)]
pub(super) struct Screen {
    colours: bool,
    write_error: Rc<RefCell<Option<io::Error>>>,
}

impl Screen {
    pub(super) fn new(colours: bool) -> Screen {
        let write_error = Rc::default();
        Screen {
            colours,
            write_error,
        }
    }

    pub(super) fn line(&self, line: &str) {
        let mut write_error = self.write_error.borrow_mut();
        if write_error.is_none() {
            let mut stdout = io::stdout().lock();
            *write_error = writeln!(stdout, "{line}")
                .and_then(|()| stdout.flush())
                .err();
        }
    }

    pub(super) fn text(&self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    fn styled(&self, code: &str, line: &str) {
        match self.colours {
            true => self.line(&format!("\x1b[{code}m{line}\x1b[0m")),
            false => self.line(line),
        }
    }

    pub(super) fn bold(&self, line: &str) {
        self.styled("1", line);
    }

    /// A heading in the middle of a lesson.
    pub(super) fn rule(&self, heading: &str) {
        self.line("");
        self.styled("36", &format!("{:-<COLUMNS$}", format!("-- {heading} ")));
    }

    /// With comments in grey, what prints in green, and in yellow where others may have their turn.
    pub(super) fn source(&self, source: &str) {
        for line in source.lines() {
            let code = line.trim_start();
            match () {
                () if code.starts_with("//") => self.styled("2", line),
                () if code.contains(".await") => self.styled("33", line),
                () if code.starts_with("say!") => self.styled("32", line),
                () => self.line(line),
            }
        }
    }

    /// A line that the program printed, as it is.
    pub(super) fn printed(&self, line: &Line) {
        self.line(&line.text);
    }

    /// A line that the program printed, behind its time.
    pub(super) fn timed(&self, line: &Line) {
        let time = format!("{:.2}s", line.at.as_secs_f64());
        match self.colours {
            true => self.line(&format!("\x1b[2m{time}\x1b[0m  {}", line.text)),
            false => self.line(&format!("{time}  {}", line.text)),
        }
    }

    /// What hindered the writing. A reader that has gone (`| head -1`) is no failure.
    pub(super) fn finish(&self) -> Result<(), Error> {
        match self.write_error.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::failure(
                format!("cannot write to standard output: {error}"),
            )),
            _ => Ok(()),
        }
    }
}
