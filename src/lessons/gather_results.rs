//! Results in the order of the arguments, not in the order of finishing.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "results in the order asked, not the order done",
    explanation: "\
`gather` returns the results in the order of its arguments, all of them when
the last is there. Use `as_completed` to get each one as soon as it is done.

It returns the results themselves, not tasks: calling `result()` on what it
returned is an error, in Python as well.

In Rust, `gather` takes a list of one type, such as `urls.map(download_file)` in
the last lesson. `gather!` takes different functions that return the same type.

Look at: 2.0 s, the longer of the two, not the sum.",
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
