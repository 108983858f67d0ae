//! At most N tasks at a time.

use super::prelude::*;
use std::rc::Rc;

pub(super) const PAGE: Page = Page {
    title: "a semaphore: at most N at a time",
    explanation: "\
A semaphore of two lets two tasks in; the third comes in when one leaves. With
a semaphore of ten, a hundred downloads run ten at a time, which does not
overload the server.

A thread pool sets the same limit by its number of threads. Here a coroutine
waits instead, which costs one entry in a queue.

Look at: both are out before another is in. A and B wake in the same turn of
the loop. C, which A woke, has its turn in the next.",
    next: "src/aio/sync/semaphore.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn worker(name: &'static str, semaphore: Rc<Semaphore>) -> Result<()> {
    let _permit = semaphore.acquire().await?;
    say!("{name} in");
    sleep(seconds(0.1)).await?;
    say!("{name} out");
    Ok(())
}

async fn main() -> Result<()> {
    let semaphore = Rc::new(Semaphore::new(2));
    let names = ["A", "B", "C", "D"];
    gather(names.map(|n| worker(n, semaphore.clone()))).await?;
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
