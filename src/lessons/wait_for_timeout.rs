//! A time limit on anything that can be awaited.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a time limit",
    explanation: "\
`wait_for` wraps what is awaited in a task of its own and sets a timer. If the
result comes first, it is returned. If the timer fires first, the task is
cancelled, and once it has ended, `wait_for` returns `TimedOut`.

So no work goes on unseen after the time limit. The next lesson shows the other
side: what the cancelled task sees.

Look at: the first sleep would have taken 2 s and was cancelled after 1 s.",
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
