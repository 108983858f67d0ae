//! Context that belongs to the task, not to the thread.

use super::prelude::*;
use std::sync::LazyLock;

pub(super) const PAGE: Page = Page {
    title: "context that belongs to the task",
    explanation: "\
Three requests on one thread, and each finds its own number again after it
slept. A thread-local variable would hold that of whoever set it last. Each
task carries a copy of the context of its maker: what it sets, neither its
maker nor its siblings see, so outside the variable is still unknown.

A token takes the variable back to what it was. In Python that stands in
`finally`; here the outcome of the sleep is kept until the variable has been
reset, so that a cancellation, which is an error like any other, does not jump
over it.

Look at: \"still request-1\", printed after the other two had set theirs.",
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
