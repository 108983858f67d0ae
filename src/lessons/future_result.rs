//! A future: a value that another task will set.

use super::prelude::*;
use crate::aio::Future;

pub(super) const PAGE: Page = Page {
    title: "a future that another task sets",
    explanation: "\
A future is a place for a value that is not there yet. One side sets it, the
other awaits it, and neither knows the other. It connects callbacks with
coroutines, because any callback can set a future.

A task is a future, too: its coroutine sets it by returning. Here the coroutine
returns nothing and sets another future explicitly.

(Rust's own `Future` trait is Python's awaitable, the thing that can be polled.
What Python calls a future is `aio::Future` here, a value in a slot.)

Look at: `main` does not await the task, and is woken by it all the same.",
    next: "src/aio/tasks/future.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn background_task(future: Future<&'static str>) -> Result<()> {
    sleep(seconds(2)).await?;
    future.set_result("Task completed")
}

async fn main() -> Result<()> {
    let event_loop = EventLoop::running();
    let future = event_loop.create_future();
    event_loop.create_task(background_task(future.clone()));
    say!("Waiting for the background task to finish...");
    say!("{}", future.await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
