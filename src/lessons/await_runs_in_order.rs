//! `await` alone gives no concurrency.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "await alone gives no concurrency",
    explanation: "\
The lines come in the order in which they stand, and the last one a second
late. `await` means: I cannot go on before that is done. It does not mean: let
that be done while I go on. For that somebody else has to run it, a task: the
next lesson changes one line and the order with it.

Look at: `slow().await?`. Read it as \"do it now, and wait\".",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn slow() -> Result<()> {
    sleep(seconds(1)).await?;
    say!("inside some_long_time_taking_task");
    Ok(())
}

async fn main() -> Result<()> {
    say!("inside main");
    slow().await?;
    say!("function called and done");
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
