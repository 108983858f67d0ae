//! **Round robin**: one thread polls every client in turn.
//!
//! How it works: in each round the thread tries to accept one client per endpoint, then takes one step
//! with every client. No socket blocks, and nothing says which of them is ready, so every client is tried,
//! and mostly in vain. When a whole round achieved nothing, the thread takes a short nap.
//!
//! This is the event loop without its events. Historically it is the step between threads and event loops, and
//! it shows what readiness is worth.
//!
//! Where it shines: it is short and needs no kernel facility but non-blocking sockets. Where all clients
//! are always busy, polling costs nothing extra.
//!
//! **Where it breaks:** it costs one system call per silent client per round, for nothing: a thousand silent
//! clients use a good part of a core. And a message waits for the nap and for the rest of the round.
//!
//! Look at: `Round::run`, the whole loop. `event_loop.rs` asks the kernel instead of every client.

use super::support::accept::{Accepted, PAUSE};
use super::support::shared::Shared;
use super::support::threads;
use super::{Failed, Model};
use crate::clock;
use crate::connection::{Connection, Next, Scratch};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pause after a round that achieved nothing. A shorter one makes silent clients cost more; a longer
/// one makes messages wait longer.
const NAP: Duration = Duration::from_millis(1);

/// The read buffer that all clients share.
const BUFFER: usize = 256 << 10;

/// The model, see the [module](self).
pub struct RoundRobin;

impl Model for RoundRobin {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        let mut round = Round {
            shared,
            scratch: Scratch::new(BUFFER, shared.stop_signal.flag()),
            clients: Vec::new(),
            paused_until: vec![None; shared.endpoints.len()],
            now: clock::now(),
            progress: false,
        };
        live.into_iter()
            .for_each(|connection| round.add(connection));
        loop {
            // Checked before the round, so that there is one however quickly the models are shifted.
            let stopping = shared.stop_signal.is_stopping();
            round.run();
            if stopping {
                round.clients.iter_mut().for_each(Connection::release);
                return Ok(round.clients);
            }
            if !round.progress {
                threads::nap(NAP);
            }
        }
    }
}

/// The clients, and what one round over them needs.
struct Round<'r> {
    shared: &'r Shared,
    scratch: Scratch,
    clients: Vec<Connection>,
    /// Per endpoint: when to try to accept again.
    paused_until: Vec<Option<Instant>>,
    now: Instant,
    /// Something happened in this round, so the next one follows at once.
    progress: bool,
}

impl Round<'_> {
    fn run(&mut self) {
        self.now = clock::now();
        self.progress = false;
        for endpoint in 0..self.paused_until.len() {
            if self.paused_until[endpoint].is_none_or(|until| until <= self.now) {
                self.paused_until[endpoint] = self.accept(endpoint);
            }
        }
        let mut clients = std::mem::take(&mut self.clients);
        clients.retain_mut(|connection| {
            self.shared.stop_signal.is_stopping() || self.step(connection) != Next::Over
        });
        self.clients = clients;
    }

    /// Accepts one client, if one is waiting. Returns when to try again, if not in the next round.
    fn accept(&mut self, endpoint: usize) -> Option<Instant> {
        match self.shared.accept(endpoint) {
            Accepted::Client(connection) => self.add(connection),
            Accepted::Rejected => {}
            Accepted::WouldBlock => return None,
            Accepted::OutOfResources => return Some(self.now + PAUSE),
        }
        self.progress = true;
        None
    }

    fn add(&mut self, mut connection: Connection) {
        connection.adopt();
        match connection.set_nonblocking() {
            Ok(()) => self.clients.push(connection),
            Err(error) => {
                log::warn!("a client is lost: its socket cannot be made non-blocking: {error}");
            }
        }
    }

    /// Never waits.
    fn step(&mut self, connection: &mut Connection) -> Next {
        let state = |it: &Connection| (it.received(), it.unsent_bytes(), it.next());
        let before = state(connection);
        if connection.deadline().is_some_and(|at| at <= self.now) {
            connection.expire(self.now, &mut self.scratch);
        }
        connection.catch_up(&mut self.scratch);
        let next = connection.step(&mut self.scratch);
        self.progress |= next == Next::Again || before != state(connection);
        next
    }
}
