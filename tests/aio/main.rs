//! The event loop's tasks and what is built on them, tested by what their programs print.
#![allow(clippy::unwrap_used, missing_docs)]

mod callbacks;
mod cancelling;
mod cancelling_oneself;
mod clock;
mod conditions;
mod context;
mod faults;
mod foreign;
mod futures;
mod gather;
mod groups;
mod limits;
mod lints;
mod locks;
mod naps;
mod queues;
mod random;
mod running;
mod tasks;
mod timeouts;
mod twin;
mod waiting;
