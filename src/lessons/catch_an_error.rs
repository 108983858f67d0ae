//! An error crosses an `await` as it crosses a call.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "an error crosses an await",
    explanation: "\
The error came out of the `await` as it would come out of a call. There is
nothing special about it, because no task was made: `main` and `faulty_task`
are one chain of calls.

In Rust an error is a value. `?` passes it on, and `match` and `if let` catch
it. Python's `except ValueError` becomes a question to the value:
`e.downcast_ref::<ValueError>()`.

Look at: the next lesson, where the error happens in a task and no caller is
there to receive it.",
    next: "src/aio/core/error.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn faulty_task() -> Result<()> {
    Err(ValueError("An error occurred").into())
}

async fn main() -> Result<()> {
    if let Err(e) = faulty_task().await {
        say!("{e}");
    }
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
