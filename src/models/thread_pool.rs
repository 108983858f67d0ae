//! **Thread pool**: K workers and a bounded queue.
//!
//! How it works: an acceptor puts clients into a queue; K threads take them out and serve them. The
//! number of threads no longer follows the number of clients.
//!
//! Where it shines: short conversations. No thread is started per client, and the load on the machine is
//! bounded: beyond it clients wait or are rejected, instead of slowing everything down.
//!
//! **Where it breaks:** a client that stays keeps its worker, and a WebSocket is a client that stays.
//! K silent clients starve all others while the machine is idle. The choices (`--long-lived`):
//! - `hold`: do nothing. The worker keeps its client, and you can watch the starvation.
//! - `drop`: close a client that sends too little in a slice of time. That is right for requests and wrong
//!   for subscribers, who are silent by nature.
//! - `requeue`: after a slice the client goes to the back of the queue. All clients are served, each with
//!   the delay of up to one round. Workers now *poll* clients, which is the idea that leads to the event loop.
//!
//! There are also three ways to treat a new client that finds neither a free worker nor room in the queue
//! (`--when-full`): `wait` in the backlog, `reject` it with 503, or start a `thread` for it.
//!
//! Look at: `Pool::work`, and in it what happens after `serve` returns.

use super::support::connection_threads::ConnectionThreads;
use super::support::queue::Queue;
use super::support::serve::{self, Outcome, serve, serve_until};
use super::support::shared::Shared;
use super::support::stop_signal::TICK;
use super::support::threads;
use super::{Failed, Model};
use crate::clock;
use crate::connection::{Connection, Scratch};
use crate::protocol::CloseReason;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a worker does with a client that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongLived {
    /// Keep it until it disconnects.
    Hold,
    /// Close it if it sends too little in a slice.
    Drop,
    /// Put it back into the queue after a slice.
    Requeue,
}

/// What to do with a new client when every worker is busy and the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Stop accepting until there is room. Clients wait in the kernel's backlog.
    Wait,
    /// Reject it (503).
    Reject,
    /// Start a thread for it.
    Thread,
}

/// How the pool is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// The number of workers, K.
    pub workers: usize,
    /// The number of new clients that may wait for a worker.
    pub queue: usize,
    /// What a worker does with a client that stays.
    pub long_lived: LongLived,
    /// What to do with a new client when every worker is busy and the queue is full.
    pub when_full: WhenFull,
    /// How long a worker serves a client before it decides again.
    pub slice: Duration,
    /// With [`LongLived::Drop`], a client that sends less than this is closed.
    pub min_bytes_per_second: u64,
}

/// The model, see the [module](self).
pub struct ThreadPool {
    /// How the pool is set up.
    pub settings: PoolSettings,
    /// The maximum number of threads that [`WhenFull::Thread`] starts.
    pub max_threads: usize,
}

impl Model for ThreadPool {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        let pool = Pool {
            settings: &self.settings,
            shared,
            queue: Queue::new(self.settings.queue),
            busy: AtomicUsize::new(0),
        };
        for connection in live {
            pool.queue.put_back(connection);
        }
        let (pool_ref, extra) = (&pool, ConnectionThreads::new(self.max_threads, shared));
        let extra_ref = &extra;
        let result = threads::scope(|scope| {
            for number in 1..=self.settings.workers {
                threads::spawn_worker(scope, shared, number, || pool_ref.work())?;
            }
            threads::spawn_acceptors(scope, shared, |connection| {
                if let Some(connection) = pool_ref.enqueue(connection) {
                    extra_ref.start(scope, connection);
                }
            })
        });
        let mut live = extra.into_live();
        live.extend(pool.queue.into_rest());
        Failed::unless(result, live)
    }
}

struct Pool<'e> {
    settings: &'e PoolSettings,
    shared: &'e Shared,
    /// Clients without a worker.
    queue: Queue,
    /// The number of workers that serve a client, to log when a new client has to wait.
    busy: AtomicUsize,
}

impl Pool<'_> {
    /// A worker's loop.
    fn work(&self) {
        let mut scratch = serve::scratch(self.shared);
        while !self.shared.stop_signal.is_stopping() {
            let Some(mut connection) = self.queue.next(TICK) else {
                continue;
            };
            self.busy.fetch_add(1, Ordering::Relaxed);
            match self.serve(&mut connection, &mut scratch) {
                Outcome::Closed => {}
                Outcome::SliceExpired if self.settings.long_lived == LongLived::Drop => {
                    connection.reject(CloseReason::TooQuiet);
                }
                Outcome::Stopped | Outcome::SliceExpired => self.queue.put_back(connection),
            }
            self.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Serves one client as `--long-lived` says. `SliceExpired`: give it up, although it is still connected.
    fn serve(&self, connection: &mut Connection, scratch: &mut Scratch) -> Outcome {
        let slice = self.settings.slice;
        let serve_slice = |connection: &mut Connection, scratch: &mut Scratch| {
            serve_until(Some(clock::now() + slice), connection, self.shared, scratch)
        };
        match self.settings.long_lived {
            LongLived::Hold => serve(connection, self.shared, scratch),
            LongLived::Requeue => serve_slice(connection, scratch),
            LongLived::Drop => loop {
                let enough = self.settings.min_bytes_per_second as f64 * slice.as_secs_f64();
                let before = connection.received();
                let outcome = serve_slice(connection, scratch);
                let received = connection.received() - before;
                if outcome != Outcome::SliceExpired || (received as f64) < enough {
                    return outcome;
                }
            },
        }
    }

    /// Puts a new client into the queue. Returns it if it is to get a thread of its own.
    fn enqueue(&self, connection: Connection) -> Option<Connection> {
        self.log_if_full();
        let connection = self.offer(connection)?;
        match self.settings.when_full {
            // It is returned only because the model has to stop: the next model will have room.
            WhenFull::Wait => self.queue.put_back(connection),
            WhenFull::Reject => connection.reject(CloseReason::ServerFull),
            WhenFull::Thread => return Some(connection),
        }
        None
    }

    fn log_if_full(&self) {
        let workers = self.settings.workers;
        if self.busy.load(Ordering::Relaxed) >= workers {
            let consequence = match self.settings.when_full {
                WhenFull::Wait => "waits",
                WhenFull::Reject => "is rejected if none becomes free",
                WhenFull::Thread => "gets a thread of its own if none becomes free",
            };
            log::info!("each of the {workers} workers has a client; a new one {consequence}");
        }
    }

    /// Offers a new client to the queue. Returns it if there was no room.
    ///
    /// # Blocks
    /// With `wait` until there is room or the model has to stop. Otherwise for 10 ms, in which a worker that
    /// has just finished comes back to the queue.
    fn offer(&self, mut connection: Connection) -> Option<Connection> {
        const GRACE: Duration = Duration::from_millis(10);
        let waits = self.settings.when_full == WhenFull::Wait;
        let timeout = if waits { TICK } else { GRACE };
        loop {
            connection = self.queue.offer(connection, timeout)?;
            if !waits || self.shared.stop_signal.is_stopping() {
                return Some(connection);
            }
        }
    }
}
