#![allow(clippy::unwrap_used, missing_docs)]
//! What is concluded from a run, and how it is told: against runs whose truth is known, because they are
//! made up.

mod baselines;
mod exporting;
mod looking;
mod merging;
mod page;
mod quality;
mod sweeping;
mod synthetic;
mod terminal;
mod truth;
