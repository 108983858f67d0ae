//! **What does each model cost?** Load, measurement, statistics, report.
//!
//! The lab reaches servers over sockets, as any client does, and starts them as child processes. It knows
//! nothing about models, protocols or loops from the inside, so it measures our server and any other in the
//! same way.
//!
//! - [`load`]: the load generator;
//! - [`compare`]: several servers under the same load, in turn;
//! - [`stats`]: what can be concluded from a few rounds, and what cannot;
//! - [`report`]: the results for people (terminal, HTML, Markdown) and for programs (JSON, CSV);
//! - [`result`]: a run as it is saved, and [`metric`]: the properties of a sample.

pub mod compare;
mod format;
pub mod load;
mod machine;
pub mod metric;
pub mod report;
pub mod result;
mod run_start;
pub mod stats;
mod status_line;

/// How a measurement ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As planned.
    Complete,
    /// As planned, but with errors; the report lists them.
    WithErrors,
    /// Cancelled before its end.
    Interrupted,
}
