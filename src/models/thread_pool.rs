//! **Thread pool**: K workers and a bounded queue.
//!
//! How it works: an acceptor puts clients into a queue, K threads take them out and serve them. The
//! number of threads no longer follows the number of clients.
//!
//! Where it shines: short conversations. No thread is started a client, and the load on the machine has
//! a bound: beyond it clients wait or are told to go away, instead of everybody becoming slow.
//!
//! **Where it breaks:** a client that stays keeps its worker, and a WebSocket is a client that stays.
//! K silent ones starve everybody else while the machine idles. What can be done (`--long-lived`):
//! - `hold`: nothing. The worker keeps its client; see it happen.
//! - `drop`: a client that says too little in a slice of time is closed. Right for requests, wrong for
//!   subscribers, who are silent by nature.
//! - `requeue`: after a slice the client goes to the back of the queue. Everybody is served, each with
//!   the delay of a round; workers now *poll* clients, which is the thought that leads to the event
//!   loop.
//!
//! And three answers to a newcomer that finds no free worker and no place in the queue
//! (`--when-full`): `wait` in the backlog, `reject` with 503, or a `thread` of its own.
//!
//! Look at: `Pool::work`, and in it what happens after `serve` returns.

use super::Model;
use super::blocking::{self, Served, TICK};
use super::connection::{Connection, Scratch};
use super::crew::Crew;
use super::queue::Queue;
use super::shared::Shared;
use crate::clock;
use crate::protocol::CloseReason;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Scope;
use std::time::Duration;

/// What a worker does with a client that stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongLived {
    /// Keep it to its end.
    Hold,
    /// Close it when it is silent or slow.
    Drop,
    /// Put it back into the queue after a slice.
    Requeue,
}

/// What happens to a client for whom there is neither a worker nor a place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits in the kernel's backlog.
    Wait,
    /// It is told to try again later (503).
    Reject,
    /// It gets a thread of its own.
    Thread,
}

/// How the pool is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolSettings {
    /// K.
    pub workers: usize,
    /// Newcomers that may wait for a worker.
    pub queue: usize,
    /// See [`LongLived`].
    pub long_lived: LongLived,
    /// See [`WhenFull`].
    pub when_full: WhenFull,
    /// How long a worker stays with a client before it thinks again.
    pub slice: Duration,
    /// What a client has to say a second not to be dropped.
    pub min_bytes_per_second: u64,
}

/// See the module.
pub struct ThreadPool {
    /// How the pool is set up.
    pub settings: PoolSettings,
    /// The most threads that [`WhenFull::Thread`] starts.
    pub max_threads: usize,
}

impl Model for ThreadPool {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        let pool = Pool::new(&self.settings, shared);
        for connection in live {
            pool.queue.put_back(connection);
        }
        let (pool_ref, crew) = (&pool, Crew::new(self.max_threads, shared));
        let crew_ref = &crew;
        blocking::scope(|scope| -> io::Result<()> {
            for number in 1..=self.settings.workers {
                blocking::spawn_worker(scope, shared, number, || pool_ref.work())?;
            }
            for (endpoint, door) in shared.endpoints.iter().enumerate() {
                let accept = move || pool_ref.accept(endpoint, scope, crew_ref);
                let name = format!("accept {}", door.name);
                blocking::spawn_essential(scope, shared, &name, accept)?;
            }
            Ok(())
        })?;
        let mut live = crew.handed_back();
        live.extend(pool.queue.into_rest());
        Ok(live)
    }
}

struct Pool<'e> {
    settings: &'e PoolSettings,
    shared: &'e Shared,
    /// Clients without a worker.
    queue: Queue,
    /// Workers with a client in hand, to say so when a newcomer has to wait.
    busy: AtomicUsize,
}

impl<'e> Pool<'e> {
    fn new(settings: &'e PoolSettings, shared: &'e Shared) -> Pool<'e> {
        Pool {
            settings,
            shared,
            queue: Queue::new(settings.queue),
            busy: AtomicUsize::new(0),
        }
    }

    /// A worker's life.
    fn work(&self) {
        let mut scratch = blocking::scratch();
        while !self.shared.control.leaving() {
            let Some(mut connection) = self.queue.next(TICK) else {
                continue;
            };
            self.busy.fetch_add(1, Ordering::Relaxed);
            match self.serve(&mut connection, &mut scratch) {
                Served::ToTheEnd => {}
                Served::UntilLeaving => self.queue.put_back(connection),
                Served::ForASlice if self.settings.long_lived == LongLived::Drop => {
                    connection.dismiss(CloseReason::TooQuiet);
                }
                Served::ForASlice => self.queue.put_back(connection),
            }
            self.busy.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// `ForASlice`: this worker is done with the client, which is still there.
    fn serve(&self, connection: &mut Connection, scratch: &mut Scratch) -> Served {
        let slice = self.settings.slice;
        let serve_until = |connection: &mut Connection, scratch: &mut Scratch, until| {
            blocking::serve(connection, self.shared, scratch, until)
        };
        match self.settings.long_lived {
            LongLived::Hold => serve_until(connection, scratch, None),
            LongLived::Requeue => serve_until(connection, scratch, Some(clock::now() + slice)),
            LongLived::Drop => loop {
                let enough = self.settings.min_bytes_per_second as f64 * slice.as_secs_f64();
                let before = connection.received();
                let served = serve_until(connection, scratch, Some(clock::now() + slice));
                let said = connection.received() - before;
                if served != Served::ForASlice || (said as f64) < enough {
                    return served;
                }
            },
        }
    }

    /// An acceptor's life.
    fn accept<'scope>(
        &self,
        endpoint: usize,
        scope: &'scope Scope<'scope, '_>,
        crew: &'scope Crew<'_>,
    ) {
        blocking::accept_loop(endpoint, self.shared, |connection| {
            self.say_if_full();
            match (self.offer(connection), self.settings.when_full) {
                (None, _) => {}
                // The workers left while it waited: the next model will have room.
                (Some(connection), _) if self.shared.control.leaving() => {
                    self.queue.put_back(connection);
                }
                (Some(connection), WhenFull::Reject) => connection.dismiss(CloseReason::ServerFull),
                (Some(connection), WhenFull::Thread) => crew.serve_on_new_thread(scope, connection),
                (Some(connection), WhenFull::Wait) => self.queue.put_back(connection),
            }
        });
    }

    fn say_if_full(&self) {
        let workers = self.settings.workers;
        if self.busy.load(Ordering::Relaxed) >= workers {
            let fate = match self.settings.when_full {
                WhenFull::Wait => "waits",
                WhenFull::Reject => "is turned away if none comes free",
                WhenFull::Thread => "gets a thread of its own if none comes free",
            };
            log::info!("each of the {workers} workers has a client; a new one {fate}");
        }
    }

    /// Gives a newcomer to the pool, or back if there is no room.
    ///
    /// # Blocks
    /// With `wait` until there is room or the model has to leave; else for the moment in which a
    /// worker that has just become free comes back to the queue.
    fn offer(&self, mut connection: Connection) -> Option<Connection> {
        const MOMENT: Duration = Duration::from_millis(10);
        let patience = if self.settings.when_full == WhenFull::Wait {
            TICK
        } else {
            MOMENT
        };
        loop {
            connection = self.queue.offer(connection, patience)?;
            if self.settings.when_full != WhenFull::Wait || self.shared.control.leaving() {
                return Some(connection);
            }
        }
    }
}
