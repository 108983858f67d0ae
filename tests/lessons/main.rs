#![allow(clippy::unwrap_used, missing_docs)]
//! Lessons print what their Python prints, fit on a screen, and score answers correctly.

#[path = "../process/mod.rs"]
mod process;

mod answers;
mod command;
mod output;
mod pages;
mod running;
