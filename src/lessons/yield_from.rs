//! `yield from`: a generator that hands values, errors and control through to another.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a generator hands control through to another",
    explanation: "\
While `Inner` is paused, `Outer` is paused too. What is sent to outer goes
through to inner, values and errors alike. Only inner's return value stays in
outer: it is the result of the `yield from`. So a loop that drives outer drives
a whole chain of calls, and only needs to know the outermost one.

`await` works in the same way, in Python and in Rust: polling the outer future
polls the inner one. One difference: nothing can be thrown into a Rust future.
A wait that is ended early returns an `Err`, and `?` passes it on (lesson 27).

In a server, a task yields what it waits for, and `yield from` passes that up
to the loop. With `await` in its place (lesson 5), this is our model
`coroutines`.

Look at: `Outer::resume`, which adds nothing until inner has returned.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

/// The input of a resumed generator: `Ok` was sent, `Err` was thrown.
type Sent = std::result::Result<&'static str, &'static str>;

enum Step {
    Yield(&'static str),
    Return(&'static str),
}

struct Inner(u32); // the line where it paused
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
