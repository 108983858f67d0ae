//! **What does each model cost?** Load, measurement, statistics, report.
//!
//! The lab talks to servers as any client does, over sockets, and starts them as child processes: it
//! knows nothing of models, protocols or loops from the inside, so that what it says of ours it can say
//! of any server.
//!
//! - [`load`]: the load generator;
//! - [`machine`]: what it was measured on;
//! - [`result`]: what a run is, as it is saved and read again;
//! - [`metric`]: what a sample tells: names, units, and whether more of it is better;
//! - [`stats`]: what can be concluded from a few rounds, and what cannot;
//! - [`report`]: the same for people (terminal, page, Markdown) and for programs (JSON, CSV).

pub mod command;
pub mod compare;
pub mod format;
pub mod load;
pub mod machine;
pub mod metric;
pub mod report;
pub mod result;
pub mod stats;
