//! Computing off the loop, on a thread and in another process.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a thread and a process for computation",
    explanation: "\
A computation occupies its thread as a blocking call does, so it must not run
on the loop either. On another thread it runs in parallel with the loop, on a
core of its own.

In Python that is different: a global lock, the GIL, lets only one thread at a
time run Python code, so parallel computing needs processes. In Rust a thread
is enough. A process still has a use: it can crash or be killed without us.

Another process shares none of our memory and cannot be sent a function. It is
this program again, started as a worker that finds the job by its name. Input
and output travel as text. Python finds the function by name as well, by
importing its module.

Look at: the two numbers. The results came back unchanged.",
    next: "src/aio/io/process_pool.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

fn cpu_intensive_task(n: u64) -> u64 {
    let mut result = 0;
    for i in 0..n {
        result += i * i;
    }
    result
}

async fn main() -> Result<()> {
    let result = to_thread(|| cpu_intensive_task(1_000_000)).await?;
    say!("Result from thread: {result}");
    let pool = process_pool(1);
    let result: u64 = pool.run("sum_of_squares", 1_000_000).await?;
    say!("Result from process: {result}");
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
