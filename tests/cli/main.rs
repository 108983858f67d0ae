#![allow(clippy::unwrap_used, missing_docs)]
//! The command line as a process: what a person or a script sees, and nothing that only a Rust caller
//! could see.

#[path = "../process/mod.rs"]
mod process;

mod client;
mod failures;
mod help;
mod logging;
mod rejections;
mod report;
mod signals;
mod streams;
