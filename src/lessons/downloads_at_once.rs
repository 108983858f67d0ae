//! The three waits of the first lesson, at the same time.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "the three waits of lesson 1 take 2 s",
    explanation: "\
One thread, as in lesson 1, and a third of the time. `gather` makes a task of
each coroutine and waits for all of them. All three sleep at once because
sleeping needs no thread: it is only an entry in the loop's list of timers.

The same holds for sockets. That is how one thread serves ten thousand clients
in our models `event-loop` and `coroutines`.

Look at: first three \"Starting\", then three \"Finished\", in the order of
starting. Timers with equal deadlines fire in the order in which they were set.",
    next: "src/aio/tasks/gather.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn download_file(url: &'static str) -> Result<String> {
    say!("Starting download of {url}");
    sleep(seconds(2)).await?;
    say!("Finished downloading {url}");
    Ok(format!("Content of {url}"))
}

async fn main() -> Result<()> {
    let start = monotonic();
    let urls = ["file1.txt", "file2.txt", "file3.txt"];
    let contents = gather(urls.map(download_file)).await?;
    say!("Content: {}", contents.join(", "));
    say!("total: {:.1} s", monotonic() - start);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
