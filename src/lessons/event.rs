//! Many tasks wait for one thing that happens once.

use super::prelude::*;
use std::rc::Rc;

pub(super) const PAGE: Page = Page {
    title: "an event: many wait for one thing to happen",
    explanation: "\
An event is a flag that can be awaited. Three tasks wait, one sets it, and all
three resume in the order in which they began to wait. A task that comes later
does not wait at all, because the event stays set until it is cleared.

A future could do the same once. An event can be cleared and used again, and it
carries no value.

Look at: `set()` itself runs no task. The three resume when `main` waits for
them.",
    next: "src/aio/sync/event.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn waiter(name: &'static str, event: Rc<Event>) -> Result<()> {
    say!("{name} waits");
    event.wait().await?;
    say!("{name} goes on");
    Ok(())
}

async fn main() -> Result<()> {
    let event = Rc::new(Event::new());
    let waiters = ["A", "B", "C"].map(|n| waiter(n, event.clone()));
    let tasks = waiters.map(create_task);
    sleep(seconds(0.2)).await?;
    say!("set");
    event.set();
    gather(tasks).await?;
    say!("is_set: {}", repr(event.is_set()));
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
