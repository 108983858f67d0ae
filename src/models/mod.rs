//! **Who waits**, and for how many clients at once. The only layer that knows sockets, threads and
//! the event loop; it does not know what the messages mean.
//!
//! # The contract of a model
//! - A connection that is taken over is looked at before the first wait: it may have something to do,
//!   or have missed notices.
//! - After a wait, deadlines are looked at, whether the wait brought something or not.
//! - One client gets at most a bounded burst a turn ([`Next::Again`](connection::Next)).
//! - The order to leave is looked at every turn, or reaches the sleeper by a bell.
//! - A connection that fails or panics ends alone.
//! - When leaving, every live connection is returned, in whatever state it is.
//!
//! Read the models side by side; each states how it works, where it shines and where it breaks:
//! [`sequential`] → [`thread_per_connection`] → [`thread_pool`] → [`round_robin`] → [`event_loop`] →
//! [`coroutines`] → [`multi_loop`].
//! What they share lies below them: [`connection`] (one client), [`shared`] (doors, orders),
//! [`blocking`], [`crew`] and [`queue`] (threads), [`awaiting`] (tasks). They also say who waits and for
//! what ([`trace`](crate::trace)), so that a model's own file has nothing but the model.

pub mod awaiting;
pub mod blocking;
pub mod connection;
pub mod coroutines;
pub mod crew;
pub mod event_loop;
pub mod farewell;
pub mod multi_loop;
pub mod queue;
pub mod round_robin;
pub mod sequential;
pub mod shared;
mod socket;
pub mod thread_per_connection;
pub mod thread_pool;
mod unsent;

use connection::Connection;
use shared::Shared;
use std::io;
use std::sync::Arc;
use thread_pool::PoolSettings;

/// A way to wait for clients.
pub trait Model {
    /// Serves `live` and everyone accepted meanwhile, until `shared.control` says to leave; returns who
    /// is still connected.
    ///
    /// # Blocks
    /// That is its purpose.
    ///
    /// # Errors
    /// When the system refuses what the model cannot do without (threads, a poller). Clients are lost
    /// then.
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>>;
}

/// The models by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// One thread an endpoint, one client at a time.
    Sequential,
    /// A thread a client.
    ThreadPerConnection,
    /// K workers on a bounded queue.
    ThreadPool,
    /// Tasks without readiness take turns.
    RoundRobin,
    /// One thread for all, callbacks by readiness.
    EventLoop,
    /// One thread for all, a task a client.
    Coroutines,
    /// An event loop a core.
    MultiLoop,
}

/// What a person wants to know of a model before choosing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// As on the command line.
    pub name: &'static str,
    /// A shorter name that the command line takes too.
    pub alias: Option<&'static str>,
    /// Who waits.
    pub who_waits: &'static str,
    /// Where it shines.
    pub shines: &'static str,
    /// Where it breaks.
    pub breaks: &'static str,
}

/// What the models can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSettings {
    /// The most threads that serve one client each.
    pub max_threads: usize,
    /// The thread pool.
    pub pool: PoolSettings,
    /// The event loops of multi-loop.
    pub loops: usize,
}

impl ModelKind {
    /// In the order of history.
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

    /// Makes the model, with all that can fail before a client is entrusted to it.
    ///
    /// # Errors
    /// When the system has no poller to give.
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
                who_waits: "one thread an endpoint, for one client at a time",
                shines: "short talks on a quiet port; nothing shared",
                breaks: "the first client that stays blocks all others",
            },
            ModelKind::ThreadPerConnection => About {
                name: "thread-per-connection",
                alias: Some("threads"),
                who_waits: "a thread a client, asleep in read",
                shines: "plain code, blocking calls allowed, all cores",
                breaks: "thousands of silent clients: a thread each",
            },
            ModelKind::ThreadPool => About {
                name: "thread-pool",
                alias: Some("pool"),
                who_waits: "K workers, each for the client it holds",
                shines: "many short talks, bounded load",
                breaks: "K clients that stay starve the rest",
            },
            ModelKind::RoundRobin => About {
                name: "round-robin",
                alias: None,
                who_waits: "nobody: one thread asks everybody in turn",
                shines: "no kernel facility; all of them always busy",
                breaks: "a system call a silent client and round",
            },
            ModelKind::EventLoop => About {
                name: "event-loop",
                alias: None,
                who_waits: "one thread, for whoever is ready",
                shines: "ten thousand mostly silent clients",
                breaks: "one slow handler stops everybody; one core",
            },
            ModelKind::Coroutines => About {
                name: "coroutines",
                alias: None,
                who_waits: "a task a client, on one thread",
                shines: "the same, in straight-line code",
                breaks: "the same, and wherever .await was forgotten",
            },
            ModelKind::MultiLoop => About {
                name: "multi-loop",
                alias: None,
                who_waits: "a thread a core, each for its share of clients",
                shines: "all cores, no lock a message",
                breaks: "the busy clients happen to share a loop",
            },
        }
    }
}
