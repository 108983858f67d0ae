//! Where clients wait for a worker: one queue with places for newcomers, one without end for those who
//! were served before.
//!
//! Newcomers can be told to wait outside or to go; so their queue is bounded, and without places it is a
//! rendezvous, where only a worker that waits can be met. Nobody may refuse to take back a client
//! that was served before, so that queue is bounded by the number of connections alone.

use super::connection::Connection;
use crate::trace::{self, FlowId, State};
use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};
use std::time::Duration;

type Ends<T> = (Sender<T>, Receiver<T>);

/// See the module.
pub struct Queue {
    newcomers: Ends<(Connection, FlowId)>,
    known: Ends<(Connection, FlowId)>,
}

impl Queue {
    /// Nobody waits; so many newcomers may.
    pub fn new(places: usize) -> Queue {
        Queue {
            newcomers: bounded(places),
            known: unbounded(),
        }
    }

    /// To the end of the queue, a client that was served before.
    pub fn put_back(&self, connection: Connection) {
        self.known
            .0
            .send((connection, trace::flow_begin()))
            .expect("the queue holds the other end");
    }

    /// A newcomer waits for a worker from here on; or is given back, if there was no place for it.
    ///
    /// # Blocks
    /// Until there is a place, at most for `patience`.
    pub fn offer(&self, newcomer: Connection, patience: Duration) -> Option<Connection> {
        let newcomer = (newcomer, trace::flow_begin());
        trace::during(State::Waiting("a place in the queue".into()), || {
            let refused = self.newcomers.0.send_timeout(newcomer, patience).err()?;
            Some(refused.into_inner().0)
        })
    }

    /// The next client, for this worker.
    ///
    /// # Blocks
    /// Until there is one, at most for `patience`.
    pub fn next(&self, patience: Duration) -> Option<Connection> {
        let (connection, flow) = trace::during(State::Waiting("a client".into()), || {
            // Of two queues with somebody in them, select takes one by chance: fair enough.
            select! {
                recv(self.known.1) -> known => known.ok(),
                recv(self.newcomers.1) -> newcomer => newcomer.ok().map(|(mut newcomer, flow)| {
                    newcomer.resume();
                    (newcomer, flow)
                }),
                default(patience) => None,
            }
        })?;
        trace::flow_end(flow);
        Some(connection)
    }

    /// Those who still wait, when nobody works any more.
    pub fn into_rest(self) -> Vec<Connection> {
        let rest = self.newcomers.1.try_iter().chain(self.known.1.try_iter());
        rest.map(|(connection, _)| connection).collect()
    }
}
