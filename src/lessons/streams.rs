//! Streams: sockets that can be read and written with `await`.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "open_connection, start_server",
    explanation: "\
A server and its client in one program, on one thread: while one waits, the
other runs. `start_server` makes a task for every connection. Its code reads as
if there were only one client, like our model `coroutines`.

`write` never waits; it keeps what the socket does not accept. `drain` waits
until little of that is left. A program that writes without draining fills the
memory as fast as the other side fails to read.

The client reads to the end, and there is an end because the server closes.
Nothing else says that the response is complete. HTTP sends a length for that,
and WebSocket has frames.

Look at: port 0. The system chose a free port, and `local_addr` returns it.",
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
