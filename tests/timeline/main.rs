#![allow(clippy::unwrap_used, missing_docs)]
//! The timeline: the recording, its file, and how it is shown.

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
