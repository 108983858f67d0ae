//! The load generator: what a server does for those who speak to it, measured from outside.
//!
//! A run has four parts, see [`Moment`]: everybody connects; everybody talks, not measured (warm-up);
//! everybody talks, measured; what was asked is still answered. Threads of the generator have an event
//! loop each and speak to one another only at the borders of these parts.
//!
//! - [`plan`](Plan): what a load is; `target`: whom it is for; `payload`: what is said, and what has to
//!   come back; `frames`: how that is spelt;
//! - `worker`: one thread; `dialing`: its connections; `talking`: what they say; `schedule`: when, in an
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

mod alarm;
pub mod command;
mod connection;
mod cpu;
mod dialing;
mod fan_out;
mod frames;
mod handshake;
mod payload;
mod phase;
mod plan;
pub mod progress;
mod schedule;
pub mod settings;
pub mod show;
mod talking;
mod tally;
mod target;
pub mod verdict;
mod wire;
mod worker;

pub use plan::{Check, Plan};
pub use target::Target;

use self::connection::Role;
use self::phase::{Phase, Shared, Told};
use self::tally::Tally;
use self::worker::{FAREWELL, Share, Worker};
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
pub enum Moment {
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
pub fn run(plan: &Plan, cancel: &AtomicBool, on: &mut dyn FnMut(Moment)) -> Result<Outcome, Error> {
    plan.preflight()?;
    let plan = Arc::new(plan.clone());
    let mut crew = Crew::start(&plan)?;
    let interrupted = |_: &Crew| cancel.load(Ordering::Relaxed);

    crew.until_settled(&plan, &interrupted, on)?;
    let open = crew.shared.sum(|counts| &counts.opened);
    on(Moment::Connected { open });
    let warm_up = Duration::from_secs_f64(plan.parameters.warm_up_seconds);
    if !warm_up.is_zero() {
        crew.begin(Phase::WarmingUp);
        on(Moment::WarmingUp);
        let end = clock::now() + warm_up;
        crew.wait(Some(end), |crew| interrupted(crew), &mut |_| {})?;
    }

    on(Moment::MeasuringBegins);
    let began = crew.begin(Phase::Measuring);
    let duration = plan.parameters.duration_seconds;
    let end = (duration > 0.0).then(|| began + Duration::from_secs_f64(duration));
    let over = |crew: &Crew| crew.finished.len() == crew.threads.len() || interrupted(crew);
    crew.wait(end, over, &mut |crew| {
        on(Moment::Measuring {
            elapsed: clock::now() - began,
            messages: crew.shared.sum(|counts| &counts.answered),
            errors: crew.shared.sum(|counts| &counts.faults),
        });
    })?;
    let ended = crew.begin(Phase::Draining);
    on(Moment::MeasuringEnds);
    // All has been said before the time was up: it was over when the last thread had nothing to do.
    let all_finished = crew.finished.len() == crew.threads.len();
    let ended = crew
        .finished
        .iter()
        .max()
        .filter(|_| all_finished)
        .copied()
        .unwrap_or(ended);

    let drain = clock::now() + DRAIN.min(plan.answer_timeout);
    let drained = |crew: &Crew| crew.drained == crew.threads.len();
    crew.wait(Some(drain), drained, &mut |_| {})?;
    let threads = crew.threads.len();
    let tally = crew.leave()?;
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
struct Crew {
    shared: Arc<Shared>,
    told: Receiver<Told>,
    threads: Vec<JoinHandle<()>>,
    notifiers: Vec<Notifier>,
    settled: usize,
    finished: Vec<Instant>,
    drained: usize,
    ended: Vec<Tally>,
}

impl Crew {
    fn start(plan: &Arc<Plan>) -> Result<Crew, Error> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let count = plan.threads(cores);
        let (to, told) = mpsc::channel();
        let mut crew = Crew {
            shared: Arc::new(Shared::new(count)),
            told,
            threads: Vec::new(),
            notifiers: Vec::new(),
            settled: 0,
            finished: Vec::new(),
            drained: 0,
            ended: Vec::new(),
        };
        for share in shares(plan, count) {
            let (plan, shared, to) = (Arc::clone(plan), Arc::clone(&crew.shared), to.clone());
            let name = format!("load {}", share.index + 1);
            let work = move || {
                let done = Worker::new(plan, shared, to.clone(), share).and_then(Worker::run);
                // Nobody listens when the caller has gone, and then nobody needs it.
                let _ = to.send(match done {
                    Ok(tally) => Told::Ended(Box::new(tally)),
                    Err(error) => Told::Broken(Error::failure(format!(
                        "the generator cannot go on: {error}"
                    ))),
                });
            };
            let thread = thread::Builder::new().name(name).spawn(work);
            crew.threads.push(
                thread
                    .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?,
            );
        }
        Ok(crew)
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
        over: impl Fn(&Crew) -> bool,
        tick: &mut dyn FnMut(&Crew),
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
            match self.told.recv_timeout(until.saturating_duration_since(now)) {
                Ok(told) => self.hear(told)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
        Ok(())
    }

    fn hear(&mut self, told: Told) -> Result<(), Error> {
        match told {
            Told::Started(notifier) => {
                notifier.notify(); // for what it could not hear before
                self.notifiers.push(notifier);
            }
            Told::Settled => self.settled += 1,
            Told::Finished(when) => self.finished.push(when),
            Told::Drained => self.drained += 1,
            Told::Ended(tally) => self.ended.push(*tally),
            Told::Broken(error) => return Err(error),
        }
        Ok(())
    }

    fn until_settled(
        &mut self,
        plan: &Plan,
        interrupted: &dyn Fn(&Crew) -> bool,
        on: &mut dyn FnMut(Moment),
    ) -> Result<(), Error> {
        let of = plan.all_connections() as u64;
        let settled = |crew: &Crew| crew.settled == crew.threads.len() || interrupted(crew);
        self.wait(None, settled, &mut |crew| {
            let open = crew.shared.sum(|counts| &counts.opened);
            on(Moment::Connecting { open, of });
        })?;
        if self.shared.sum(|counts| &counts.opened) > 0 || interrupted(self) {
            return Ok(());
        }
        let mut all = Tally::new(false);
        self.shared.begin(Phase::Leaving);
        self.end()?;
        self.ended.iter().for_each(|tally| all.add(tally));
        let most = all.faults.iter().max_by_key(|(_, count)| **count);
        let why = most.map_or(String::new(), |(fault, _)| format!(": {fault}"));
        let advice = match why.contains("refused") && !why.contains("handshake") {
            true => "; is the server running? (gearshift serve)",
            false => "",
        };
        Err(Error::failure(format!(
            "none of {of} connections to {} could be opened{why}{advice}",
            plan.target.url
        )))
    }

    /// Has all threads hang up, and adds up what they counted.
    fn leave(mut self) -> Result<Tally, Error> {
        self.end()?;
        let mut ended = std::mem::take(&mut self.ended).into_iter();
        let mut all = ended.next().unwrap_or_else(|| Tally::new(false));
        ended.for_each(|tally| all.add(&tally));
        Ok(all)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.begin(Phase::Leaving);
        let latest = clock::now() + FAREWELL + Duration::from_secs(5);
        let all = self.threads.len();
        self.wait(Some(latest), |crew| crew.ended.len() == all, &mut |_| {})
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.begin(Phase::Leaving);
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
    let talks = match of.fan_out {
        true => Role::Subscribes,
        false => Role::Talks,
    };
    let roles = [
        (Role::Idle, of.idle),
        (Role::SlowReader, of.slow_readers),
        (talks, of.connections),
        (Role::Publishes, usize::from(of.fan_out)),
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
        errors: tally.faults(),
        error_kinds: {
            let mut kinds: Vec<(String, u64)> = tally
                .faults
                .iter()
                .map(|(fault, count)| (fault.to_string(), *count))
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
    let seen = verdict::Seen {
        without_core: tally.without_core.map(share),
        slow_readers_dropped: tally.slow_readers_dropped,
    };
    Outcome {
        notes: verdict::notes(plan, &sample, &seen),
        sample,
        interrupted: false,
    }
}
