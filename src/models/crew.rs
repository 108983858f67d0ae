//! Threads that serve one client each: the whole of `thread-per-connection`, and what a full thread
//! pool falls back to.

use super::blocking::{self, Served};
use super::connection::Connection;
use super::shared::Shared;
use crate::protocol::CloseReason;
use crossbeam_channel::bounded;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;

/// The threads that serve one client each.
pub struct Crew<'e> {
    shared: &'e Shared,
    max_threads: usize,
    running: AtomicUsize,
    /// Clients still there when the model has to leave.
    handed_back: Mutex<Vec<Connection>>,
}

impl<'e> Crew<'e> {
    /// Nobody at work yet.
    pub fn new(max_threads: usize, shared: &'e Shared) -> Crew<'e> {
        let running = AtomicUsize::new(0);
        Crew {
            shared,
            max_threads,
            running,
            handed_back: Mutex::default(),
        }
    }

    /// Starts a thread that serves this client to its end; if there can be none, the client is
    /// turned away.
    pub fn serve_on_new_thread<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        connection: Connection,
    ) {
        if self.running.fetch_add(1, Ordering::Relaxed) >= self.max_threads {
            log::warn!(
                "{} threads are at work (--max-threads); turned away",
                self.max_threads
            );
            return self.turn_away(connection);
        }
        // Through a channel, because a thread that cannot be started drops what it was to own.
        let (hand_over, take_over) = bounded::<Connection>(1);
        let work = move || {
            if let Ok(connection) = take_over.recv() {
                self.serve(connection);
            }
            self.running.fetch_sub(1, Ordering::Relaxed);
        };
        let name = format!("client {}", connection.client());
        match blocking::spawn(scope, &name, work) {
            Ok(_) => hand_over
                .send(connection)
                .expect("the thread takes it before it ends"),
            Err(error) => {
                log::warn!("no thread for a client ({error}); turned away");
                self.turn_away(connection);
            }
        }
    }

    fn turn_away(&self, connection: Connection) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        connection.dismiss(CloseReason::ServerFull);
    }

    fn serve(&self, mut connection: Connection) {
        match blocking::serve(&mut connection, self.shared, &mut blocking::scratch(), None) {
            Served::ToTheEnd => {}
            Served::UntilLeaving | Served::ForASlice => {
                self.handed_back
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(connection);
            }
        }
    }

    /// The clients that were still there; to be asked when all threads have ended.
    pub fn handed_back(self) -> Vec<Connection> {
        self.handed_back
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
