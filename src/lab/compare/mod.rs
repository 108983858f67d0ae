//! The comparison: the same load for every subject, over several rounds, each time a fresh server.
//!
//! A machine drifts: it warms up, other programs come and go. Whoever measures A five times and then B
//! five times measures that, too. So a round measures everybody once, and the next round in another
//! order; what drifts hits all alike, and rounds can be compared in pairs.
//!
//! - [`scenario`]: what is run; [`subject`]: who is measured; [`plan`]: what was asked for;
//! - this file: the rounds.
//!
//! **Where it breaks:** generator and server share the machine. On few cores the generator takes from the
//! server what it needs; processor time a message is then the figure to believe, and not throughput.

pub mod plan;
pub mod process;
pub mod scenario;
pub mod server;
pub mod subject;

use super::load::{self, Progress, Target};
use super::result::{Sample, ScenarioRun, SubjectRun};
use crate::clock;
use plan::{Case, Plan};
use process::ProcessSample;
use server::Server;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use subject::Subject;

/// A server that has not let a client in by then does not: a model that serves one at a time would
/// otherwise cost each sample its patience.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// The same for each thousand clients, who come all at once.
const CONNECT_TIMEOUT_PER_THOUSAND: Duration = Duration::from_millis(400);

/// So long nobody was let in, where all are to be: nobody will be.
const NO_PROGRESS_TIMEOUT: Duration = Duration::from_millis(1500);

/// How a comparison goes.
#[derive(Debug, Clone, Copy)]
pub enum CompareProgress<'p> {
    /// The next sample begins.
    Sample {
        /// The scenario's name.
        scenario: &'p str,
        /// From 1.
        round: u32,
        /// The subject's name.
        subject: &'p str,
    },
    /// So it goes.
    Load(Progress),
    /// And ends.
    Sampled,
}

