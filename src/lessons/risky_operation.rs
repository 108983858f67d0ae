//! Errors of tasks: kept until they are retrieved, or returned among the results.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "errors of tasks; gather that returns errors",
    explanation: "\
A task that fails does not end the program. Its error is kept and is returned
by every `await` of the task, however late. `error()` (Python: `exception()`)
returns it without raising it. If the error is never retrieved, the loop
reports it on standard error when the task is dropped.

`gather` fails with the first error, while the other tasks go on.
`gather_results` (Python: `return_exceptions=True`) returns errors among the
results, so that one failure does not hide the results of the others.

Look at: errors are shared. The task's error was awaited and is still there.",
    next: "src/aio/tasks/gather.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn risky_operation() -> Result<&'static str> {
    sleep(seconds(0.5)).await?;
    Err(ValueError("Something went wrong").into())
}

async fn fine() -> Result<&'static str> {
    sleep(seconds(0.1)).await?;
    Ok("fine")
}

async fn main() -> Result<()> {
    match risky_operation().await {
        Ok(value) => say!("Success: {value}"),
        Err(e) => say!("Caught error: {e}"),
    }
    let task = create_task(risky_operation());
    if let Err(e) = (&task).await {
        say!("Caught task error: {e}");
    }
    if let Some(e) = task.error() {
        say!("task.exception(): {}", repr(e));
    }
    let both = [create_task(fine()), create_task(risky_operation())];
    say!("gathered: {}", repr(gather_results(both).await?));
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
