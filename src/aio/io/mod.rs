//! What happens outside the loop's thread: sockets and pipes, child processes, signals, and work in
//! threads and worker processes.

mod children;
mod executor;
pub mod process;
mod process_pool;
pub mod signal;
mod streams;

pub use executor::{ThreadPool, to_thread};
pub use process::Process;
pub use process_pool::{Job, ProcessPool, serve_as_worker};
pub use signal::SignalHandler;
pub use streams::{
    IncompleteRead, LimitOverrun, StreamReader, StreamWriter, TcpServer, connect_stream,
    open_connection, start_server,
};
