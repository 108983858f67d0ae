//! Context that belongs to the task, not to the thread.

use super::prelude::*;
use std::sync::LazyLock;

pub(super) const PAGE: Page = Page {
    title: "context that belongs to the task",
    explanation: "\
Three requests run on one thread, and each finds its own number again after its
sleep. A thread-local variable would hold the number that was set last. Each
task gets a copy of its creator's context. Neither its creator nor its siblings
see what it sets, so outside of the tasks the variable is still unknown.

A token restores the previous value. In Python that is done in `finally`. Here
the outcome of the sleep is kept until the variable has been reset, so that an
error does not skip the reset. (A cancellation is such an error.)

Look at: \"still request-1\", printed after the other two had set their numbers.",
    next: "src/aio/core/context.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

static REQUEST_ID: LazyLock<ContextVar<&'static str>> =
    LazyLock::new(|| ContextVar::new("unknown"));

async fn process_request(value: &'static str) -> Result<()> {
    let token = REQUEST_ID.set(value);
    say!("Processing request: {}", REQUEST_ID.get());
    let current = REQUEST_ID.get();
    let slept = sleep(seconds(0.1)).await;
    let still = REQUEST_ID.get();
    say!("Handled request: {current} (still {still})");
    REQUEST_ID.reset(token);
    say!("after reset: {}", REQUEST_ID.get());
    slept
}

async fn main() -> Result<()> {
    let values = ["request-1", "request-2", "request-3"];
    gather(values.map(process_request)).await?;
    say!("outside: {}", REQUEST_ID.get());
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
