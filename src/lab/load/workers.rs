//! The threads of the generator, as the caller's thread sees them.

use super::Progress;
use super::connection::Role;
use super::phase::{Phase, Shared, WorkerEvent};
use super::plan::Plan;
use super::tally::Tally;
use super::worker::{CLOSE_TIMEOUT, Share, Worker};
use crate::aio::Notifier;
use crate::clock;
use crate::error::Error;
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often progress is reported, and cancelling checked.
const TICK: Duration = Duration::from_millis(50);

/// All threads. When it is dropped, they close their connections, and it waits for them.
pub(super) struct Workers {
    shared: Arc<Shared>,
    events: Receiver<WorkerEvent>,
    threads: Vec<JoinHandle<()>>,
    notifiers: Vec<Notifier>,
    settled: usize,
    /// When each thread had nothing more to send or receive.
    pub(super) finished: Vec<Instant>,
    drained: usize,
    tallies: Vec<Tally>,
}

impl Workers {
    pub(super) fn start(plan: &Arc<Plan>) -> Result<Workers, Error> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let count = plan.threads(cores);
        let (sender, events) = unbounded();
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
            let (plan, shared) = (Arc::clone(plan), Arc::clone(&workers.shared));
            let (name, sender) = (format!("load {}", share.index + 1), sender.clone());
            let work = move || {
                let done = Worker::new(plan, shared, sender.clone(), share).and_then(Worker::run);
                // The receiver is gone only if the caller has given up.
                let _ = sender.send(match done {
                    Ok(tally) => WorkerEvent::Ended(Box::new(tally)),
                    Err(error) => WorkerEvent::Broken(Error::failure(format!(
                        "the generator cannot go on: {error}"
                    ))),
                });
            };
            let thread = thread::Builder::new().name(name).spawn(work);
            let thread = thread
                .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    pub(super) fn threads(&self) -> usize {
        self.threads.len()
    }

    pub(super) fn opened(&self) -> u64 {
        self.shared.sum(|counts| &counts.opened)
    }

    pub(super) fn replies_and_errors(&self) -> (u64, u64) {
        let replies = self.shared.sum(|counts| &counts.replies);
        (replies, self.shared.sum(|counts| &counts.errors))
    }

    pub(super) fn all_finished(&self) -> bool {
        self.finished.len() == self.threads.len()
    }

    pub(super) fn all_drained(&self) -> bool {
        self.drained == self.threads.len()
    }

    pub(super) fn begin(&self, phase: Phase) -> Instant {
        let now = self.shared.begin(phase);
        self.notifiers.iter().for_each(Notifier::notify);
        now
    }

    /// Receives events until `end`, or until `over`.
    pub(super) fn wait(
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
            let event = self.events.recv_deadline(until);
            match event {
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
                notifier.notify(); // the phase may have changed before
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

    /// Waits until each connection is open or has failed.
    ///
    /// # Errors
    /// All have failed.
    pub(super) fn wait_until_settled(
        &mut self,
        plan: &Plan,
        interrupted: &dyn Fn(&Workers) -> bool,
        on: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let of = plan.all_connections() as u64;
        let settled =
            |workers: &Workers| workers.settled == workers.threads.len() || interrupted(workers);
        self.wait(None, settled, &mut |workers| {
            let open = workers.opened();
            on(Progress::Connecting { open, of });
        })?;
        if self.opened() > 0 || interrupted(self) {
            return Ok(());
        }
        self.stop()?;
        let all = self.tallies.drain(..).reduce(Tally::merge);
        let kinds = all.map(|all| all.error_kinds()).unwrap_or_default();
        let reason = kinds
            .first()
            .map_or(String::new(), |(kind, _)| format!(": {kind}"));
        let is_refused = reason.contains("refused") && !reason.contains("handshake");
        let advice = if is_refused {
            "; is the server running? (gearshift serve)"
        } else {
            ""
        };
        Err(Error::failure(format!(
            "none of {of} connections to {} could be opened{reason}{advice}",
            plan.target.url
        )))
    }

    /// Closes all connections, and adds up what the threads counted.
    pub(super) fn finish(mut self) -> Result<Tally, Error> {
        self.stop()?;
        let all = self.tallies.drain(..).reduce(Tally::merge);
        Ok(all.unwrap_or_else(|| Tally::new(false)))
    }

    fn stop(&mut self) -> Result<(), Error> {
        self.begin(Phase::Closing);
        let latest = clock::now() + CLOSE_TIMEOUT + Duration::from_secs(5);
        let all = self.threads.len();
        let ended = |workers: &Workers| workers.tallies.len() == all;
        self.wait(Some(latest), ended, &mut |_| {})
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.begin(Phase::Closing);
        for thread in self.threads.drain(..) {
            // A thread that panicked is in the log.
            let _ = thread.join();
        }
    }
}

/// Deals connections to threads in turn, so that each thread has the same number.
fn shares(plan: &Plan, threads: usize) -> Vec<Share> {
    let of = &plan.parameters;
    let mut shares: Vec<Share> = (0..threads)
        .map(|index| Share {
            index,
            roles: Vec::new(),
            messages: plan.messages.map(|all| {
                let (each, rest) = (all / threads as u64, all % threads as u64);
                each + u64::from((index as u64) < rest)
            }),
        })
        .collect();
    let clients = if of.fan_out {
        Role::Subscriber
    } else {
        Role::Active
    };
    let roles = [
        (Role::Idle, of.idle),
        (Role::SlowReader, of.slow_readers),
        (clients, of.connections),
        (Role::Publisher, usize::from(of.fan_out)),
    ];
    for (role, count) in roles {
        for number in 0..count {
            shares[number % threads].roles.push((role, number as u64));
        }
    }
    shares
}
