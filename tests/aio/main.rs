//! The event loop's tasks and what is built of them, by what their programs print.
#![allow(clippy::unwrap_used, missing_docs)]

mod callbacks;
mod cancelling;
mod clock;
mod context;
mod foreign;
mod futures;
mod gather;
mod groups;
mod limits;
mod lints;
mod locks;
mod queues;
mod random;
mod running;
mod tasks;
mod twin;
mod waiting;
