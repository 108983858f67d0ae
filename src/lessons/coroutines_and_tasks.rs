//! The same two coroutines, awaited one by one and run as tasks.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "awaited one by one: 4 s; as tasks: 2 s",
    explanation: "\
When they are awaited directly, the second coroutine does not start before the
first has finished: 2 s plus 2 s. As tasks, both are in the ready queue when
`main` waits for the first, so both sleep at the same time. Awaiting task 2
then takes no time, because it is done.

So awaiting tasks one after the other is not the mistake. Creating each one
only where it is awaited is.

Look at: the order \"started, started, finished, finished\".",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn my_coroutine(name: &'static str) -> Result<()> {
    say!("{name} started");
    sleep(seconds(2)).await?;
    say!("{name} finished");
    Ok(())
}

async fn run_sequentially() -> Result<()> {
    my_coroutine("Coroutine 1").await?;
    my_coroutine("Coroutine 2").await
}

async fn run_concurrently() -> Result<()> {
    let task1 = create_task(my_coroutine("Task 1"));
    let task2 = create_task(my_coroutine("Task 2"));
    task1.await?;
    task2.await
}

async fn main() -> Result<()> {
    say!("Running coroutines sequentially:");
    run_sequentially().await?;
    say!("\nRunning tasks concurrently:");
    run_concurrently().await
}

fn program() -> Result<()> {
    run(main())
}
