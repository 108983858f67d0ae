#![allow(clippy::unwrap_used, missing_docs)]
//! Verdicts and reports, tested on made-up runs whose true values are known.

mod baselines;
mod exporting;
mod merging;
mod page;
mod quality;
mod samples;
mod sweeping;
mod synthetic;
mod terminal;
mod truth;