/// Runs all cases of `plan`. When `cancel` becomes true it ends soon, with what there is.
///
/// # Blocks
/// As long as that takes: about [`Plan::estimate`].
pub fn run(
    plan: &Plan,
    cancel: &AtomicBool,
    on: &mut dyn FnMut(CompareProgress<'_>),
) -> Vec<ScenarioRun> {
    let mut runs: Vec<ScenarioRun> = plan.cases.iter().map(Case::begin).collect();
    for (case, run) in plan.cases.iter().zip(&mut runs) {
        for round in 1..=plan.rounds {
            for index in order(case.subjects.len(), round) {
                if cancel.load(Ordering::Relaxed) {
                    break;
                }
                let (subject, record) = (&case.subjects[index], &mut run.subjects[index]);
                if record.failure.is_some() {
                    continue; // it would fail again, and take its time
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
    runs.retain(|run| {
        run.subjects
            .iter()
            .any(|it| it.failure.is_some() || !it.samples.is_empty())
    });
    runs
}

/// Each round begins with another subject, and every other one goes backwards: who is first, and who
/// comes after whom, changes.
fn order(subjects: usize, round: u32) -> Vec<usize> {
    let shift = (round as usize - 1) / 2;
    let mut order: Vec<usize> = (0..subjects).map(|at| (at + shift) % subjects).collect();
    if round.is_multiple_of(2) {
        order.reverse();
    }
    order
}

/// One sample, or the sentence why there is none.
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
    load.connect_timeout =
        CONNECT_TIMEOUT + CONNECT_TIMEOUT_PER_THOUSAND * (load.all_connections() / 1000) as u32;
    let id = server.id();
    let mut monitor = ServerMonitor::new(id, &server.url);
    let (give_up, mut stall_detector) = (AtomicBool::new(false), StallDetector::new());
    let outcome = load::run(&load, &give_up, &mut |progress| {
        monitor.observe(progress);
        on(CompareProgress::Load(progress));
        let stuck = case.must_hold_all() && stall_detector.is_stalled(progress);
        if stuck || cancel.load(Ordering::Relaxed) {
            give_up.store(true, Ordering::Relaxed);
        }
    });
    if let Some((open, of)) = stall_detector.over {
        return Err(format!("holds {open} of {of} clients"));
    }
    let outcome = match outcome {
        Ok(outcome) => outcome,
        // The reason may be that there is nobody to speak to any more.
        Err(_) if server.exit_status().is_some() => return Err(server.exit_reason()),
        Err(error) => return Err(error.to_string()),
    };
    if outcome.interrupted {
        return Ok(None);
    }
    let wanted = load.all_connections() as u64;
    let mut sample = outcome.sample;
    sample.server = monitor.cost(&sample);
    if sample.messages == 0 {
        return Err(match sample.error_kinds.first() {
            Some((kind, count)) => format!("no message was answered: {kind} ({count} times)"),
            None => "no message was answered".to_owned(),
        });
    }
    if monitor.open < wanted && case.must_hold_all() {
        return Err(format!("holds {} of {wanted} clients", monitor.open));
    }
    Ok(Some(sample))
}

/// Whether a server still lets clients in. One that holds a few of ten thousand would otherwise cost
/// their time-outs.
struct StallDetector {
    open: u64,
    since: Instant,
    /// How many were in, of how many, when it was over.
    over: Option<(u64, u64)>,
}

impl StallDetector {
    fn new() -> StallDetector {
        StallDetector {
            open: 0,
            since: clock::now(),
            over: None,
        }
    }

    fn is_stalled(&mut self, progress: Progress) -> bool {
        if let Progress::Connecting { open, of } = progress {
            if open != self.open {
                (self.open, self.since) = (open, clock::now());
            } else if clock::now() - self.since > NO_PROGRESS_TIMEOUT {
                self.over = Some((open, of));
            }
        }
        self.over.is_some()
    }
}

/// Looks at the server's counters at the borders of the measurement.
struct ServerMonitor {
    id: u32,
    address: Option<SocketAddr>,
    /// Before anybody came.
    empty: Option<u64>,
    /// With everybody connected.
    full: Option<u64>,
    open: u64,
    begin: ProcessSample,
    end: ProcessSample,
    queue: Option<u64>,
}

impl ServerMonitor {
    fn new(id: u32, url: &str) -> ServerMonitor {
        let address = url.split_once("://").map_or(url, |(_, rest)| rest);
        let address = address.split('/').next().unwrap_or_default();
        ServerMonitor {
            id,
            address: address
                .to_socket_addrs()
                .ok()
                .and_then(|mut all| all.next()),
            empty: ProcessSample::of(id).memory,
            full: None,
            open: 0,
            begin: ProcessSample::default(),
            end: ProcessSample::default(),
            queue: None,
        }
    }

    fn observe(&mut self, progress: Progress) {
        match progress {
            Progress::Connected { open } => {
                self.full = ProcessSample::of(self.id).memory;
                self.open = open;
            }
            Progress::MeasuringBegins => self.begin = ProcessSample::of(self.id),
            Progress::MeasuringEnds => self.end = ProcessSample::of(self.id),
            Progress::Connecting { .. } | Progress::Measuring { .. } => {
                let waiting = self.address.and_then(process::accept_queue);
                self.queue = self.queue.max(waiting);
            }
            Progress::WarmingUp => {}
        }
    }

    fn cost(&self, sample: &Sample) -> super::result::ServerCost {
        let elapsed = Duration::from_secs_f64(sample.elapsed_seconds);
        let each = |(full, empty): (u64, u64)| full.saturating_sub(empty) as f64 / self.open as f64;
        super::result::ServerCost {
            memory_bytes: self.full,
            memory_bytes_per_connection: self
                .full
                .zip(self.empty)
                .filter(|_| self.open > 0)
                .map(each),
            accept_queue: self.queue,
            ..self.end.cost_since(&self.begin, sample.messages, elapsed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_round_measures_everybody_and_every_other_one_backwards() {
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
                    "another one begins"
                );
                sorted.sort_unstable();
                assert_eq!(sorted, all);
            }
        }
    }
}
