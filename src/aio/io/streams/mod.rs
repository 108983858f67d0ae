//! Streams: sockets and pipes that coroutines read and write as if each had a thread of its own.
//!
//! A coroutine that awaits `read` waits on a future, and the loop sets the future when the kernel has
//! delivered bytes. So the code looks like a blocking program, but waiting costs a future and not a
//! thread.
//!
//! Read in this order: `buffer.rs`, `transport.rs` (a descriptor and two buffers, where callbacks and
//! coroutines meet), `reader.rs`, `writer.rs`, `connect.rs`, `server.rs`.
//!
//! **Where it breaks:** plain files. The kernel always reports them as ready, and reading one blocks the
//! loop; use [`to_thread`](crate::aio::to_thread) for them.

mod buffer;
mod connect;
mod reader;
mod server;
mod transport;
mod writer;

pub use connect::{connect_stream, open_connection};
pub use reader::{IncompleteRead, LimitOverrun, StreamReader};
pub use server::{TcpServer, start_server};
pub use writer::StreamWriter;
