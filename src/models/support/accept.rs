//! Accepting clients: one attempt, a burst for a loop, or one after another for a blocked thread.

use super::shared::Shared;
use super::stop_signal::TICK;
use crate::clock;
use crate::connection::{ClientInfo, Connection, Permit};
use crate::protocol::CloseReason;
use crate::service::Peer;
use crate::trace::{self, State};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// How long to pause after accept(2) failed for a reason that may pass: no descriptors, no memory. The kernel
/// would report the listener as ready all the while, and a loop that believes it would spin.
pub const PAUSE: Duration = Duration::from_millis(100);

/// The number of clients accepted in a row before the connected clients get their turn.
const BURST: usize = 64;

/// The result of one attempt.
pub enum Accepted {
    /// A client.
    Client(Connection),
    /// A client that was rejected; more may be waiting behind it.
    Rejected,
    /// No client is waiting.
    WouldBlock,
    /// accept(2) failed for a reason that may pass: leave the listener alone for [`PAUSE`].
    OutOfResources,
}

/// How a burst ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Burst {
    /// No more clients are waiting, or the burst was long enough.
    Done,
    /// Leave the listener alone for [`PAUSE`].
    OutOfResources,
}

impl Shared {
    /// Accepts one client, if one is waiting.
    pub fn accept(&self, endpoint: usize) -> Accepted {
        let at = &self.endpoints[endpoint];
        match at.listener.accept() {
            Ok((stream, address)) => self.admit(endpoint, stream, address),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Accepted::WouldBlock,
                // The client went away while it waited, or a signal came: nothing is wrong here.
                io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::Interrupted => Accepted::Rejected,
                _ => {
                    // Logged once, and not ten times per second.
                    if !at.out_of_resources.swap(true, Ordering::Relaxed) {
                        log::warn!("{}: cannot accept for now: {error}", at.name);
                    }
                    Accepted::OutOfResources
                }
            },
        }
    }

    fn admit(&self, endpoint: usize, stream: TcpStream, address: SocketAddr) -> Accepted {
        let at = &self.endpoints[endpoint];
        if at.out_of_resources.swap(false, Ordering::Relaxed) {
            log::info!("{}: accepting again", at.name);
        }
        let (permit, clients) = Permit::take(&self.open);
        let client = self.next_client.fetch_add(1, Ordering::Relaxed);
        let peer = Peer {
            id: client,
            address,
            target: String::new(),
        };
        let info = ClientInfo {
            endpoint,
            address,
            client,
        };
        let conversation = at.protocol.begin(peer, clock::now());
        let (limits, hub) = (Arc::clone(&at.limits), at.hub().cloned());
        match Connection::new(stream, conversation, info, limits, hub, permit) {
            Ok(connection) if clients > self.max_connections => {
                connection.reject(CloseReason::ServerFull);
                Accepted::Rejected
            }
            Ok(connection) => {
                log::debug!("{}: connection from {address}", at.name);
                Accepted::Client(connection)
            }
            Err(error) => {
                log::debug!(
                    "{}: a client was lost while it was accepted: {error}",
                    at.name
                );
                Accepted::Rejected
            }
        }
    }

    /// Accepts the clients that are waiting, up to a bounded number, and hands each to `take`.
    pub fn accept_burst(&self, endpoint: usize, mut take: impl FnMut(Connection)) -> Burst {
        for _ in 0..BURST {
            match self.accept(endpoint) {
                Accepted::Client(connection) => take(connection),
                Accepted::Rejected => {}
                Accepted::WouldBlock => return Burst::Done,
                Accepted::OutOfResources => return Burst::OutOfResources,
            }
        }
        Burst::Done
    }
}

/// The clients of one endpoint, one after another, for a thread that waits for them.
///
/// Clients adopted from the previous model come first, since they are older than those in the backlog; and
/// all of them come, even when the model has to stop, so that none is lost.
pub struct Clients<'s> {
    endpoint: usize,
    shared: &'s Shared,
    adopted: VecDeque<Connection>,
    stopped: bool,
}

impl<'s> Clients<'s> {
    /// `adopted`: the endpoint's clients that were connected before.
    pub fn new(endpoint: usize, adopted: VecDeque<Connection>, shared: &'s Shared) -> Clients<'s> {
        Clients {
            endpoint,
            shared,
            adopted,
            stopped: false,
        }
    }

    /// Waits for one client, at most for a tick; not at all once the model is told to stop.
    fn wait_for_one(&self) -> Option<Connection> {
        let timeout = if self.stopped { Duration::ZERO } else { TICK };
        let timeout = Timespec::try_from(timeout).ok();
        let listener = &self.shared.endpoints[self.endpoint].listener;
        let mut waiting = [PollFd::new(listener, PollFlags::IN)];
        let wait = || poll(&mut waiting, timeout.as_ref());
        if let Err(error) = trace::during(State::Waiting("accept".into()), wait) {
            log::debug!("poll on a listener: {error}");
        }
        match self.shared.accept(self.endpoint) {
            Accepted::Client(connection) => Some(connection),
            Accepted::OutOfResources => {
                trace::during(State::Waiting("free descriptors".into()), || {
                    thread::sleep(PAUSE);
                });
                None
            }
            Accepted::Rejected | Accepted::WouldBlock => None,
        }
    }

    /// The next client; `None` when the model has to stop and there are no more.
    ///
    /// It tries once to accept a client even if the model was told to stop before: however quickly one model
    /// follows another, the backlog moves on.
    ///
    /// # Blocks
    /// Until a client is there or the model has to stop.
    pub fn accept(&mut self) -> Option<Connection> {
        if let Some(connection) = self.adopted.pop_front() {
            return Some(connection);
        }
        while !self.stopped {
            self.stopped = self.shared.stop_signal.is_stopping();
            if let Some(connection) = self.wait_for_one() {
                return Some(connection);
            }
        }
        None
    }
}
