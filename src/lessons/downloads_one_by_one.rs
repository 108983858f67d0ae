//! Blocking: the thread stands still in each wait, and all waits add up.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "blocking: three waits of 2 s take 6 s",
    explanation: "\
Nothing here is slow: the machine is idle for six seconds. The thread asks for
a download, stands still until it is over, and only then asks for the next one.
Whoever waits in a blocking call can wait in one place only.

That is also the easiest program to read, and the model `sequential` of our
server. `thread-per-connection` buys more places to wait in, at the price of a
thread for each. Lesson 18 does the same three downloads at once, on one
thread.

Look at: `block`. It is the only line that takes time.",
    next: "src/models/sequential.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

fn download_file(url: &str) -> String {
    say!("Downloading {url}...");
    block(seconds(2));
    say!("Downloaded {url}");
    format!("Content of {url}")
}

fn program() -> Result<()> {
    let start = monotonic();
    for name in ["file1.txt", "file2.txt", "file3.txt"] {
        say!("{}", download_file(name));
    }
    say!("total: {:.1} s", monotonic() - start);
    Ok(())
}
