//! "Single-threaded parallel".

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "\"single-threaded parallel\"",
    explanation: "\
The notes call this \"single-threaded parallel\". It looks parallel from outside:
three answers in the time of one. Inside, nothing ran at the same time; the
waiting did. A better word is concurrent.

The fetches only sleep here; lesson 38 fetches from a real server in the same
way, and one that fails does not end the others there.

Look at: the order of the results is that of the URLs, whoever answers first.",
    next: "src/aio/tasks/gather.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn fetch_url(url: &'static str) -> Result<String> {
    sleep(seconds(1)).await?;
    Ok(format!("Data from {url}"))
}

async fn main() -> Result<()> {
    let start = monotonic();
    let urls = [
        "https://example.com",
        "https://google.com",
        "https://python.org",
    ];
    let results = gather(urls.map(fetch_url)).await?;
    for (i, result) in results.iter().enumerate() {
        say!("Result {}: {result}", i + 1);
    }
    say!("total: {:.1} s", monotonic() - start);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
