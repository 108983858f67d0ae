//! Cancellation arrives at an `await`; a limit is a cancellation.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "cancellation arrives at the await; cleaning up",
    explanation: "\
Nothing is stopped by force. `cancel()` makes the sleep in which the task waits
end early, with `Cancelled`; that is an error like any other, so the task can
clean up before it hands the error on. A task that waits nowhere cannot be
cancelled at all.

A limit is the same from inside: `wait_for` cancels, and the task cannot tell
the difference. Outside it can be told: `Cancelled` from the one, `TimedOut`
from the other.

Who catches `Cancelled` and does not hand it on has refused to end. Debug mode
names that (the lint `swallowed-cancellation`); the honest way is `uncancel()`.

Look at: where the 1.75 s end: in the middle of the fourth sleep.",
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
