//! How other threads shift and stop a running server.

use crate::models::ModelKind;
use crate::models::support::shared::Shared;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a running server is asked to do.
pub(super) enum Command {
    /// Continue under another model. The sender is dropped when the old model has handed its clients over.
    Shift(ModelKind, Sender<()>),
    /// Shut down.
    Stop,
}

/// The commands that a server has not carried out yet.
pub(super) struct Commands {
    /// `None` once the server is gone: a command that will not be carried out must not be waited for.
    queue: Mutex<Option<VecDeque<Command>>>,
    shared: Arc<Shared>,
}

impl Commands {
    pub(super) fn new(shared: &Arc<Shared>) -> Commands {
        Commands {
            queue: Mutex::new(Some(VecDeque::new())),
            shared: Arc::clone(shared),
        }
    }

    fn give(&self, command: Command) {
        if let Some(queue) = &mut *self.queue() {
            queue.push_back(command);
            self.shared.stop_signal.stop();
        }
    }

    /// The next command. If there are more, the next model is told to stop before it starts.
    pub(super) fn take(&self) -> Option<Command> {
        let mut queue = self.queue();
        let queue = queue.as_mut()?;
        let command = queue.pop_front();
        self.set_signal(queue);
        command
    }

    /// The model has failed. The next one is told to stop only if there are commands.
    pub(super) fn rearm(&self) {
        if let Some(queue) = &*self.queue() {
            self.set_signal(queue);
        }
    }

    fn set_signal(&self, waiting: &VecDeque<Command>) {
        self.shared.stop_signal.reset();
        if !waiting.is_empty() {
            self.shared.stop_signal.stop();
        }
    }

    /// The server is gone: drops the commands that wait, and refuses new ones.
    pub(super) fn close(&self) {
        self.queue().take();
    }

    fn queue(&self) -> MutexGuard<'_, Option<VecDeque<Command>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shifts and stops a running server, from any thread.
#[derive(Clone)]
pub struct Handle {
    pub(super) commands: Arc<Commands>,
}

impl Handle {
    /// Continues under another model. Every client stays connected.
    ///
    /// # Blocks
    /// Until the old model has handed its clients over. A blocking one checks every 250 ms, and clients that
    /// it had no time for get up to 250 ms more.
    pub fn shift(&self, to: ModelKind) {
        let (done, wait): (Sender<()>, Receiver<()>) = bounded(0);
        self.commands.give(Command::Shift(to, done));
        // Nothing is ever sent: the other end is dropped when the command is carried out, or when the
        // server is gone.
        let _ = wait.recv();
    }

    /// Ends [`Server::run`](super::Server::run). Returns at once.
    pub fn stop(&self) {
        self.commands.give(Command::Stop);
    }

    /// The number of clients that are connected.
    pub fn open_connections(&self) -> usize {
        self.commands.shared.open_connections()
    }
}
