//! Files by way of threads: the kernel never says that one is ready.

use super::prelude::*;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const PAGE: Page = Page {
    title: "files by way of threads",
    explanation: "\
A socket can be asked to tell when it is ready. A plain file is always ready,
says the kernel, also when the disk takes its time; a read simply blocks. So
every operation on a file goes to a thread, and the loop waits for the thread.

2560 bytes in pieces of 1024 are three reads; the fourth brings nothing, which
is how a file says that it is over. The file is closed when the last owner lets
go of it. It is shared, because a thread may still read when its reader was
cancelled: a thread cannot be stopped.

Look at: `??`. The first is for the thread, the second for the file.",
    next: "src/aio/io/executor.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

fn read_chunk(mut file: &File) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; 1024];
    let count = file.read(&mut chunk)?;
    chunk.truncate(count);
    Ok(chunk)
}

async fn read_file(path: PathBuf) -> Result<(Vec<u8>, u32)> {
    let file = Arc::new(to_thread(|| File::open(path)).await??);
    let (mut content, mut reads) = (Vec::new(), 0);
    loop {
        let file = file.clone();
        let chunk = to_thread(move || read_chunk(&file)).await??;
        if chunk.is_empty() {
            return Ok((content, reads));
        }
        content.extend(chunk);
        reads += 1;
    }
}

fn program() -> Result<()> {
    let written: Vec<u8> = (0..=255).cycle().take(2560).collect();
    let file = TemporaryFile::with(&written)?;
    let (content, reads) = run(read_file(file.path()))?;
    let same = repr(content == written);
    say!("{} bytes in {reads} reads, same: {same}", content.len());
    Ok(())
}
