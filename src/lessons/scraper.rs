//! Several pages at once; one that fails does not end the others.

use super::prelude::*;
use std::net::SocketAddr;

pub(super) const PAGE: Page = Page {
    title: "several URLs at once, one of which fails",
    explanation: "\
Four pages from a server that takes half a second for each: half a second in
all. All connections are open at the same time, on one thread.

The missing page is an error of its own task only, because it is turned into a
line of text there. If it were returned, it would end `gather`, and the results
of the other pages would be lost. `gather_results` is another way (lesson 25).

\"Turn every error into a line\" has one exception: `Cancelled` is not an error
of the page but a request to stop. Python's `except Exception` lets it through;
here the `match` does.

Look at: the lines are in the order of the paths, not of the responses.",
    next: "src/aio/io/streams/connect.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn serve(reader: StreamReader, writer: StreamWriter) -> Result<()> {
    let request = decode(reader.read_until(b"\r\n\r\n").await?);
    sleep(seconds(0.5)).await?;
    let (status, body) = match request.split(' ').nth(1) {
        Some("/one") => ("200 OK", "<a>1</a>"),
        Some("/two") => ("200 OK", "<a>1</a><a>2</a>"),
        Some("/three") => ("200 OK", "<a>1</a><a>2</a><a>3</a>"),
        _ => ("404 Not Found", ""),
    };
    writer.write(format!("HTTP/1.1 {status}\r\n\r\n{body}").as_bytes());
    writer.close();
    writer.wait_closed().await
}

async fn count_links(server: SocketAddr, path: &str) -> Result<usize> {
    let (reader, writer) = open_connection(server).await?;
    writer.write(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes());
    let response = decode(reader.read_to_end().await?);
    match response.split_once("\r\n\r\n") {
        Some(("HTTP/1.1 200 OK", html)) => Ok(html.matches("<a").count()),
        _ => Err(Error::message(response.trim().replace("HTTP/1.1 ", ""))),
    }
}

async fn process_url(server: SocketAddr, path: &str) -> Result<String> {
    match count_links(server, path).await {
        Err(Error::Cancelled) => Err(Error::Cancelled),
        Err(e) => Ok(format!("Error processing {path}: {e}")),
        Ok(links) => Ok(format!("Processed {path}: found {links} links")),
    }
}

async fn main() -> Result<()> {
    let server = start_server(serve, "127.0.0.1:0").await?;
    let (address, start) = (server.local_addr(), monotonic());
    let process = |path| process_url(address, path);
    let results = gather(["/one", "/two", "/missing", "/three"].map(process));
    say!("{}", results.await?.join("\n"));
    say!("Total time: {:.1} seconds", monotonic() - start);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
