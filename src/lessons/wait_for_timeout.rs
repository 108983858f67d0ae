//! A time limit on anything that can be awaited.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a time limit",
    explanation: "\
`wait_for` puts what is awaited into a task of its own and sets a timer. What
comes first decides: the result, or the limit; then the task is cancelled and
the wait ends with `TimedOut`, once the task has ended.

So nothing goes on behind the back of who set the limit. The next lesson shows
the other side of it: what the one hears who was too slow.

Look at: the first sleep would have taken 2 s and was given up after 1 s.",
    next: "src/aio/tasks/timeout.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn quick() -> Result<&'static str> {
    sleep(seconds(0.1)).await?;
    Ok("in time")
}

async fn main() -> Result<()> {
    match wait_for(sleep(seconds(2)), seconds(1)).await {
        Err(Error::TimedOut) => say!("Task timed out"),
        other => return other,
    }
    say!("{}", wait_for(quick(), seconds(1)).await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
