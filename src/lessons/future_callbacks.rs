//! Done callbacks: told of a result or of an error.

use super::prelude::*;
use crate::aio::Future;

pub(super) const PAGE: Page = Page {
    title: "done callbacks, with a result or an error",
    explanation: "\
Both futures are done as soon as they are set, and yet nobody is called at that
moment. The callbacks go into the ready queue and run when `main` waits, here
in `sleep` of nothing. So who sets a future can finish its own business first.

An error that nobody asks for would be lost; the loop would say so on standard
error when the future is dropped (the lint `never-retrieved`). Here the
callback asked.

What was wrong in the notes: a future was created before there was a loop. It
has to belong to one, whose queue its callbacks go into.

Look at: the two lines \"done:\" stand side by side, the results come after them.",
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
