//! A task starts when its creator waits, not when it is created.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a task starts when its creator waits",
    explanation: "\
`create_task` puts the coroutine into the ready queue and returns. `main` still
has its turn and keeps it until it waits; only then does the loop get to the
task. So \"function called and done\" is printed before anything of `slow`.

It is a common mistake to think that a task starts when it is awaited. A task
need not be awaited at all in order to run: its creator only has to wait for
something, whatever it is. The next lesson shows this.

Look at: the second and the third line. With threads they could come in either
order, because a thread may start at any time.",
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
