//! Files need threads: the kernel never reports when a file is ready.

use super::prelude::*;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const PAGE: Page = Page {
    title: "files are read on a thread",
    explanation: "\
A socket can be watched until it is ready. A plain file always counts as ready,
even if the disk needs time: a read simply blocks. So every operation on a file
runs on a thread of a pool, and the loop waits for that thread.

2560 bytes in chunks of 1024 are three reads. The fourth read returns no bytes,
which means the end of the file. The file is closed when its last owner drops
it. It is shared, because a thread cannot be stopped and may still read after
the waiting task was cancelled.

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
    let file = temporary_file(&written)?;
    let (content, reads) = run(read_file(file.path().into()))?;
    let same = repr(content == written);
    say!("{} bytes in {reads} reads, same: {same}", content.len());
    Ok(())
}
