//! The load generator: what a server does for those who speak to it, measured from outside.
//!
//! A run has four parts, see [`Progress`]: everybody connects; everybody talks, not measured (warm-up);
//! everybody talks, measured; what was asked is still answered. Threads of the generator have an event
//! loop each and speak to one another only at the borders of these parts.
//!
//! - [`plan`](Plan): what a load is; `target`: whom it is for; `payload`: what is said, and what has to
//!   come back; `frames`: how that is spelt;
//! - `worker`: one thread; `connecting`: its connections; `traffic`: what they say; `schedule`: when, in an
//!   open loop;
//! - `tally`: what was counted; [`verdict`]: what it means; [`show`]: for a terminal.
//!
//! **Closed loop or open loop?** Without a rate each client waits for its answer before it asks again:
//! that finds out how much a server can do. With a rate messages leave on a schedule: that finds out how
//! long users wait. Latencies of the first say nothing of the second, because a server that stalls is
//! asked less by clients that wait.
//!
//! **Where it breaks:** the generator needs a core, too. On the server's machine it takes it from the
//! server; see [`verdict`] for what it says then.

pub mod command;
mod connection;
mod cpu;
mod fan_out;
mod frames;
mod handshake;
mod lifecycle;
mod messaging;
pub mod notes;
mod payload;
mod phase;
mod plan;
mod schedule;
mod socket;
mod tally;
mod target;
pub mod terminal;
mod timer;
mod worker;

pub use plan::{Check, Plan};
pub use target::Target;

use self::connection::Role;
use self::phase::{Phase, Shared, WorkerEvent};
use self::tally::Tally;
use self::worker::{CLOSE_TIMEOUT, Share, Worker};
use crate::aio::Notifier;
use crate::clock;
use crate::error::Error;
use crate::lab::result::{Generator, Sample};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often progress is told, and a wish to end looked at.
const TICK: Duration = Duration::from_millis(50);

/// After the measurement, for answers that are still to come. Messages that are not answered then are
/// errors.
const DRAIN: Duration = Duration::from_secs(2);

/// Borders and progress of a run, told on the caller's thread as they come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// So many connections are open, of so many.
    Connecting {
        /// Are open.
        open: u64,
        /// Shall be.
        of: u64,
    },
    /// Each connection is open or has failed, and nobody talks: the time to look at the server's memory.
    /// Nothing happens until the callback returns.
    Connected {
        /// Are open.
        open: u64,
    },
    /// Everybody talks, and nothing counts yet.
    WarmingUp,
    /// From now on it counts: the time to look at the server's processor time. Look fast.
    MeasuringBegins,
    /// So it goes, several times a second.
    Measuring {
        /// Since measuring began.
        elapsed: Duration,
        /// Answers so far.
        messages: u64,
        /// Errors so far.
        errors: u64,
    },
    /// Nothing counts any more: the time to look at the server's processor time again.
    MeasuringEnds,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Complete but for its round and what it cost the server.
    pub sample: Sample,
    /// It was ended before its end.
    pub interrupted: bool,
    /// Whole sentences on what the figures are worth, see [`verdict`].
    pub notes: Vec<String>,
}

