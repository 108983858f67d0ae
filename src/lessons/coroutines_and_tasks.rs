//! The same two coroutines, awaited one by one and run as tasks.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "awaited one by one: 4 s; as tasks: 2 s",
    explanation: "\
Awaited, the second coroutine is not even begun before the first is over: 2 s
and 2 s. As tasks both are in the ready queue when `main` waits for the first,
so both sleep at the same time. Awaiting task 2 then takes no time; it is done.

Awaiting tasks one after the other is not the mistake, then. Creating them one
after the other, each at its `await`, is.

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
