//! Concurrency, not parallelism.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "concurrency, not parallelism",
    explanation: "\
Both sleep at the same time, and the shorter sleep ends first: 2 s in all, not
3. But no two pieces of this program ever run at the same time: there is one
thread, and it switches from one coroutine to the other only at an `await`.
That is concurrency. Parallelism needs a second core and a thread on it.

So two sleeps take no longer than the longer one, while two computations take
as long as both together.

Look at: which one finishes first, although `main` awaits the other one first.",
    next: "src/aio/core/event_loop.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn coro1() -> Result<()> {
    say!("coro1: Starting");
    sleep(seconds(2)).await?;
    say!("coro1: Finishing after 2 seconds");
    Ok(())
}

async fn coro2() -> Result<()> {
    say!("coro2: Starting");
    sleep(seconds(1)).await?;
    say!("coro2: Finishing after 1 second");
    Ok(())
}

async fn main() -> Result<()> {
    let start = monotonic();
    let task1 = create_task(coro1());
    let task2 = create_task(coro2());
    task1.await?;
    task2.await?;
    say!("total: {:.1} s", monotonic() - start);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
