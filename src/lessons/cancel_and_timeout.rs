//! Cancellation arrives at an `await`; a time limit is a cancellation.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "cancellation arrives at the await; cleaning up",
    explanation: "\
Nothing is stopped by force. `cancel()` makes the sleep in which the task waits
return early, with the error `Cancelled`. It is an error like any other, so the
task can clean up before it passes the error on. A task that never waits cannot
be cancelled at all.

A time limit looks the same from inside: `wait_for` cancels, and the task
cannot tell the difference. Its caller can: it gets `Cancelled` in the one case
and `TimedOut` in the other.

A task that catches `Cancelled` and does not pass it on has refused to end.
Debug mode reports that (the lint `swallowed-cancellation`). A task that
refuses on purpose calls `uncancel()`.

Look at: when the 1.75 s end: in the middle of the fourth sleep.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn long_running_task() -> Result<()> {
    say!("Starting long task");
    loop {
        if let Err(cancelled) = sleep(seconds(0.5)).await {
            say!("Task was cancelled!");
            return Err(cancelled);
        }
        say!("Still running...");
    }
}

async fn main() -> Result<()> {
    let task = create_task(long_running_task());
    sleep(seconds(1.75)).await?;
    say!("Cancelling task...");
    task.cancel();
    if let Err(Error::Cancelled) = task.await {
        say!("Task cancellation confirmed");
    }
    let limited = wait_for(long_running_task(), seconds(1.25));
    if let Err(Error::TimedOut) = limited.await {
        say!("Operation timed out");
    }
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
