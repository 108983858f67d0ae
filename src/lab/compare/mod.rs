//! The comparison: the same load for every subject, over several rounds, with a fresh server each time.
//!
//! A machine drifts: it warms up, and other programs come and go. If A is measured five times and then B
//! five times, the drift is measured too. So each round measures every subject once, and the next round
//! uses another order. Drift then affects all subjects alike, and rounds can be compared in pairs.
//!
//! - `scenario`: what is run; `subject`: which servers are measured; `plan`: what was asked for;
//! - this file: the rounds; `monitor`: what a sample costs the server.
//!
//! **Where it breaks:** generator and server share the machine. On few cores, the generator takes CPU time
//! that the server needs. Then trust CPU time per message rather than throughput.

pub mod command;
mod monitor;
mod plan;
mod process;
mod scenario;
mod server;
mod subject;

pub use plan::{Plan, Request};

use super::load::{self, Progress, Target};
use super::result::{Sample, ScenarioRun, SubjectRun};
use monitor::{ServerMonitor, StallDetector};
use plan::Case;
use server::Server;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use subject::Subject;

/// A server that has not accepted a client by then will not. With a longer time-out, every sample of a
/// model that serves one client at a time would take that long.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// Added for each thousand clients, because all connect at once.
const CONNECT_TIMEOUT_PER_THOUSAND: Duration = Duration::from_millis(400);

/// The progress of a comparison.
#[derive(Debug, Clone, Copy)]
enum CompareProgress<'p> {
    /// A sample begins.
    Sample {
        scenario: &'p str,
        /// Counted from 1.
        round: u32,
        subject: &'p str,
    },
    Load(Progress),
    /// A sample is complete.
    Sampled,
}

/// Runs all cases of `plan`. When `cancel` becomes true, it ends soon with the results so far.
fn run(
    plan: &Plan,
    cancel: &AtomicBool,
    on: &mut dyn FnMut(CompareProgress<'_>),
) -> Vec<ScenarioRun> {
    let mut runs: Vec<ScenarioRun> = plan.cases.iter().map(Case::empty_run).collect();
    for (case, run) in plan.cases.iter().zip(&mut runs) {
        for round in 1..=plan.rounds {
            for index in order(case.subjects.len(), round) {
                if cancel.load(Ordering::Relaxed) {
                    break;
                }
                let (subject, record) = (&case.subjects[index], &mut run.subjects[index]);
                if record.failure.is_some() {
                    continue; // it would fail again
                }
                on(CompareProgress::Sample {
                    scenario: case.scenario.name,
                    round,
                    subject: &subject.name,
                });
                measure(case, subject, round, record, cancel, on);
                run.order.push(index);
                on(CompareProgress::Sampled);
            }
        }
    }
    let was_tried = |subject: &SubjectRun| subject.failure.is_some() || !subject.samples.is_empty();
    runs.retain(|run| run.subjects.iter().any(was_tried));
    runs
}

/// Each pair of rounds begins with another subject, and every second round runs backwards. So both the
/// first subject and the one before each subject change.
fn order(subjects: usize, round: u32) -> Vec<usize> {
    let shift = (round as usize - 1) / 2;
    let mut order: Vec<usize> = (0..subjects).map(|at| (at + shift) % subjects).collect();
    if round.is_multiple_of(2) {
        order.reverse();
    }
    order
}

/// Records one sample, or why there is none.
fn measure(
    case: &Case,
    subject: &Subject,
    round: u32,
    record: &mut SubjectRun,
    cancel: &AtomicBool,
    on: &mut dyn FnMut(CompareProgress<'_>),
) {
    let mut server = match subject.start() {
        Ok(server) => server,
        Err(reason) => {
            record.failure = Some(reason);
            return;
        }
    };
    record.url.clone_from(&server.url);
    match sample(case, &mut server, cancel, on) {
        Ok(Some(sample)) => record.samples.push(Sample { round, ..sample }),
        Ok(None) => {} // interrupted
        Err(reason) => record.failure = Some(reason),
    }
    if server.exit_status().is_some() {
        record.failure = Some(server.exit_reason());
    }
}

fn sample(
    case: &Case,
    server: &mut Server,
    cancel: &AtomicBool,
    on: &mut dyn FnMut(CompareProgress<'_>),
) -> Result<Option<Sample>, String> {
    let target = Target::parse(&server.url).map_err(|error| error.to_string())?;
    let mut load = load::Plan::new(target, case.parameters.clone());
    let clients = load.all_connections();
    load.connect_timeout = CONNECT_TIMEOUT + CONNECT_TIMEOUT_PER_THOUSAND * (clients / 1000) as u32;
    let mut monitor = ServerMonitor::new(server.id(), &server.url);
    let mut stall = StallDetector::new();
    let give_up = AtomicBool::new(false);
    let outcome = load::run(&load, &give_up, &mut |progress| {
        monitor.on(progress);
        on(CompareProgress::Load(progress));
        let is_stalled = case.must_hold_all() && stall.is_stalled(progress);
        if is_stalled || cancel.load(Ordering::Relaxed) {
            give_up.store(true, Ordering::Relaxed);
        }
    });
    if let Some((open, of)) = stall.stalled_at {
        return Err(format!("holds {open} of {of} clients"));
    }
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(_) if server.exit_status().is_some() => return Err(server.exit_reason()),
        Err(error) => return Err(error.to_string()),
    };
    if outcome.interrupted {
        return Ok(None);
    }
    let mut sample = outcome.sample;
    sample.server = monitor.cost(&sample);
    if sample.messages == 0 {
        return Err(match sample.error_kinds.first() {
            Some((kind, count)) => format!("no message got a reply: {kind} ({count} times)"),
            None => "no message got a reply".to_owned(),
        });
    }
    if monitor.open < clients as u64 && case.must_hold_all() {
        return Err(format!("holds {} of {clients} clients", monitor.open));
    }
    Ok(Some(sample))
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_round_measures_every_subject_and_every_second_round_runs_backwards() {
        for subjects in 1..8 {
            let all: Vec<usize> = (0..subjects).collect();
            for round in (1..10).step_by(2) {
                let mut sorted = order(subjects, round);
                let mut next = order(subjects, round + 1);
                next.reverse();
                assert_eq!(next, sorted);
                assert_eq!(
                    sorted[0],
                    round as usize / 2 % subjects,
                    "another subject begins"
                );
                sorted.sort_unstable();
                assert_eq!(sorted, all);
            }
        }
    }
}
