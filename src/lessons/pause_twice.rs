//! Calling a coroutine function runs nothing of it.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "calling a coroutine runs nothing",
    explanation: "\
\"created\" is printed before \"Start\": the call made a coroutine, and it lay
there until it was awaited. Then it ran in two pieces of a second, stopped in
between, and its return value became the value of the `await`.

To forget the `await` is the commonest mistake of all, and it makes no noise:
nothing happens. Rust's compiler warns of a coroutine that is thrown away at
once, and `coroutine` here makes one that also complains, in debug mode, when
it was kept and never awaited: the lint `never-awaited`.

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
