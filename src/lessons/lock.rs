//! One at a time, also across an `await`.

use super::prelude::*;
use std::rc::Rc;

pub(super) const PAGE: Page = Page {
    title: "a lock: one at a time, in the order of coming",
    explanation: "\
Between two `await`s nobody else runs, so a lock is needed only for what must
not be interleaved although it waits in the middle, like the sleep here. B and
C wait for the lock without blocking anything, and get it in the order in which
they came.

Python's `async with lock` is a guard in a block: it is given back where the
block ends, also after an error. To give it back takes no waiting, so `Drop`
can do it.

Look at: \"A gave it back\" comes before \"B has it\". Giving back wakes B, and B
has its turn after A has ended its own.",
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
