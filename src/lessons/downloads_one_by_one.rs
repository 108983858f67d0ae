//! Blocking: the thread stops in each wait, and the waits add up.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "blocking: three waits of 2 s take 6 s",
    explanation: "\
Nothing here is slow. The machine is idle for six seconds: the thread asks for
a download, blocks until it is complete, and only then asks for the next one.
A thread in a blocking call can wait for one thing only.

This is also the easiest program to read. It is the model `sequential` of our
server. `thread-per-connection` can wait for many clients at once, at the price
of one thread per client. Lesson 18 does the same three downloads at once, on
one thread.

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
