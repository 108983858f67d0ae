//! `await` alone gives no concurrency.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "await alone gives no concurrency",
    explanation: "\
The lines are printed in the order of the code, the last one a second later.
`await` means \"I cannot go on before this is done\". It does not mean \"do this
while I go on\". For that, something else must run it: a task. The next lesson
changes one line, and with it the order.

Look at: `slow().await?`. Read it as \"do it now, and wait for it\".",
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
