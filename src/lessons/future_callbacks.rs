//! Done callbacks: called with a result or with an error.

use super::prelude::*;
use crate::aio::Future;

pub(super) const PAGE: Page = Page {
    title: "done callbacks, with a result or an error",
    explanation: "\
Both futures are done as soon as they are set, yet no callback runs at that
moment. The callbacks go into the ready queue and run when `main` waits, here
in a `sleep` of zero. So the code that sets a future is never interrupted by it.

An error that is never retrieved would be lost. The loop reports it on standard
error when the future is dropped (the lint `never-retrieved`). Here the
callback retrieves it.

A future belongs to a loop, because its callbacks go into that loop's queue. So
it is a mistake to create one before there is a loop.

Look at: both lines \"done:\" come before the results.",
    next: "src/aio/tasks/future.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

fn callback(future: &Future<i32>) {
    match future.result() {
        Err(e) => say!("Future raised an exception: {e}"),
        Ok(result) => say!("Future result: {result}"),
    }
}

async fn main() -> Result<()> {
    let event_loop = EventLoop::running();
    let good = event_loop.create_future();
    let bad = event_loop.create_future();
    for future in [&good, &bad] {
        future.add_done_callback(callback);
    }
    say!("done: {} {}", repr(good.done()), repr(bad.done()));
    good.set_result(42)?;
    bad.set_error(ValueError("Something went wrong"))?;
    say!("done: {} {}", repr(good.done()), repr(bad.done()));
    sleep(seconds(0)).await?;
    say!("awaited: {}", good.await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
