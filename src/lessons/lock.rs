//! One task at a time, also across an `await`.

use super::prelude::*;
use std::rc::Rc;

pub(super) const PAGE: Page = Page {
    title: "a lock: one at a time, first come, first served",
    explanation: "\
No other task runs between two `await`s. So a lock is only needed around code
that waits in the middle and must not be interleaved, like the sleep here. B
and C wait for the lock without blocking the thread, and get it in the order in
which they asked.

Python's `async with lock` is a guard in a block: the lock is released where
the block ends, also after an error. Releasing does not wait, so `Drop` can do
it.

Look at: \"A gave it back\" comes before \"B has it\". Releasing the lock wakes B,
and B has its turn after A's turn has ended.",
    next: "src/aio/sync/lock.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn worker(name: &'static str, lock: Rc<Lock>) -> Result<()> {
    say!("{name} wants the lock");
    {
        let _guard = lock.acquire().await?;
        say!("{name} has it");
        sleep(seconds(0.1)).await?;
    }
    say!("{name} gave it back");
    Ok(())
}

async fn main() -> Result<()> {
    let lock = Rc::new(Lock::new());
    let workers = ["A", "B", "C"].map(|n| worker(n, lock.clone()));
    gather(workers).await?;
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
