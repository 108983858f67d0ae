//! **Thread per connection**: one thread per client, asleep in `read`.
//!
//! How it works: accept a client, start a thread for it, accept the next. The kernel's scheduler does
//! all the multiplexing. Each thread runs the sequential server's code for one client.
//!
//! Where it shines: straight-line code, and blocking calls are allowed: a thread that waits for a disk or
//! a database delays no other client. All cores are used without any further code.
//!
//! **Where it breaks:** silent clients pay the cost of a thread too: about 20 KiB of touched memory, a
//! kernel stack and four wake-ups per second. Every message costs a context switch. The system's own limits on
//! threads differ and are often high, so there is one of ours (`--max-threads`).
//!
//! Look at: the acceptors below, which never wait for a client they have accepted, and
//! `ConnectionThreads::start`. Read it next to [`coroutines`](super::coroutines): the same model, with
//! `.await` where this one sleeps in a system call.

use super::support::connection_threads::ConnectionThreads;
use super::support::shared::Shared;
use super::support::threads;
use super::{Failed, Model};
use crate::connection::Connection;
use std::sync::Arc;

/// The model, see the [module](self).
pub struct ThreadPerConnection {
    /// The maximum number of threads that serve clients at the same time. A client beyond it is rejected.
    pub max_threads: usize,
}

impl Model for ThreadPerConnection {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        let clients = ConnectionThreads::new(self.max_threads, shared);
        let result = threads::scope(|scope| {
            for connection in live {
                clients.start(scope, connection);
            }
            threads::spawn_acceptors(scope, shared, |connection| clients.start(scope, connection))
        });
        Failed::unless(result, clients.into_live())
    }
}
