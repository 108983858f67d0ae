//! A generator: a function that can stop in the middle and go on later.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a function that can stop and go on",
    explanation: "\
A function that stops has to remember where. Python keeps the whole frame; Rust
has no `yield` in its stable language, so here we write what a compiler makes
of one: a number that says where it stopped, and a `match` that goes on there.
Both ends are visible: a value comes out at each `yield`, another one comes in
when it goes on, and the return value comes last (in Python: StopIteration).

The notes call `next()` on the function; it is the generator, the result of
calling the function, that can be advanced.

The echo server of the notes goes through seven stages, and the last four need
this. First of them: tasks that ask every socket in turn, our model
`round-robin`. Lessons 3 and 5 have the others.

Look at: `line`. That number is all that is left of a stack frame.",
    next: "src/aio/tasks/coroutine.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

enum Step<Y, R> {
    Yield(Y), // it stopped, and can go on
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
