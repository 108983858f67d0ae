//! Concurrency, not parallelism.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "concurrency, not parallelism",
    explanation: "\
Both sleep at the same time, and the shorter sleep is over first: 2 s in all,
not 3. But at no time do two pieces of this program run at once: there is one
thread, and it goes from one coroutine to the other at an `await` and nowhere
else. That is concurrency. Parallelism needs a second processor and a thread on
it.

So two sleeps take no longer than one, and two computations take twice as long.

Look at: who finishes first, although `main` awaits the other one first.",
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
