//! What every model is given: the endpoints, the stop signal, and the number of clients.

use super::stop_signal::StopSignal;
use crate::protocol::{Limits, Protocol};
use crate::service::Hub;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What lives as long as the server.
pub struct Shared {
    /// The endpoints, in the order of the command line. A connection names its endpoint by the index.
    pub endpoints: Vec<Endpoint>,
    /// Tells the running model to return.
    pub stop_signal: StopSignal,
    /// The number of clients now connected, under every model; each holds a
    /// [`Permit`](crate::connection::Permit).
    pub(super) open: Arc<AtomicUsize>,
    /// A client beyond this number is rejected.
    pub(super) max_connections: usize,
    pub(super) next_client: AtomicU64,
}

impl Shared {
    /// No client is connected yet, and no model is told to stop.
    pub fn new(endpoints: Vec<Endpoint>, max_connections: usize) -> Shared {
        Shared {
            endpoints,
            stop_signal: StopSignal::default(),
            open: Arc::default(),
            max_connections,
            next_client: AtomicU64::new(1),
        }
    }

    /// The number of clients that are connected.
    pub fn open_connections(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// A listening address with a protocol and a service.
pub struct Endpoint {
    /// The service's name, for people.
    pub name: String,
    /// Where it listens, with the actual port.
    pub address: SocketAddr,
    /// The listening socket. It is non-blocking under every model, because accept(2) has no portable
    /// timeout.
    pub listener: Arc<TcpListener>,
    /// How messages are encoded.
    pub protocol: Protocol,
    /// How much one client may use.
    pub limits: Arc<Limits>,
    /// The last attempt to accept a client failed for a reason that may pass: no descriptors, no memory.
    pub out_of_resources: AtomicBool,
}

impl Endpoint {
    /// The hub of a service that pushes.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        self.protocol.hub()
    }
}
