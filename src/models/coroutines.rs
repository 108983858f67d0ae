//! **Coroutines**: one task per client, on one thread.
//!
//! How it works: accept a client, start a task for it, accept the next. The same event loop as in
//! [`event_loop`](super::event_loop) does all the multiplexing, and each task reads like a thread of
//! [`thread_per_connection`](super::thread_per_connection). Open the two files side by side: where that
//! one sleeps in a system call, this one has `.await`.
//!
//! Where it shines: straight-line code for the price of an object: 1.6 KB per silent client, no stack, no
//! lock, no context switch. And a task can be stopped from outside, at an `.await`; a thread cannot.
//!
//! **Where it breaks:** where the event loop breaks: one slow handler stops every client, and there is only
//! one core. `.await` has to be written at every place that waits, through all callers; a call that waits
//! without it makes every client wait.
//!
//! Look at: `serve_client` in `support/tasks.rs`, next to its twin in `support/serve.rs`.

use super::support::acceptor::Acceptor;
use super::support::shared::Shared;
use super::support::tasks::LoopServer;
use super::{Failed, Model};
use crate::aio::{self, EventLoop};
use crate::connection::Connection;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

/// The model, see the [module](self).
pub struct Coroutines {
    event_loop: EventLoop,
}

impl Coroutines {
    /// Makes the loop.
    ///
    /// # Errors
    /// When the system has no poller available.
    pub fn new() -> io::Result<Coroutines> {
        let event_loop = EventLoop::new()?;
        Ok(Coroutines { event_loop })
    }
}

impl Model for Coroutines {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        let server = LoopServer::new(&self.event_loop, shared);
        // When `main` returns, the remaining tasks are cancelled and hand their clients back.
        let main = main(Rc::clone(&server), live);
        let result = aio::run_on(&self.event_loop, main).map_err(aio::Error::into_io);
        Failed::unless(result, server.take_live())
    }
}

async fn main(server: Rc<LoopServer>, live: Vec<Connection>) -> aio::Result<()> {
    server.forward_notices();
    for connection in live {
        server.serve_in_new_task(connection);
    }
    let owner = Rc::clone(&server);
    let take = move |connection| owner.serve_in_new_task(connection);
    let _acceptors = Acceptor::listen_on_all(&server.event_loop, &server.shared, take)?;
    server.until_stopped().await
}
