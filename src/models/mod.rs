//! **Which thread waits**, and for how many clients at once. This layer knows threads, the event loop and
//! connections; it does not know what the messages mean.
//!
//! Read the models side by side, in historical order. Each file says how the model works, where it shines
//! and where it breaks:
//! [`sequential`] → [`thread_per_connection`] → [`thread_pool`] → [`round_robin`] → [`event_loop`] →
//! [`coroutines`] → [`multi_loop`]. What several of them need is in [`support`].
//!
//! # The contract of a model
//! - It adopts every live connection before its first wait: a connection may have work to do, or have missed
//!   notices.
//! - After every wait it checks deadlines, whether the wait brought something or not.
//! - It serves at most a bounded burst per client per turn ([`Next::Again`](crate::connection::Next)).
//! - It checks the stop signal every turn, or is woken by it.
//! - If a connection fails or panics, no other is affected.
//! - On stop it returns every live connection, in whatever state it is.
//!
//! A model never reads from a socket or writes to it. It calls a [`Connection`] and does what the result says.

pub mod coroutines;
pub mod event_loop;
pub mod multi_loop;
pub mod round_robin;
pub mod sequential;
pub mod support;
pub mod thread_per_connection;
pub mod thread_pool;

use crate::connection::Connection;
use std::io;
use std::sync::Arc;
pub use support::failed::Failed;
use support::shared::Shared;
use thread_pool::PoolSettings;

/// A concurrency model: which threads there are, and where they wait.
pub trait Model {
    /// Serves the clients in `live`, and those that it accepts, until `shared.stop_signal` says to stop.
    /// Returns the clients that are still connected.
    ///
    /// # Blocks
    /// Until told to stop.
    ///
    /// # Errors
    /// When the system refuses what the model needs (threads, a poller). The clients are in the error.
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed>;
}

/// The models by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// One thread per endpoint, one client at a time.
    Sequential,
    /// One thread per client.
    ThreadPerConnection,
    /// K workers on a bounded queue.
    ThreadPool,
    /// One thread polls every client in turn.
    RoundRobin,
    /// One thread for all clients, callbacks by readiness.
    EventLoop,
    /// One thread for all clients, one task per client.
    Coroutines,
    /// One event loop per core.
    MultiLoop,
}

/// A model's description, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its name on the command line.
    pub name: &'static str,
    /// A shorter name that the command line also accepts.
    pub alias: Option<&'static str>,
    /// Which thread waits.
    pub who_waits: &'static str,
    /// Where it shines.
    pub shines: &'static str,
    /// Where it breaks.
    pub breaks: &'static str,
}

/// The settings of all models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSettings {
    /// The maximum number of threads that serve one client each.
    pub max_threads: usize,
    /// The thread pool.
    pub pool: PoolSettings,
    /// The number of event loops of multi-loop.
    pub loops: usize,
}

impl ModelKind {
    /// In historical order.
    pub const ALL: [ModelKind; 7] = [
        ModelKind::Sequential,
        ModelKind::ThreadPerConnection,
        ModelKind::ThreadPool,
        ModelKind::RoundRobin,
        ModelKind::EventLoop,
        ModelKind::Coroutines,
        ModelKind::MultiLoop,
    ];

    /// The model with this name or alias.
    pub fn from_name(name: &str) -> Option<ModelKind> {
        ModelKind::ALL.into_iter().find(|kind| {
            let about = kind.about();
            about.name == name || about.alias == Some(name)
        })
    }

    /// Makes the model with its first poller, so that a missing poller is reported before clients are handed
    /// over.
    ///
    /// # Errors
    /// When the system has no poller available.
    pub fn build(self, settings: &ModelSettings) -> io::Result<Box<dyn Model>> {
        Ok(match self {
            ModelKind::Sequential => Box::new(sequential::Sequential),
            ModelKind::ThreadPerConnection => {
                let max_threads = settings.max_threads;
                Box::new(thread_per_connection::ThreadPerConnection { max_threads })
            }
            ModelKind::ThreadPool => Box::new(thread_pool::ThreadPool {
                settings: settings.pool.clone(),
                max_threads: settings.max_threads,
            }),
            ModelKind::RoundRobin => Box::new(round_robin::RoundRobin),
            ModelKind::EventLoop => Box::new(event_loop::EventLoopModel::new()?),
            ModelKind::Coroutines => Box::new(coroutines::Coroutines::new()?),
            ModelKind::MultiLoop => Box::new(multi_loop::MultiLoop::new(settings.loops)?),
        })
    }

    /// The row of `gearshift models`.
    pub fn about(self) -> About {
        match self {
            ModelKind::Sequential => About {
                name: "sequential",
                alias: None,
                who_waits: "one thread per endpoint, one client at a time",
                shines: "short conversations, quiet port; nothing shared",
                breaks: "the first client that stays blocks all others",
            },
            ModelKind::ThreadPerConnection => About {
                name: "thread-per-connection",
                alias: Some("threads"),
                who_waits: "one thread per client, asleep in read",
                shines: "plain code, blocking calls allowed, all cores",
                breaks: "thousands of silent clients: one thread for each",
            },
            ModelKind::ThreadPool => About {
                name: "thread-pool",
                alias: Some("pool"),
                who_waits: "K workers, each for the client it holds",
                shines: "many short conversations, bounded load",
                breaks: "K clients that stay starve the rest",
            },
            ModelKind::RoundRobin => About {
                name: "round-robin",
                alias: None,
                who_waits: "none: one thread polls every client in turn",
                shines: "needs no poller; cheap if all clients are busy",
                breaks: "one system call per silent client per round",
            },
            ModelKind::EventLoop => About {
                name: "event-loop",
                alias: None,
                who_waits: "one thread, for all clients at once",
                shines: "ten thousand mostly silent clients",
                breaks: "one slow handler stops every client; one core",
            },
            ModelKind::Coroutines => About {
                name: "coroutines",
                alias: None,
                who_waits: "one task per client, on one thread",
                shines: "mostly silent clients, in straight-line code",
                breaks: "one slow handler, or a forgotten .await",
            },
            ModelKind::MultiLoop => About {
                name: "multi-loop",
                alias: None,
                who_waits: "one thread per core, each with its own clients",
                shines: "all cores, no contended lock",
                breaks: "the busy clients happen to share a loop",
            },
        }
    }
}
