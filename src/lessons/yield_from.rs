//! `yield from`: a generator that hands values, errors and control through to another.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a generator hands control through to another",
    explanation: "\
Outer stops where inner stops, and what comes in for outer goes to inner:
values and errors alike. Only inner's return value stays; it is the result of
the `yield from`. So a loop that drives outer drives a whole chain of calls,
and needs to know of the outermost one only.

Renamed to `await`, this is how coroutines call each other, in Python and in
Rust: polling the outer future polls the inner one. One difference: nobody
throws into a Rust future. What ends a wait early comes out of it as an `Err`,
and `?` hands it on; see lesson 27.

Two stages of the notes' echo server are here: tasks that yield what they wait
for, and tasks that hand that up by `yield from`. Renamed once more (lesson 5)
they are our model `coroutines`.

Look at: `Outer::resume`, which adds nothing until inner has returned.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

/// What comes in where it stopped: `Ok` was sent, `Err` was thrown.
type Sent = std::result::Result<&'static str, &'static str>;

enum Step {
    Yield(&'static str),
    Return(&'static str),
}

struct Inner(u32); // the line where it stopped
impl Inner {
    fn resume(&mut self, sent: Sent) -> Step {
        self.0 += 1;
        match (self.0, sent) {
            (1, _) => return Step::Yield("ready"),
            (2, Ok(received)) => {
                say!("inner received {received}");
                return Step::Yield("again");
            }
            (_, Err(e)) => say!("inner caught {e}"),
            _ => {}
        }
        Step::Return("inner result")
    }
}

struct Outer(Inner);
impl Outer {
    fn resume(&mut self, sent: Sent) -> Step {
        match self.0.resume(sent) {
            Step::Return(result) => say!("outer got {result}"),
            through => return through,
        }
        Step::Yield("outer goes on")
    }
}

fn program() -> Result<()> {
    let mut g = Outer(Inner(0));
    for sent in [Ok(""), Ok("hello"), Err("an error")] {
        if let Step::Yield(value) = g.resume(sent) {
            say!("{value}");
        }
    }
    Ok(())
}
