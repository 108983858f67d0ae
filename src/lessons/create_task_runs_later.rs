//! A task starts when its creator waits, not when it is created.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a task starts when its creator waits",
    explanation: "\
`create_task` puts the coroutine into the ready queue and returns. `main` still
has the turn and keeps it until it waits; only then does the loop come to the
task. So \"function called and done\" is printed before anything of `slow`.

What was wrong in the notes: \"await task: only now the code runs\". The task
does not need to be awaited in order to run; it needs its creator to wait for
anything at all. The next lesson shows it.

Look at: the second and the third line, and swap them in your mind: that would
be threads, which may start at any time.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn slow() -> Result<()> {
    say!("non blocking code still runs");
    sleep(seconds(1)).await?;
    say!("inside some_long_time_taking_task");
    Ok(())
}

async fn main() -> Result<()> {
    say!("inside main");
    let task = create_task(slow());
    say!("function called and done");
    task.await
}

fn program() -> Result<()> {
    run(main())
}
