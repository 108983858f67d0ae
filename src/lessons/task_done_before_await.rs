//! A task runs whether or not it is awaited: one is done by then, and one is not.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "awaiting a finished task, and one that is not",
    explanation: "\
`main` sleeps, and that is enough for the task to run. After 1.2 s the task is
done, and the `await` only fetches its result. With a task of 2 s, the `await`
has to wait for another 0.8 s. Either way \"main over\" is the last line, because
`await` never returns before the task is done.

Two things are easy to get wrong. The task's code does not start at the
`await`: here it started long before. And its result cannot be used in a line
before the `await` that returns it.

Look at: `task.done()`. It asks without waiting.",
    next: "src/aio/tasks/future.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn slow(time: Duration) -> Result<()> {
    say!("non blocking code still runs");
    sleep(time).await?;
    say!("inside some_long_time_taking_task");
    Ok(())
}

async fn main(time: Duration) -> Result<()> {
    say!("inside main");
    let task = create_task(slow(time));
    say!("function called and done");
    sleep(seconds(1.2)).await?;
    say!("slept for 1.2 sec, task done: {}", repr(task.done()));
    task.await?;
    say!("main over");
    Ok(())
}

fn program() -> Result<()> {
    run(main(seconds(1.0)))?;
    say!("-- and with a task that takes longer than the sleep:");
    run(main(seconds(2.0)))
}
