//! Pending, done, cancelled: what a task can be asked without waiting.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "pending, done, cancelled",
    explanation: "\
A task is pending until it is done; being cancelled is one way of being done.
Cancelling is a request: right after `cancel()` the task is neither done nor
cancelled, because it has not had its turn yet. Once it has had its turn and
has not refused, it is both.

This task had not even started when it was cancelled, so none of its code ran.

There is no `task.running()`, neither here nor in Python. Asked about another
task, it would always be false: on one thread, the task that asks is the one
that is running.

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
