//! What the figures are worth, in whole sentences.
//!
//! A number that was not measured where one thinks it was is worse than none: so every run is asked
//! whether the generator was what was measured, and whether the loop was closed when the server stalled.
//!
//! **Where it breaks:** the borders are rules of thumb. They are written at each.

use super::plan::{Check, Plan};
use crate::lab::result::Sample;

/// What is known of a run beside its sample.
#[derive(Debug, Clone, Copy, Default)]
pub struct Observed {
    /// Of the generator's threads' time: ready, and without a core.
    pub runqueue_wait: Option<f64>,
    /// Clients that never read, and were dropped for it.
    pub slow_readers_dropped: u64,
}

/// A thread that works so much of its time has others wait for it.
const BUSY: f64 = 0.9;

/// A thread that waits for a core so much of its time measures the scheduler.
const WITHOUT_CORE: f64 = 0.1;

/// An open loop that reaches less of its rate did not do what was asked.
const ACHIEVED: f64 = 0.99;

/// A longest time so far above the median, and so long, is a stall and not a tail.
const STALL_FACTOR: f64 = 20.0;
const STALL_US: f64 = 10_000.0;

/// The sentences for one sample, the weightiest first.
pub fn notes(plan: &Plan, sample: &Sample, observed: &Observed) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(unusual_replies(plan, sample));
    notes.extend(lateness(plan, sample));
    notes.extend(bottleneck(sample, observed));
    notes.extend(omission(plan, sample));
    notes.extend(unsteadiness(sample));
    if observed.slow_readers_dropped > 0 {
        notes.push(format!(
            "The server dropped {} of {} clients that never read.",
            observed.slow_readers_dropped, plan.parameters.slow_readers
        ));
    }
    notes
}

fn unusual_replies(plan: &Plan, sample: &Sample) -> Option<String> {
    let wrong = sample
        .error_kinds
        .iter()
        .any(|(kind, _)| kind == "wrong answer");
    (wrong && sample.messages == 0 && plan.check == Check::Auto).then(|| {
        "No answer had the message in it. If that is how this server answers, say --check none."
            .to_owned()
    })
}

fn lateness(plan: &Plan, sample: &Sample) -> Option<String> {
    let asked = plan.parameters.rate_per_second?;
    let sent = sample.generator.achieved_rate_per_second?;
    if sent < asked * ACHIEVED {
        return Some(format!(
            "Of {asked:.0} messages a second that were asked for, {sent:.0} were sent: the latencies are \
             those of a lesser load."
        ));
    }
    let (late, worst) = (
        sample.generator.late_sends,
        sample.generator.worst_lateness_us,
    );
    (late > 0).then(|| {
        format!(
            "The generator itself was late: {late} messages left more than 1 ms after their time, the \
             worst by {:.1} ms. From-send latency leaves that out.",
            worst / 1e3
        )
    })
}

fn bottleneck(sample: &Sample, observed: &Observed) -> Vec<String> {
    let threads = sample.generator.threads;
    let whose = if threads == 1 {
        "its thread was"
    } else {
        "its threads were"
    };
    let mut notes = Vec::new();
    if let Some(busy) = sample.generator.busy_share.filter(|busy| *busy >= BUSY) {
        notes.push(format!(
            "The generator was the bottleneck: {whose} {:.0} % busy. The server may be faster than \
             this; give the generator more --threads or another machine, or ask for less with --rate.",
            busy * 100.0
        ));
    } else if let Some(waited) = observed
        .runqueue_wait
        .filter(|waited| *waited >= WITHOUT_CORE)
    {
        notes.push(format!(
            "The generator was ready and had no core for {:.0} % of the time: the server, or others, \
             had it. Latencies hold that wait, too.",
            waited * 100.0
        ));
    }
    notes
}

fn omission(plan: &Plan, sample: &Sample) -> Option<String> {
    let (longest, median) = (sample.latency.max_us, sample.latency.p50_us);
    let stalls = longest >= STALL_US && longest >= median * STALL_FACTOR;
    if plan.parameters.rate_per_second.is_some() || !stalls {
        return None;
    }
    Some(format!(
        "Closed loop: the longest answer took {:.0} ms, {:.0} times the median. While a server stalls, \
         clients that wait ask nothing, and one long time stands for all who would have come \
         (\"coordinated omission\"): the percentiles hide it. --rate sends on a schedule and shows it.",
        longest / 1e3,
        longest / median.max(1.0)
    ))
}

fn unsteadiness(sample: &Sample) -> Option<String> {
    if sample.per_second.len() < 3 {
        return None;
    }
    let mut sorted = sample.per_second.clone();
    sorted.sort_unstable();
    let median = sorted[sorted.len() / 2];
    let (second, least) = sample
        .per_second
        .iter()
        .enumerate()
        .min_by_key(|(_, it)| **it)?;
    (*least * 2 < median).then(|| {
        format!(
            "Not steady: {least} messages in second {}, against {median} in the median one.",
            second + 1
        )
    })
}
