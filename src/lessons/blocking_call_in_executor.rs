//! A blocking call, off the loop: on a thread of a pool.

use super::prelude::*;
use std::thread;

pub(super) const PAGE: Page = Page {
    title: "a blocking call off the loop, which stays alive",
    explanation: "\
`get_body_text` blocks its thread for half a second and knows nothing of loops.
On the loop's own thread it would stop everybody; on a thread of a pool it
stops nobody, and the ticker shows that the loop is alive meanwhile. For the
loop the call is a future: the thread sets it through `call_soon_threadsafe`.

What was wrong in the notes: `run_in_executor(\"process_or_thread\", ...)`. It
takes an executor, or nothing for the default one.

It is a way to use what was not written for a loop, at the price of a thread
for each call that is under way: our model `thread-pool` in small.

Look at: what becomes of the ticker if `main` calls `get_body_text` itself. It
would come after it, and the lint `slow-step` on standard error.",
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
