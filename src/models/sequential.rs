//! **Sequential**: one thread per endpoint, which serves one client at a time.
//!
//! How it works: accept a client, serve it until it disconnects, accept the next. Meanwhile the other
//! clients wait in the kernel's backlog. They are connected but not served.
//!
//! Where it shines: nothing is shared, nothing is scheduled, nothing can race. For short conversations
//! on a quiet port no server is simpler, and none costs less per client.
//!
//! **Where it breaks:** at the first client that stays. All others wait behind it, however little they
//! want (head-of-line blocking). One thread per endpoint is the one concession: with a single thread, a
//! subscriber of the push endpoint would leave every other endpoint unserved.
//!
//! Look at: the loop in `serve_in_turn`. The next client is accepted only when `serve` has returned. That
//! is the whole model.

use super::support::accept::Clients;
use super::support::serve::{self, Outcome, serve};
use super::support::shared::Shared;
use super::support::threads;
use super::{Failed, Model};
use crate::connection::Connection;
use std::sync::Arc;

/// The model, see the [module](self).
pub struct Sequential;

impl Model for Sequential {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        threads::one_per_endpoint(live, shared, |clients| serve_in_turn(clients, shared))
    }
}

/// One thread's work. Returns the clients that are still connected when the model has to stop.
fn serve_in_turn(mut clients: Clients<'_>, shared: &Shared) -> Vec<Connection> {
    let mut scratch = serve::scratch(shared);
    let mut live = Vec::new();
    while let Some(mut connection) = clients.accept() {
        if serve(&mut connection, shared, &mut scratch) == Outcome::Stopped {
            live.push(connection);
        }
    }
    live
}
