#![allow(clippy::unwrap_used, missing_docs)]
//! Lessons print what their Python prints, show what fits a screen, and judge answers fairly.

#[path = "../process/mod.rs"]
mod process;

mod answers;
mod command;
mod output;
mod pages;
mod running;
