//! A coroutine that awaits another, as a function calls another.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "awaiting one coroutine in another",
    explanation: "\
`await` on a coroutine is a call: the caller resumes when the other coroutine
has returned, and gets its return value. All three are one task, and when the
innermost one sleeps, the whole chain is paused. There is no concurrency here.

What is gained, then? Other tasks could run meanwhile, if there were any: the
chain is paused, but the thread is not blocked.

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
