//! The load generator: what a server does for its clients, measured from outside.
//!
//! A run has four phases, see [`Progress`]: all clients connect; they send messages that are not measured
//! (warm-up); they send messages that are measured; the last replies arrive. Each thread of the generator
//! has its own event loop, and threads communicate only between these phases.
//!
//! - [`plan`](Plan): a load; `target`: its server; `payload`: messages, and the replies they should get;
//!   `frames`: how they are encoded;
//! - `worker`: one thread; `lifecycle`: its connections; `messaging`: sending and receiving; `schedule`: when
//!   messages are due in an open loop;
//! - `tally`: counts; `notes`: how reliable they are; `terminal`: the report.
//!
//! **Closed loop or open loop?** Without a rate, each client waits for its reply before it sends again. This
//! measures how much a server can do. With a rate, messages leave on a schedule. This measures how long users
//! wait. The latencies of a closed loop do not show that, because clients that wait send less to a server
//! that stalls.
//!
//! **Where it breaks:** the generator needs a core, too. On the server's machine it takes CPU time from the
//! server; `notes` says when it does.

pub mod command;
mod connection;
mod cpu;
mod fan_out;
mod frames;
mod handshake;
mod lifecycle;
mod messaging;
mod notes;
mod payload;
mod phase;
mod plan;
mod schedule;
mod socket;
mod tally;
mod target;
mod terminal;
mod timer;
mod worker;
mod workers;

pub use plan::{Check, Plan};
pub use target::Target;

use self::phase::Phase;
use self::tally::Tally;
use self::workers::Workers;
use crate::clock;
use crate::error::Error;
use crate::lab::result::{Generator, Sample};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long to wait for replies after the measurement. Messages without a reply are then errors.
const DRAIN: Duration = Duration::from_secs(2);

/// The progress of a run, passed to a callback on the caller's thread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// Clients are connecting.
    Connecting {
        /// Connections that are open.
        open: u64,
        /// Connections that should be.
        of: u64,
    },
    /// Each connection is open or has failed, and no messages are sent until the callback returns. This is
    /// the time to read the memory of the server.
    Connected {
        /// Connections that are open.
        open: u64,
    },
    /// Messages are sent that are not measured.
    WarmingUp,
    /// Messages are measured from now on. This is the time to read the CPU time of the server, fast.
    MeasuringBegins,
    /// Messages are measured; several times per second.
    Measuring {
        /// Since measuring began.
        elapsed: Duration,
        /// Replies so far.
        messages: u64,
        /// Errors so far.
        errors: u64,
    },
    /// No more messages are measured. This is the time to read the CPU time of the server again.
    MeasuringEnds,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Complete except for its round and the cost for the server.
    pub sample: Sample,
    /// It was cancelled before its end.
    pub interrupted: bool,
    /// Sentences about what the results are worth.
    pub notes: Vec<String>,
}

/// Runs `plan` and reports its progress to `on`. When `cancel` becomes true, it ends soon with the results so
/// far.
///
/// # Blocks
/// At most for the time-outs of connecting, the ramp-up, the warm-up, the measurement, two seconds for the
/// last replies and one for closing, even if the server does not reply. With a number of messages instead of
/// a duration, until each has a reply or has timed out.
///
/// # Errors
/// Failure: the limits of this machine are too low, or no connection could be opened.
pub fn run(
    plan: &Plan,
    cancel: &AtomicBool,
    on: &mut dyn FnMut(Progress),
) -> Result<Outcome, Error> {
    plan.preflight()?;
    let plan = Arc::new(plan.clone());
    let mut workers = Workers::start(&plan)?;
    let interrupted = |_: &Workers| cancel.load(Ordering::Relaxed);

    workers.wait_until_settled(&plan, &interrupted, on)?;
    let open = workers.opened();
    on(Progress::Connected { open });
    let warm_up = Duration::from_secs_f64(plan.parameters.warm_up_seconds);
    if !warm_up.is_zero() {
        workers.begin(Phase::WarmingUp);
        on(Progress::WarmingUp);
        let end = clock::now() + warm_up;
        workers.wait(Some(end), interrupted, &mut |_| {})?;
    }

    on(Progress::MeasuringBegins);
    let began = workers.begin(Phase::Measuring);
    let duration = plan.parameters.duration_seconds;
    let end = (duration > 0.0).then(|| began + Duration::from_secs_f64(duration));
    let over = |workers: &Workers| workers.all_finished() || interrupted(workers);
    workers.wait(end, over, &mut |workers| {
        let (messages, errors) = workers.replies_and_errors();
        on(Progress::Measuring {
            elapsed: clock::now() - began,
            messages,
            errors,
        });
    })?;
    let ended = workers.begin(Phase::Draining);
    on(Progress::MeasuringEnds);
    // If all messages were sent before the time was up, it ended with the last reply.
    let last = workers.finished.iter().max().copied();
    let ended = last.filter(|_| workers.all_finished()).unwrap_or(ended);

    let drain = clock::now() + DRAIN.min(plan.reply_timeout);
    workers.wait(Some(drain), Workers::all_drained, &mut |_| {})?;
    let threads = workers.threads();
    let tally = workers.finish()?;
    let elapsed = ended.saturating_duration_since(began);
    let (sample, notes) = results(&plan, &tally, threads, elapsed);
    Ok(Outcome {
        sample,
        interrupted: cancel.load(Ordering::Relaxed),
        notes,
    })
}

fn results(plan: &Plan, tally: &Tally, threads: usize, elapsed: Duration) -> (Sample, Vec<String>) {
    let elapsed_seconds = elapsed.as_secs_f64();
    let is_open_loop = plan.parameters.rate_per_second.is_some();
    let share = |time: Duration| time.as_secs_f64() / (elapsed_seconds * threads as f64);
    let mut per_second = tally.per_second.clone();
    per_second.resize(elapsed_seconds as usize, 0);
    let sample = Sample {
        round: 1,
        elapsed_seconds,
        messages: tally.messages,
        connected: tally.connected,
        errors: tally.errors(),
        error_kinds: tally.error_kinds(),
        latency: tally.latency(),
        latency_from_send: tally.latency_from_send(),
        generator: Generator {
            threads,
            busy_share: (elapsed_seconds > 0.0).then(|| share(tally.cpu)),
            achieved_rate_per_second: is_open_loop.then(|| tally.sent as f64 / elapsed_seconds),
            late_sends: tally.late_sends,
            worst_lateness_us: tally.worst_lateness.as_secs_f64() * 1e6,
        },
        per_second,
        ..Sample::default()
    };
    let observed = notes::Observed {
        runqueue_wait: tally.runqueue_wait.map(share),
        slow_readers_dropped: tally.slow_readers_dropped,
    };
    let notes = notes::notes(plan, &sample, &observed);
    (sample, notes)
}
