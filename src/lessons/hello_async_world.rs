//! `async`, `await`, and the `run` that makes a loop for them.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "async, await, run",
    explanation: "\
Calling an `async fn` returns a coroutine, something that can run and pause.
`await` marks where it may pause. `run` makes a loop, runs the coroutine on it
until it is done, and closes the loop.

Two things are different in Rust. `await` is written after what is awaited. And
every wait can end with an error, at least with \"cancelled\", so it is followed
by `?`, which passes the error on as Python's exceptions do by themselves.

Look at: the 0.2 s between the lines. No other task was there to use them.",
    next: "src/aio/tasks/run.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn main() -> Result<()> {
    say!("Hello");
    sleep(seconds(0.2)).await?;
    say!("World");
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
