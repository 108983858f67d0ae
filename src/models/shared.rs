//! What every model is given: the doors, the order to leave, and the count of clients.

use super::connection::Connection;
use crate::clock;
use crate::protocol::{CloseReason, Limits, Protocol};
use crate::service::{Hub, Peer};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long to leave a door alone through which nobody can be let in: no descriptors, no memory.
/// The kernel would report it as ready all the while, and a loop that believes it spins.
pub const PAUSE: Duration = Duration::from_millis(100);

/// What outlives any one model.
pub struct Shared {
    /// The doors, in the order of the command line. Connections name theirs by its index.
    pub endpoints: Vec<Endpoint>,
    /// The order to leave.
    pub control: Control,
    /// Clients now connected, under every model; each holds a [`Permit`].
    open: Arc<AtomicUsize>,
    /// Beyond so many clients a new one is turned away.
    max_connections: usize,
    next_client: AtomicU64,
}

impl Shared {
    /// Nobody connected, nobody told to leave.
    pub fn new(endpoints: Vec<Endpoint>, max_connections: usize) -> Shared {
        Shared {
            endpoints,
            control: Control::default(),
            open: Arc::default(),
            max_connections,
            next_client: AtomicU64::new(1),
        }
    }

    /// How many clients are connected.
    pub fn open_connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Lets one client in through a door whose listener says that somebody is there.
    pub fn accept(&self, endpoint: usize) -> Accepted {
        let door = &self.endpoints[endpoint];
        match door.listener.accept() {
            Ok((stream, address)) => self.admit(endpoint, stream, address),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => Accepted::Nobody,
                // The client went away while it waited, or a signal came: nothing is wrong here.
                io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::Interrupted => Accepted::TurnedAway,
                _ => {
                    // Once, and not ten times a second for as long as it lasts.
                    if !door.exhausted.swap(true, Ordering::Relaxed) {
                        log::warn!("{}: cannot accept for now: {error}", door.name);
                    }
                    Accepted::Exhausted
                }
            },
        }
    }

    fn admit(&self, endpoint: usize, stream: TcpStream, address: SocketAddr) -> Accepted {
        let door = &self.endpoints[endpoint];
        if door.exhausted.swap(false, Ordering::Relaxed) {
            log::info!("{}: accepting again", door.name);
        }
        let (permit, clients) = Permit::take(&self.open);
        let id = self.next_client.fetch_add(1, Ordering::Relaxed);
        let peer = Peer {
            id,
            address,
            target: String::new(),
        };
        let conversation = door.protocol.begin(peer, clock::now());
        let origin = Origin {
            endpoint,
            address,
            client: id,
        };
        match Connection::new(stream, conversation, origin, door, permit) {
            Ok(connection) if clients > self.max_connections => {
                connection.dismiss(CloseReason::ServerFull);
                Accepted::TurnedAway
            }
            Ok(connection) => {
                log::debug!("{}: connection from {address}", door.name);
                Accepted::Client(connection)
            }
            Err(error) => {
                log::debug!("{}: client lost while it was let in: {error}", door.name);
                Accepted::TurnedAway
            }
        }
    }
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The index of its door.
    pub endpoint: usize,
    /// The client's socket.
    pub address: SocketAddr,
    /// The client's number, from 1 on.
    pub client: u64,
}

/// What came of accepting.
pub enum Accepted {
    /// A client.
    Client(Connection),
    /// Somebody who could not stay; there may be more behind.
    TurnedAway,
    /// Nobody (any more).
    Nobody,
    /// Nobody can be let in for now: leave the door alone for [`PAUSE`].
    Exhausted,
}

/// A listening address with a protocol and a service.
pub struct Endpoint {
    /// The service's name, for people.
    pub name: String,
    /// Where it listens, with the port it really has.
    pub address: SocketAddr,
    /// Listens; non-blocking under every model, because accept(2) has no portable time-out.
    pub listener: Arc<TcpListener>,
    /// What is spoken.
    pub protocol: Protocol,
    /// What one client may take.
    pub limits: Arc<Limits>,
    /// The last attempt to let somebody in failed for want of descriptors or memory.
    pub exhausted: AtomicBool,
}

impl Endpoint {
    /// The hub of a service that pushes.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        self.protocol.hub()
    }
}

/// The order to leave, from any thread to the model that runs.
#[derive(Default)]
pub struct Control {
    leaving: AtomicBool,
    /// How those are reached who sleep where they do not look at the flag.
    bells: Mutex<Vec<Box<dyn Fn() + Send>>>,
}

impl Control {
    /// Whether the model that runs is to return. One load: looked at every turn.
    pub fn leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// Tells the model that runs, or the next one, to return.
    pub fn leave(&self) {
        let bells = self.bells();
        self.leaving.store(true, Ordering::Release);
        for ring in bells.iter() {
            ring();
        }
    }

    /// Takes the order back and forgets the bells, before the next model starts.
    pub fn reset(&self) {
        let mut bells = self.bells();
        bells.clear();
        self.leaving.store(false, Ordering::Release);
    }

    /// Has `ring` called when the order comes; at once if it came before.
    pub fn on_leave(&self, ring: impl Fn() + Send + 'static) {
        let mut bells = self.bells();
        if self.leaving() {
            ring();
        }
        bells.push(Box::new(ring));
    }

    fn bells(&self) -> MutexGuard<'_, Vec<Box<dyn Fn() + Send>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One client's place in the count, given back when it is dropped.
pub struct Permit(Arc<AtomicUsize>);

impl Permit {
    /// A place, and how many are taken with it.
    fn take(open: &Arc<AtomicUsize>) -> (Permit, usize) {
        let before = open.fetch_add(1, Ordering::Relaxed);
        (Permit(Arc::clone(open)), before + 1)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
