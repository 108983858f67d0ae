//! Results in the order asked for, not in the order of being done.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "results in the order asked, not the order done",
    explanation: "\
`gather` gives results at the places of what was asked for, and all of them
when the last is there. Whoever wants each as soon as it is done takes
`as_completed`.

What was wrong in the notes: `gather` does not give tasks on which to call
`result()`; it gives the results themselves.

In Rust `gather` takes a list of one type, as `urls.map(download_file)` made it
in the last lesson; `gather!` takes different functions that return the same
type.

Look at: 2.0 s, the longest of both, not the sum.",
    next: "src/aio/tasks/gather.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn task1() -> Result<&'static str> {
    sleep(seconds(1)).await?;
    Ok("Task 1 done")
}

async fn task2() -> Result<&'static str> {
    sleep(seconds(2)).await?;
    Ok("Task 2 done")
}

async fn main() -> Result<()> {
    let start = monotonic();
    for result in gather!(task1(), task2()).await? {
        say!("{result}");
    }
    say!("total: {:.1} s", monotonic() - start);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
