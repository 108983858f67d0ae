//! So many at a time.

use super::prelude::*;
use std::rc::Rc;

pub(super) const PAGE: Page = Page {
    title: "a semaphore: so many at a time",
    explanation: "\
A semaphore of two lets two in; the third comes in when one goes out. A hundred
downloads with a semaphore of ten are ten at a time, which is how one is polite
to a server.

A thread pool bounds the same number by having no more threads. Here a
coroutine waits in line, at the price of a place in a queue.

Look at: both go out before anybody comes in. A and B wake in the same turn of
the loop, and C, whom A woke, has its turn in the next.",
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
