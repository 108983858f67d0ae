//! Streams: sockets that can be read and written with `await`.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "open_connection, start_server",
    explanation: "\
A server and its client in one program, on one thread: while the one waits, the
other runs. `start_server` makes a task for every connection; the code of one
reads as if it were alone, like our model `coroutines`.

`write` never waits; it keeps what the socket does not take. `drain` waits
until that is little again. Who writes without draining fills the memory as
fast as the other side fails to read.

The client reads to the end, and there is an end because the server closes.
Nothing else tells it that the answer is complete: HTTP sends a length for
that, and WebSockets frames.

Look at: port 0. The system chose a free one, and `local_addr` tells which.",
    next: "src/aio/io/streams/mod.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn serve(reader: StreamReader, writer: StreamWriter) -> Result<()> {
    let line = reader.read_line().await?;
    writer.write(b"you said ");
    writer.write(&line);
    writer.drain().await?;
    writer.close();
    writer.wait_closed().await
}

async fn main() -> Result<()> {
    let server = start_server(serve, "127.0.0.1:0").await?;
    let (reader, writer) = open_connection(server.local_addr()).await?;
    writer.write(b"hello\n");
    writer.drain().await?;
    say!("{}", decode(reader.read_to_end().await?).trim());
    writer.close();
    writer.wait_closed().await?;
    server.close();
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
