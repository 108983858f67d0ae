//! Where clients wait for a pool's worker: two queues, one for new clients and one for those that were
//! served before.
//!
//! A new client can be left in the backlog or rejected, so that queue is bounded. With no capacity at all it
//! is a rendezvous: a client gets in only while a worker waits. A client that was served before must always
//! be taken back, so that queue is bounded by the number of connections alone.

use crate::connection::Connection;
use crate::trace::{self, FlowId, State};
use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use std::time::Duration;

type Ends<T> = (Sender<T>, Receiver<T>);

/// Clients that wait for a worker.
pub(crate) struct Queue {
    new: Ends<(Connection, FlowId)>,
    unbounded: Ends<(Connection, FlowId)>,
}

impl Queue {
    /// An empty queue in which at most `capacity` new clients can wait.
    pub(crate) fn new(capacity: usize) -> Queue {
        Queue {
            new: bounded(capacity),
            unbounded: unbounded(),
        }
    }

    /// Puts a client that must not be rejected at the end of the unbounded queue.
    pub(crate) fn put_back(&self, connection: Connection) {
        self.unbounded
            .0
            .send((connection, trace::flow_begin()))
            .expect("the queue holds the other end");
    }

    /// Puts a new client into the queue. Returns it if there was no room.
    ///
    /// # Blocks
    /// Until there is room, at most for `timeout`.
    pub(crate) fn offer(&self, connection: Connection, timeout: Duration) -> Option<Connection> {
        let client = (connection, trace::flow_begin());
        trace::during(State::Waiting("room in the queue".into()), || {
            let refused = self.new.0.send_timeout(client, timeout).err()?;
            Some(refused.into_inner().0)
        })
    }

    /// The next client for this worker.
    ///
    /// # Blocks
    /// Until there is one, at most for `timeout`.
    pub(crate) fn next(&self, timeout: Duration) -> Option<Connection> {
        let (connection, flow) = trace::during(State::Waiting("a client".into()), || {
            // If both queues have a client, select takes one at random, which is fair enough.
            select! {
                recv(self.unbounded.1) -> client => client.ok(),
                recv(self.new.1) -> new => new.ok(),
                default(timeout) => None,
            }
        })?;
        trace::flow_end(flow);
        Some(connection)
    }

    /// The clients that still wait. Call it when no worker is left.
    pub(crate) fn into_rest(self) -> Vec<Connection> {
        let rest = self.new.1.try_iter().chain(self.unbounded.1.try_iter());
        rest.map(|(connection, _)| connection).collect()
    }
}