/// Carries out `plan` and tells `on` how it goes. When `cancel` becomes true it ends soon, with what
/// there is.
///
/// # Blocks
/// For the time-outs of connecting, the ramp-up, the warm-up, the measurement, two seconds for what is
/// under way then and one for goodbyes, at most: a server that does not answer does not change that.
/// With a number of messages instead of a duration, until they are answered or given up.
///
/// # Errors
/// Failure: this machine's limits are too low; none of the connections that are to talk could be
/// opened.
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
    let open = workers.shared.sum(|counts| &counts.opened);
    on(Progress::Connected { open });
    let warm_up = Duration::from_secs_f64(plan.parameters.warm_up_seconds);
    if !warm_up.is_zero() {
        workers.begin(Phase::WarmingUp);
        on(Progress::WarmingUp);
        let end = clock::now() + warm_up;
        workers.wait(Some(end), |workers| interrupted(workers), &mut |_| {})?;
    }

    on(Progress::MeasuringBegins);
    let began = workers.begin(Phase::Measuring);
    let duration = plan.parameters.duration_seconds;
    let end = (duration > 0.0).then(|| began + Duration::from_secs_f64(duration));
    let over =
        |workers: &Workers| workers.finished.len() == workers.threads.len() || interrupted(workers);
    workers.wait(end, over, &mut |workers| {
        on(Progress::Measuring {
            elapsed: clock::now() - began,
            messages: workers.shared.sum(|counts| &counts.replies),
            errors: workers.shared.sum(|counts| &counts.errors),
        });
    })?;
    let ended = workers.begin(Phase::Draining);
    on(Progress::MeasuringEnds);
    // All has been said before the time was up: it was over when the last thread had nothing to do.
    let all_finished = workers.finished.len() == workers.threads.len();
    let ended = workers
        .finished
        .iter()
        .max()
        .filter(|_| all_finished)
        .copied()
        .unwrap_or(ended);

    let drain = clock::now() + DRAIN.min(plan.reply_timeout);
    let drained = |workers: &Workers| workers.drained == workers.threads.len();
    workers.wait(Some(drain), drained, &mut |_| {})?;
    let threads = workers.threads.len();
    let tally = workers.finish()?;
    let outcome = outcome(
        &plan,
        &tally,
        threads,
        ended.saturating_duration_since(began),
    );
    Ok(Outcome {
        interrupted: cancel.load(Ordering::Relaxed),
        ..outcome
    })
}

/// The threads, from the caller's side. Dropped, it has them leave and waits for them.
struct Workers {
    shared: Arc<Shared>,
    events: Receiver<WorkerEvent>,
    threads: Vec<JoinHandle<()>>,
    notifiers: Vec<Notifier>,
    settled: usize,
    finished: Vec<Instant>,
    drained: usize,
    tallies: Vec<Tally>,
}

