//! The promises of the file watcher. A test takes the place of the polling thread and sets modification
//! times itself, so nothing here depends on a clock or waits for one. The thread is tested with a
//! channel whose time-out is an upper bound, never a pace.

#![allow(clippy::unwrap_used, missing_docs)]

mod cost;
mod faults;
mod named;
mod random;
mod saving;
mod test_dir;
mod thread;
mod trees;
