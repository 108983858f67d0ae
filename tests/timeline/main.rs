#![allow(clippy::unwrap_used, missing_docs)]
//! The timeline: what is recorded, what the file says, and what is shown of it.

#[path = "../process/mod.rs"]
mod process;

mod any_file;
mod gantt;
mod page;
mod recording;
mod rules;
mod sample;
mod serving;
mod showing;