impl Workers {
    fn start(plan: &Arc<Plan>) -> Result<Workers, Error> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let count = plan.threads(cores);
        let (to, events) = mpsc::channel();
        let mut workers = Workers {
            shared: Arc::new(Shared::new(count)),
            events,
            threads: Vec::new(),
            notifiers: Vec::new(),
            settled: 0,
            finished: Vec::new(),
            drained: 0,
            tallies: Vec::new(),
        };
        for share in shares(plan, count) {
            let (plan, shared, to) = (Arc::clone(plan), Arc::clone(&workers.shared), to.clone());
            let name = format!("load {}", share.index + 1);
            let work = move || {
                let done = Worker::new(plan, shared, to.clone(), share).and_then(Worker::run);
                // Nobody listens when the caller has gone, and then nobody needs it.
                let _ = to.send(match done {
                    Ok(tally) => WorkerEvent::Ended(Box::new(tally)),
                    Err(error) => WorkerEvent::Broken(Error::failure(format!(
                        "the generator cannot go on: {error}"
                    ))),
                });
            };
            let thread = thread::Builder::new().name(name).spawn(work);
            workers.threads.push(
                thread
                    .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?,
            );
        }
        Ok(workers)
    }

    fn begin(&self, phase: Phase) -> Instant {
        let now = self.shared.begin(phase);
        self.notifiers.iter().for_each(Notifier::notify);
        now
    }

    /// Listens until `end`, or until `over`.
    fn wait(
        &mut self,
        end: Option<Instant>,
        over: impl Fn(&Workers) -> bool,
        tick: &mut dyn FnMut(&Workers),
    ) -> Result<(), Error> {
        let mut next = clock::now();
        while !over(self) {
            let now = clock::now();
            if end.is_some_and(|end| now >= end) {
                return Ok(());
            }
            if now >= next {
                tick(self);
                next = now + TICK;
            }
            let until = end.map_or(next, |end| end.min(next));
            match self
                .events
                .recv_timeout(until.saturating_duration_since(now))
            {
                Ok(event) => self.on_event(event)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        Ok(())
    }

    fn on_event(&mut self, event: WorkerEvent) -> Result<(), Error> {
        match event {
            WorkerEvent::Started(notifier) => {
                notifier.notify(); // for what it could not hear before
                self.notifiers.push(notifier);
            }
            WorkerEvent::Settled => self.settled += 1,
            WorkerEvent::Finished(when) => self.finished.push(when),
            WorkerEvent::Drained => self.drained += 1,
            WorkerEvent::Ended(tally) => self.tallies.push(*tally),
            WorkerEvent::Broken(error) => return Err(error),
        }
        Ok(())
    }

    fn wait_until_settled(
        &mut self,
        plan: &Plan,
        interrupted: &dyn Fn(&Workers) -> bool,
        on: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let of = plan.all_connections() as u64;
        let settled =
            |workers: &Workers| workers.settled == workers.threads.len() || interrupted(workers);
        self.wait(None, settled, &mut |workers| {
            let open = workers.shared.sum(|counts| &counts.opened);
            on(Progress::Connecting { open, of });
        })?;
        if self.shared.sum(|counts| &counts.opened) > 0 || interrupted(self) {
            return Ok(());
        }
        let mut all = Tally::new(false);
        self.shared.begin(Phase::Closing);
        self.stop()?;
        self.tallies.iter().for_each(|tally| all.add(tally));
        let most = all.errors.iter().max_by_key(|(_, count)| **count);
        let why = most.map_or(String::new(), |(error, _)| format!(": {error}"));
        let advice = if why.contains("refused") && !why.contains("handshake") {
            "; is the server running? (gearshift serve)"
        } else {
            ""
        };
        Err(Error::failure(format!(
            "none of {of} connections to {} could be opened{why}{advice}",
            plan.target.url
        )))
    }

    /// Has all threads hang up, and adds up what they counted.
    fn finish(mut self) -> Result<Tally, Error> {
        self.stop()?;
        let mut tallies = std::mem::take(&mut self.tallies).into_iter();
        let mut all = tallies.next().unwrap_or_else(|| Tally::new(false));
        tallies.for_each(|tally| all.add(&tally));
        Ok(all)
    }

    fn stop(&mut self) -> Result<(), Error> {
        self.begin(Phase::Closing);
        let latest = clock::now() + CLOSE_TIMEOUT + Duration::from_secs(5);
        let all = self.threads.len();
        self.wait(
            Some(latest),
            |workers| workers.tallies.len() == all,
            &mut |_| {},
        )
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.begin(Phase::Closing);
        for thread in self.threads.drain(..) {
            // One that panicked has said so in the log.
            let _ = thread.join();
        }
    }
}

/// Connections in turn, so that each thread has the same.
fn shares(plan: &Plan, threads: usize) -> Vec<Share> {
    let of = &plan.parameters;
    let mut shares: Vec<Share> = (0..threads)
        .map(|index| Share {
            index,
            roles: Vec::new(),
            messages: plan.messages.map(|all| {
                let (all_have, rest) = (all / threads as u64, all % threads as u64);
                all_have + u64::from((index as u64) < rest)
            }),
        })
        .collect();
    let talks = if of.fan_out {
        Role::Subscriber
    } else {
        Role::Active
    };
    let roles = [
        (Role::Idle, of.idle),
        (Role::SlowReader, of.slow_readers),
        (talks, of.connections),
        (Role::Publisher, usize::from(of.fan_out)),
    ];
    for (role, count) in roles {
        for number in 0..count {
            shares[number % threads].roles.push((role, number as u64));
        }
    }
    shares
}

fn outcome(plan: &Plan, tally: &Tally, threads: usize, elapsed: Duration) -> Outcome {
    let elapsed_seconds = elapsed.as_secs_f64();
    let open_loop = plan.parameters.rate_per_second.is_some();
    let share = |time: Duration| time.as_secs_f64() / (elapsed_seconds * threads as f64);
    let mut per_second = tally.per_second.clone();
    per_second.resize(elapsed_seconds as usize, 0);
    let sample = Sample {
        round: 1,
        elapsed_seconds,
        messages: tally.messages,
        connected: tally.connected,
        errors: tally.errors(),
        error_kinds: {
            let mut kinds: Vec<(String, u64)> = tally
                .errors
                .iter()
                .map(|(error, count)| (error.to_string(), *count))
                .collect();
            kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            kinds
        },
        latency: tally.latency(),
        latency_from_send: tally.latency_from_send(),
        generator: Generator {
            threads,
            busy_share: (elapsed_seconds > 0.0).then(|| share(tally.cpu)),
            achieved_rate_per_second: open_loop.then(|| tally.sent as f64 / elapsed_seconds),
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
    Outcome {
        notes: notes::notes(plan, &sample, &observed),
        sample,
        interrupted: false,
    }
}
