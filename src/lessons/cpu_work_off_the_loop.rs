//! Computing, off the loop: on a thread and in another process.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a thread and a process for computation",
    explanation: "\
A computation holds its thread as a blocking call does, so it has no place on
the loop either. On a thread it runs beside the loop, on a core of its own.

In Python that is not so: one lock, the GIL, lets one thread at a time run
Python code, and computing in parallel takes processes. In Rust a thread is
enough. A process still has its use: it can crash or be killed without us.

Another process has none of our memory and cannot be sent a function. It is
this program once more, which knows the job by its name; input and output
travel as text. In Python the function is found by name as well, by importing
the module.

Look at: the two numbers. What crossed a border came back whole.",
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
