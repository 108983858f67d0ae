//! Calling a coroutine function runs nothing of it.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "calling a coroutine runs nothing",
    explanation: "\
\"created\" is printed before \"Start\": the call only made a coroutine, which did
nothing until it was awaited. Then it ran, pausing twice for a second, and its
return value became the value of the `await`.

Forgetting the `await` is the most common mistake, and a silent one: nothing
happens. Rust's compiler warns about a coroutine that is discarded at once. In
debug mode, the function `coroutine` used here also reports one that was kept
and never awaited (the lint `never-awaited`).

Look at: what changes if you move the line with `created` below the next one.",
    next: "src/aio/tasks/coroutine.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn simple_coroutine() -> Result<&'static str> {
    say!("Start");
    sleep(seconds(1)).await?;
    say!("Middle");
    sleep(seconds(1)).await?;
    say!("End");
    Ok("Done")
}

async fn main() -> Result<()> {
    let coro = coroutine(simple_coroutine());
    say!("created: coroutine");
    say!("Result: {}", coro.await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
