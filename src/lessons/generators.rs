//! A generator: a function that can pause in the middle and resume later.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a function that can pause and resume",
    explanation: "\
A function that pauses has to remember where. Python keeps the whole frame.
Stable Rust has no `yield`, so here we write by hand what a compiler would
generate: a number that records where it paused, and a `match` that resumes
there. Both directions are visible: each `yield` sends a value out, resuming
sends one in, and the return value comes last (in Python: StopIteration).

`next()` takes the generator object, which is what calling the function
returns. Calling `next()` on the function itself is a common mistake.

With generators, one thread can serve many sockets. The simplest way is to try
each socket in turn, as our model `round-robin` does. Lessons 3 and 5 show
better ones.

Look at: `line`. That number is all that is left of a stack frame.",
    next: "src/aio/tasks/coroutine.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

enum Step<Y, R> {
    Yield(Y), // it paused, and can resume
    Return(R),
}

/// `yield 1`, `yield 2`, `return 3`; `line` is where it goes on.
fn next(line: &mut u32) -> Step<i32, i32> {
    *line += 1;
    match line {
        1 => Step::Yield(1),
        2 => Step::Yield(2),
        _ => Step::Return(3),
    }
}

/// `val = yield 1`, `val = yield`: what is sent is the value of the yield.
fn send(line: &mut u32, val: i32) -> Step<Option<i32>, ()> {
    if *line > 0 {
        say!("Got {val}");
    }
    *line += 1;
    match line {
        1 => Step::Yield(Some(1)),
        2 => Step::Yield(None),
        _ => Step::Return(()),
    }
}

fn program() -> Result<()> {
    let (mut g, mut c) = (0, 0);
    for _ in 0..3 {
        match next(&mut g) {
            Step::Yield(value) => say!("{value}"),
            Step::Return(value) => say!("StopIteration: {value}"),
        }
    }
    for sent in 1..=3 {
        match send(&mut c, sent) {
            Step::Yield(Some(value)) => say!("{value}"),
            Step::Yield(None) => {}
            Step::Return(()) => say!("StopIteration"),
        }
    }
    Ok(())
}
