//! A coroutine that awaits another, as a function calls another.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "awaiting one coroutine in another",
    explanation: "\
`await` on a coroutine is a call: the caller goes on when the other has
returned, and gets what it returned. All three are one task, and when the
innermost sleeps, the whole chain stands still. No new concurrency came into
being.

What is the gain, then? Only that everybody else could run meanwhile, if there
were anybody: the chain stands still and the thread does not.

Look at: lesson 3, where the same is done by hand.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn inner_coroutine() -> Result<&'static str> {
    sleep(seconds(0.2)).await?;
    Ok("Inner coroutine completed")
}

async fn outer_coroutine() -> Result<()> {
    let result = inner_coroutine().await?;
    say!("{result}");
    Ok(())
}

async fn main() -> Result<()> {
    outer_coroutine().await?;
    say!("Main function completed");
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
