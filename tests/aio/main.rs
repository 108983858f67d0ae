//! The event loop's tasks and what is built of them, by what their programs print.
#![allow(clippy::unwrap_used, missing_docs)]

mod callbacks;
mod cancelling;
mod futures;
mod gather;
mod groups;
mod limits;
mod tasks;
mod twin;
mod waiting;
