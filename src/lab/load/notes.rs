//! Notes on the reliability of the results, in sentences.
//!
//! A number that measures something else than it seems to is worse than none. So each run is checked:
//! whether the generator was the bottleneck, and whether the loop was closed when the server stalled.
//!
//! **Where it breaks:** the limits are rules of thumb.

use super::plan::{Check, Plan};
use super::tally::LoadError;
use crate::lab::result::Sample;
use crate::lab::stats::quality::BUSY;

/// Observations that are not part of the sample.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Observed {
    /// The share of time in which the threads of the generator were ready but had no core.
    pub(super) runqueue_wait: Option<f64>,
    /// Clients that never read and were disconnected by the server.
    pub(super) slow_readers_dropped: u64,
}

/// A thread that waits longer for a core measures the scheduler.
const WITHOUT_CORE: f64 = 0.1;

/// Below this share of its rate, an open loop did not do what was asked.
const ACHIEVED: f64 = 0.99;

/// A maximum that far above the median, and that long, is a stall and not a tail.
const STALL_FACTOR: f64 = 20.0;
const STALL_US: f64 = 10_000.0;

/// The sentences about a sample, the most important first.
pub(super) fn notes(plan: &Plan, sample: &Sample, observed: &Observed) -> Vec<String> {
    let dropped = observed.slow_readers_dropped;
    let all = [
        unusual_replies(plan, sample),
        lateness(plan, sample),
        bottleneck(sample, observed),
        omission(plan, sample),
        unsteadiness(sample),
        (dropped > 0).then(|| {
            let all = plan.parameters.slow_readers;
            format!("The server disconnected {dropped} of {all} clients that never read.")
        }),
    ];
    all.into_iter().flatten().collect()
}

fn unusual_replies(plan: &Plan, sample: &Sample) -> Option<String> {
    let wrong = LoadError::WrongReply.to_string();
    let are_wrong = sample.error_kinds.iter().any(|(kind, _)| *kind == wrong);
    (are_wrong && sample.messages == 0 && plan.check == Check::Auto).then(|| {
        "No reply contained the message. If this server replies like that, use --check none."
            .to_owned()
    })
}

fn lateness(plan: &Plan, sample: &Sample) -> Option<String> {
    let asked = plan.parameters.rate_per_second?;
    let generator = &sample.generator;
    let sent = generator.achieved_rate_per_second?;
    if sent < asked * ACHIEVED {
        return Some(format!(
            "Only {sent:.0} of the {asked:.0} requested messages per second were sent, so these are the \
             latencies of a lower load."
        ));
    }
    let (late, worst) = (generator.late_sends, generator.worst_lateness_us / 1e3);
    (late > 0).then(|| {
        format!(
            "The generator itself was late: it sent {late} messages more than 1 ms after they were due, at \
             worst {worst:.1} ms. Latency from send excludes that."
        )
    })
}

fn bottleneck(sample: &Sample, observed: &Observed) -> Option<String> {
    if let Some(busy) = sample.generator.busy_share.filter(|busy| *busy >= BUSY) {
        return Some(format!(
            "The generator was the bottleneck: its CPU time was {:.0} % of the time. The server may be \
             faster than this. Give the generator more --threads or another machine, or a lower --rate.",
            busy * 100.0
        ));
    }
    let waited = observed
        .runqueue_wait
        .filter(|waited| *waited >= WITHOUT_CORE)?;
    Some(format!(
        "The generator was ready but had no core for {:.0} % of the time, because the server or other \
         programs had it. Latencies include that wait.",
        waited * 100.0
    ))
}

fn omission(plan: &Plan, sample: &Sample) -> Option<String> {
    let (longest, median) = (sample.latency.max_us, sample.latency.p50_us);
    let is_stall = longest >= STALL_US && longest >= median * STALL_FACTOR;
    (is_stall && plan.parameters.rate_per_second.is_none()).then(|| {
        format!(
            "Closed loop: the longest reply took {:.0} ms, {:.0} times the median. While a server stalls, \
             waiting clients send nothing, so one slow sample stands for all messages that would have been \
             sent (\"coordinated omission\"), and the percentiles hide the stall. --rate sends on a \
             schedule and shows it.",
            longest / 1e3,
            longest / median.max(1.0)
        )
    })
}

fn unsteadiness(sample: &Sample) -> Option<String> {
    if sample.per_second.len() < 3 {
        return None;
    }
    let mut sorted = sample.per_second.clone();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    let seconds = sample.per_second.iter().zip(1..);
    let (min, second) = seconds.min_by_key(|(count, _)| **count)?;
    (*min * 2 < median).then(|| {
        format!("Not steady: {min} messages in second {second}, with a median of {median}.")
    })
}
