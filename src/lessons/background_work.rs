//! Doing something else while a task works.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "doing something else meanwhile",
    explanation: "\
The task works in the background in a precise sense: whenever `main` waits.
`main` does something, sleeps for half a second (the task starts), says that it
is still waiting, and then waits for the result for another half second.

If `main` computed for a second instead of sleeping, the task would not even
have started: no other task runs between two `await`s.

Look at: \"Doing something else\" comes before \"Working...\", as in lesson 12.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn perform_work() -> Result<&'static str> {
    say!("Working...");
    sleep(seconds(1)).await?;
    say!("Work complete");
    Ok("Work result")
}

async fn main() -> Result<()> {
    let task = create_task(perform_work());
    say!("Doing something else");
    sleep(seconds(0.5)).await?;
    say!("Still waiting for task to complete");
    say!("Task returned: {}", task.await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
