//! **Sequential**: one thread an endpoint, one client at a time.
//!
//! How it works: accept a client, serve it until it leaves, accept the next. Meanwhile the others wait
//! in the kernel's backlog, connected but unheard.
//!
//! Where it shines: nothing is shared, nothing is scheduled, nothing can race. For short conversations
//! on a quiet port there is no simpler server, and none that costs less a client.
//!
//! **Where it breaks:** the first client that stays. All others wait behind it however little they
//! want (head-of-line blocking). One thread an endpoint is the one concession: with a single thread a
//! subscriber of the push endpoint would keep the other endpoint shut for ever.
//!
//! Look at: the `serve` inside the loop of `Sequential::serve_endpoint`. The next `accept` is behind
//! it, that is the whole model.

use super::Model;
use super::blocking::{self, Served};
use super::connection::Connection;
use super::shared::Shared;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// See the module.
pub struct Sequential;

impl Model for Sequential {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        let mut queues: Vec<VecDeque<Connection>> = Vec::new();
        queues.resize_with(shared.endpoints.len(), VecDeque::new);
        for connection in live {
            queues[connection.endpoint()].push_back(connection);
        }
        blocking::scope(|scope| {
            let mut threads = Vec::new();
            for (endpoint, queue) in queues.into_iter().enumerate() {
                let serve = move || Self::serve_endpoint(endpoint, queue, shared);
                let name = format!("serve {}", shared.endpoints[endpoint].name);
                threads.push(blocking::spawn_essential(scope, shared, &name, serve)?);
            }
            Ok(threads.into_iter().flat_map(blocking::join).collect())
        })
    }
}

impl Sequential {
    /// `queue`: clients taken over from another model; they are older than those in the backlog.
    fn serve_endpoint(
        endpoint: usize,
        mut queue: VecDeque<Connection>,
        shared: &Shared,
    ) -> VecDeque<Connection> {
        let mut scratch = blocking::scratch();
        loop {
            let stopping = shared.control.leaving();
            let next_client = queue
                .pop_front()
                .or_else(|| blocking::accept(endpoint, shared));
            if let Some(mut connection) = next_client {
                connection.resume();
                match blocking::serve(&mut connection, shared, &mut scratch, None) {
                    Served::ToTheEnd => {}
                    Served::UntilLeaving | Served::ForASlice => queue.push_front(connection),
                }
            }
            if stopping {
                return queue;
            }
        }
    }
}
