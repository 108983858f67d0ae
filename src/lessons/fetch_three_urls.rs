//! Three fetches at once, on one thread.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "three fetches at once, on one thread",
    explanation: "\
This is sometimes called \"single-threaded parallel\". From outside it looks
parallel: three responses in the time of one. Inside, nothing ran at the same
time; only the waits overlapped. The better word is concurrent.

The fetches only sleep here. Lesson 38 fetches from a real server in the same
way, and there a failed fetch does not end the others.

Look at: the results are in the order of the URLs, whichever responds first.",
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
