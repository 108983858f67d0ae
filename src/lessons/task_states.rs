//! Pending, done, cancelled: what a task can be asked without waiting.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "pending, done, cancelled",
    explanation: "\
A task is pending until it is done; being cancelled is one way of being done.
To cancel is to ask: right after `cancel()` the task is neither done nor
cancelled, for it has not had its turn yet. When it has, and does not refuse,
it is both.

This one had not even begun when it was cancelled, so none of its code ran.

What was wrong in the notes: there is no `task.running()`. On one thread it
could only ever say no: whoever asks is the one that runs.

Look at: the line \"cancel asked\".",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn work() -> Result<&'static str> {
    sleep(seconds(0.1)).await?;
    Ok("value")
}

async fn main() -> Result<()> {
    let (done, cancelled) = (create_task(work()), create_task(work()));
    let states = || (repr(cancelled.done()), repr(cancelled.cancelled()));
    say!("pending: {} {}", repr(done.done()), repr(cancelled.done()));
    cancelled.cancel();
    let (is_done, is_cancelled) = states();
    say!("cancel asked: {is_done} {is_cancelled}");
    sleep(seconds(0.2)).await?;
    let value = done.result()?;
    say!(
        "done: {} {} {value}",
        repr(done.done()),
        repr(done.cancelled())
    );
    let (is_done, is_cancelled) = states();
    say!("cancelled: {is_done} {is_cancelled}");
    if let Err(Error::Cancelled) = cancelled.result() {
        say!("result() raises CancelledError");
    }
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
