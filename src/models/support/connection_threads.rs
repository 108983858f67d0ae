//! Threads that serve one client each: the whole of `thread-per-connection`, and what a full thread
//! pool falls back to.

use super::serve::{self, Outcome, serve};
use super::shared::Shared;
use super::threads;
use crate::connection::Connection;
use crate::protocol::CloseReason;
use crossbeam_channel::bounded;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;

/// The threads that serve one client each.
pub(crate) struct ConnectionThreads<'e> {
    shared: &'e Shared,
    max_threads: usize,
    running: AtomicUsize,
    /// Clients still connected when the model has to stop.
    handed_back: Mutex<Vec<Connection>>,
}

impl<'e> ConnectionThreads<'e> {
    /// No thread runs yet; at most `max_threads` will at the same time.
    pub(crate) fn new(max_threads: usize, shared: &'e Shared) -> ConnectionThreads<'e> {
        ConnectionThreads {
            shared,
            max_threads,
            running: AtomicUsize::new(0),
            handed_back: Mutex::default(),
        }
    }

    /// Starts a thread that serves this client until it disconnects. If no thread can be started the
    /// client is rejected.
    pub(crate) fn start<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        connection: Connection,
    ) {
        if self.running.fetch_add(1, Ordering::Relaxed) >= self.max_threads {
            let max = self.max_threads;
            log::warn!("a client was rejected: {max} threads are running (--max-threads)");
            return self.reject(connection);
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
        match threads::spawn(scope, &name, work) {
            Ok(_) => hand_over
                .send(connection)
                .expect("the thread receives it before it ends"),
            Err(error) => {
                log::warn!("a client was rejected: cannot start a thread ({error})");
                self.reject(connection);
            }
        }
    }

    fn reject(&self, connection: Connection) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        connection.reject(CloseReason::ServerFull);
    }

    fn serve(&self, mut connection: Connection) {
        if serve(
            &mut connection,
            self.shared,
            &mut serve::scratch(self.shared),
        ) == Outcome::Stopped
        {
            self.handed_back
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }

    /// The clients that were still connected. Call it when all threads have ended.
    pub(crate) fn into_live(self) -> Vec<Connection> {
        self.handed_back
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
