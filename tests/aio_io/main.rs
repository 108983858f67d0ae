//! The event loop and the world outside: streams, child processes, signals, threads.
#![allow(clippy::unwrap_used, missing_docs)]

mod connections;
mod executor;
mod process_pool;
mod processes;
mod servers;
mod signals;
mod streams;
mod support;
