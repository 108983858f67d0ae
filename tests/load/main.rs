#![allow(clippy::unwrap_used, missing_docs)]
//! The load generator, tested against our servers and against small faulty ones.
//!
//! Counts are exact. Times are generous bounds that only a broken generator exceeds.

mod bad_servers;
mod cli;
mod counting;
#[path = "../process/mod.rs"]
mod process;
mod scripted;
mod stalls;
#[path = "../support/mod.rs"]
mod support;

use gearshift::lab::load::{Outcome, Plan, Progress, Target, run};
use gearshift::lab::result::Parameters;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Three clients that send 32 bytes each.
pub(crate) fn plan(url: &str) -> Plan {
    let parameters = Parameters {
        connections: 3,
        message_bytes: 32,
        ..Parameters::default()
    };
    Plan::new(Target::parse(url).unwrap(), parameters)
}

/// The same, for a number of messages.
pub(crate) fn count(url: &str, messages: u64) -> Plan {
    Plan {
        messages: Some(messages),
        ..plan(url)
    }
}

/// The same, for a duration.
pub(crate) fn time(url: &str, time: Duration) -> Plan {
    let mut plan = plan(url);
    plan.parameters.duration_seconds = time.as_secs_f64();
    plan
}

pub(crate) fn load(plan: &Plan) -> Outcome {
    run(plan, &AtomicBool::new(false), &mut |_: Progress| {}).unwrap()
}

/// The number of errors of that kind.
pub(crate) fn errors(outcome: &Outcome, kind: &str) -> u64 {
    let kinds = outcome.sample.error_kinds.iter();
    let counts = kinds.filter(|(name, _)| name.contains(kind));
    counts.map(|(_, count)| count).sum()
}

#[track_caller]
pub(crate) fn no_errors(outcome: &Outcome) {
    assert_eq!(outcome.sample.error_kinds, [], "{outcome:?}");
    assert_eq!(outcome.sample.errors, 0);
}
