//! Streams: sockets and pipes that coroutines read and write as if they had a thread each.
//!
//! A coroutine that awaits `read` waits in a future; the loop sets it when the kernel has brought bytes.
//! So the code has the shape of a blocking program, and its waiting costs a future and not a thread.
//!
//! Read in this order: [`buffer`], [`transport`] (a descriptor and two buffers, where callbacks and
//! coroutines meet), [`reader`], [`writer`], [`connect`], [`server`].
//!
//! **Where it breaks:** plain files. The kernel calls them ready always, and reading one blocks the
//! loop; that is work for [`to_thread`](super::to_thread).

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
