//! `async`, `await`, and the `run` that makes a loop for them.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "async, await, run",
    explanation: "\
`async fn` makes a function whose call gives a coroutine, something that can
run and stop. `await` is where it may stop. `run` makes a loop, has it run the
coroutine until that is done, and closes the loop again.

Two things are Rust's. `await` stands behind what is awaited. And every wait
can end with an error, at least with \"cancelled\", so it is followed by `?`,
which hands the error on as Python's exceptions do by themselves.

Look at: the 0.2 s between the lines. Nobody else was there to use them.",
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
