//! Which task runs when, step by step.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "which task runs when, step by step",
    explanation: "\
On the clock of this program:
    0 s  main makes two tasks and waits
         task 1 prints, sleeps until 2 s
         task 2 prints, sleeps until 1 s
         no task is ready: the loop sleeps until 1 s
    1 s  task 2 resumes and returns
         no task is ready: the loop sleeps until 2 s
    2 s  task 1 resumes and returns; gather has all its results
         main resumes

Control changes only where a task waits. Between two `await`s a task has the
thread to itself, which is why most code on a loop needs no lock.

Look at: the results. They are in the order of the arguments, although the
second was there first. Try `--trace FILE` and open it in ui.perfetto.dev.",
    next: "src/aio/core/event_loop.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn task1() -> Result<&'static str> {
    say!("Task 1: Starting");
    sleep(seconds(2)).await?;
    say!("Task 1: After sleep");
    Ok("Result 1")
}

async fn task2() -> Result<&'static str> {
    say!("Task 2: Starting");
    sleep(seconds(1)).await?;
    say!("Task 2: After sleep");
    Ok("Result 2")
}

async fn main() -> Result<()> {
    let start = monotonic();
    say!("Results: {}", repr(gather!(task1(), task2()).await?));
    say!("Total time: {:.1} seconds", monotonic() - start);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
