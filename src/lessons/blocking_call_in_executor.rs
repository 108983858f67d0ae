//! A blocking call off the loop, on a thread of a pool.

use super::prelude::*;
use std::thread;

pub(super) const PAGE: Page = Page {
    title: "a blocking call, while the loop keeps running",
    explanation: "\
`get_body_text` blocks its thread for half a second and knows nothing of loops.
On the loop's own thread it would stop every task. On a thread of a pool it
stops none, and the ticker shows that the loop keeps running. For the loop the
call is a future, which the thread sets through `call_soon_threadsafe`.

In Python, the first argument of `run_in_executor` is an executor object, or
`None` for the default one. A string such as \"process\" or \"thread\" is an error.

This is a way to use code that was not written for a loop. It costs one thread
per call that is in progress, like our model `thread-pool`.

Look at: what happens to the ticker if `main` calls `get_body_text` directly.
It ticks only after the call, and the lint `slow-step` reports the call on
standard error.",
    next: "src/aio/io/executor.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

fn get_body_text(url: &str) -> String {
    thread::sleep(seconds(0.5));
    format!("body of {url}")
}

async fn ticker() -> Result<()> {
    for i in 0..4 {
        say!("loop is alive {i}");
        sleep(seconds(0.1)).await?;
    }
    Ok(())
}

async fn main() -> Result<()> {
    let event_loop = EventLoop::running();
    let pool = ThreadPool::new(2);
    let get = || get_body_text("url");
    let result = event_loop.run_in_executor(&pool, get);
    ticker().await?;
    say!("{}", result.await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
