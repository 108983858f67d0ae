//! Bind, watch, run a model, switch to the next, stop.
//!
//! The whole of switching is the loop in [`Server::run`]: a model is given the connections that live
//! and gives back those that still do. Shutting down is switching to nobody.

use crate::clock;
use crate::error::Error;
use crate::models::connection::{Connection, Next, Scratch};
use crate::models::farewell::farewell;
use crate::models::shared::{Endpoint, Shared};
use crate::models::{Model, ModelKind};
use crate::protocol::OriginPolicy;
use crate::protocol::{Limits, Protocol};
use crate::service::registry::{self, Context, EndpointKind};
use crate::service::{Hub, Notify, Service};
use crate::settings::{Address, EndpointSettings, Settings};
use crate::watch::{Watch, Watcher};
use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The most clients if nothing is said: half of what one loopback address has ports for.
const DEFAULT_MAX_CONNECTIONS: usize = 16_384;

/// Descriptors for everything that is not a client: listeners, a poller, a file being looked at.
const RESERVED_DESCRIPTORS: usize = 64;

/// Connections that may wait to be accepted. std's 128 is filled within milliseconds when a thousand
/// clients reconnect at once; the kernel cuts this to its own limit (somaxconn).
const BACKLOG: i32 = 4096;

/// A service that listens.
pub struct Server {
    settings: Settings,
    shared: Arc<Shared>,
    orders: Arc<Orders>,
    hub: Arc<Hub>,
    /// Knows the files as they were when the endpoints opened; `None` if nobody notifies.
    watch: Option<Watch>,
}

/// A service that is not one of the program's.
pub struct OwnService {
    /// For people.
    pub name: &'static str,
    /// Where it listens.
    pub address: Address,
    /// What it says, over WebSocket.
    pub service: Arc<dyn Service>,
}

impl Server {
    /// Opens every endpoint; clients may connect from here on and are served once it runs.
    ///
    /// # Errors
    /// An address that cannot be had, or too few descriptors.
    pub fn bind(settings: Settings) -> Result<Server, Error> {
        Server::bind_with(settings, Vec::new())
    }

    /// The same, with services of your own beside those of the settings.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub fn bind_with(settings: Settings, own: Vec<OwnService>) -> Result<Server, Error> {
        let max_connections = max_connections(&settings)?;
        let hub = Arc::new(Hub::new());
        let context = Context {
            hub: Arc::clone(&hub),
            format: settings.format,
            work: settings.work,
        };
        let mut endpoints = Vec::new();
        for one in &settings.endpoints {
            endpoints.push(open(one, &context, &settings)?);
        }
        for one in own {
            endpoints.push(open_websocket(
                one.name,
                &one.address,
                one.service,
                &settings,
            )?);
        }
        let watch = watch(&settings)?;
        let shared = Arc::new(Shared::new(endpoints, max_connections));
        let orders = Arc::new(Orders {
            queue: Mutex::new(Some(VecDeque::new())),
            shared: Arc::clone(&shared),
        });
        Ok(Server {
            settings,
            shared,
            orders,
            hub,
            watch,
        })
    }

    /// Name and URL of each endpoint, with the port it really has.
    pub fn endpoints(&self) -> Vec<(String, String)> {
        let url = |endpoint: &Endpoint| {
            let path = if endpoint.protocol.scheme() == "tcp" {
                ""
            } else {
                "/"
            };
            let address = endpoint.address;
            (
                endpoint.name.clone(),
                format!("{}://{address}{path}", endpoint.protocol.scheme()),
            )
        };
        self.shared.endpoints.iter().map(url).collect()
    }

    /// For other threads, to shift and stop the server.
    pub fn handle(&self) -> Handle {
        Handle {
            orders: Arc::clone(&self.orders),
        }
    }

    /// Serves until [`Handle::stop`].
    ///
    /// # Blocks
    /// Until then, and for the clients' goodbyes (`--drain`).
    ///
    /// # Errors
    /// When the system refuses what no model can do without.
    pub fn run(mut self) -> Result<(), Error> {
        let _watcher = self.start_watching()?;
        let mut kind = self.settings.model;
        let mut live = Vec::new();
        loop {
            let mut model = self.build(kind)?;
            log::info!(
                "serving under {}; clients: {}",
                kind.about().name,
                live.len()
            );
            live.iter_mut().for_each(Connection::resume);
            live = run_model(&mut *model, live, &self.shared)?;
            match self.orders.take() {
                Some(Order::Shift(to, done)) => {
                    kind = to;
                    step_those_without_a_turn(&mut live);
                    drop(done); // tells who waits for it
                }
                Some(Order::Stop) => break,
                None => {}
            }
        }
        self.close_doors();
        let clients = live.len();
        log::info!("Shutting down... clients to say goodbye to: {clients}");
        let silent = farewell(live, self.settings.drain);
        if silent > 0 {
            log::warn!("{silent} of {clients} clients did not answer the goodbye");
        }
        log::info!("Shutdown complete");
        Ok(())
    }

    fn start_watching(&mut self) -> Result<Option<Watcher>, Error> {
        let Some(watch) = self.watch.take() else {
            return Ok(None);
        };
        let hub = Arc::clone(&self.hub);
        let publish = move |change| Notify::publish(&hub, &change);
        Watcher::spawn(watch, self.settings.interval, publish).map(Some)
    }

    /// Who connects from here on is refused and need not wait for the end of the process. On systems
    /// where a listener cannot be shut down it has to.
    fn close_doors(&self) {
        for door in &self.shared.endpoints {
            let _ = rustix::net::shutdown(&door.listener, rustix::net::Shutdown::Both);
        }
    }

    /// Where no poller can be had, threads still can.
    fn build(&self, kind: ModelKind) -> Result<Box<dyn Model>, Error> {
        let models = &self.settings.models;
        let refused =
            |error| Error::failure(format!("cannot start {}: {error}", kind.about().name));
        match kind.build(models) {
            Err(error) if kind != ModelKind::ThreadPerConnection => {
                let fallback = ModelKind::ThreadPerConnection;
                log::warn!(
                    "{} cannot be had here ({error}); serving under {}",
                    kind.about().name,
                    fallback.about().name
                );
                fallback.build(models).map_err(refused)
            }
            built => built.map_err(refused),
        }
    }
}

fn run_model(
    model: &mut dyn Model,
    live: Vec<Connection>,
    shared: &Arc<Shared>,
) -> Result<Vec<Connection>, Error> {
    model.run(live, shared).map_err(|error| {
        Error::failure(format!(
            "the model cannot go on: {error}; are there threads and descriptors left?"
        ))
    })
}

/// Gives one step to each client that the model had no time for.
///
/// Without it a client could wait for ever: a model that is told to stop before its threads have run
/// reads nothing, and shifts may follow each other at any rate. The time for it is limited, because a
/// handler may be slow; the clients left over come first the next time.
fn step_those_without_a_turn(live: &mut Vec<Connection>) {
    let end = clock::now() + Duration::from_millis(250);
    let mut scratch = Scratch::new(64 << 10);
    let mut left_over = 0;
    live.retain_mut(|connection| {
        if connection.was_stepped() {
            return true;
        }
        if clock::now() >= end {
            left_over += 1;
            return true;
        }
        connection.never_block().is_ok() && connection.step(&mut scratch) != Next::Over
    });
    if left_over > 0 {
        live.sort_by_key(Connection::was_stepped);
    }
}

/// What is asked of a running server.
enum Order {
    /// Go on under another model. The sender is dropped when the old one has let go.
    Shift(ModelKind, Sender<()>),
    Stop,
}

struct Orders {
    /// `None` once the server is gone: nobody waits for an order that nobody will carry out.
    queue: Mutex<Option<VecDeque<Order>>>,
    shared: Arc<Shared>,
}

impl Orders {
    fn give(&self, order: Order) {
        if let Some(queue) = &mut *self.queue() {
            queue.push_back(order);
            self.shared.control.leave();
        }
    }

    /// The next order. If there are more, the next model is told to leave before it starts.
    fn take(&self) -> Option<Order> {
        let mut queue = self.queue();
        let queue = queue.as_mut()?;
        let order = queue.pop_front();
        self.shared.control.reset();
        if !queue.is_empty() {
            self.shared.control.leave();
        }
        order
    }

    fn queue(&self) -> MutexGuard<'_, Option<VecDeque<Order>>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.orders.queue().take();
    }
}

/// Gives orders to a running server, from any thread.
#[derive(Clone)]
pub struct Handle {
    orders: Arc<Orders>,
}

impl Handle {
    /// Goes on under another model; every client stays connected.
    ///
    /// # Blocks
    /// Until the old model has let go of its clients: a blocking one looks up every 250 ms.
    pub fn shift(&self, to: ModelKind) {
        let (done, wait): (Sender<()>, Receiver<()>) = bounded(0);
        self.orders.give(Order::Shift(to, done));
        // Nothing is ever sent: the order's end is dropped when it is carried out, or when the server
        // is gone.
        let _ = wait.recv();
    }

    /// Ends [`Server::run`]. Returns at once.
    pub fn stop(&self) {
        self.orders.give(Order::Stop);
    }

    /// How many clients are connected.
    pub fn open_connections(&self) -> usize {
        self.orders.shared.open_connections()
    }
}

// -- Opening ----------------------------------------------------------------------------------------

/// What is watched, if there is a service to tell.
fn watch(settings: &Settings) -> Result<Option<Watch>, Error> {
    let notifies = |one: &EndpointSettings| one.name == registry::NOTIFY;
    let needed = settings.endpoints.iter().any(notifies);
    needed.then(|| Watch::new(&settings.watch)).transpose()
}

fn open(
    endpoint: &EndpointSettings,
    context: &Context,
    settings: &Settings,
) -> Result<Endpoint, Error> {
    let (name, address) = (endpoint.name, &endpoint.address);
    match endpoint.kind {
        EndpointKind::WebSocket(constructor) => {
            open_websocket(name, address, context.build(constructor), settings)
        }
        EndpointKind::TcpEcho => open_endpoint(name, address, settings, |_, limits| {
            Protocol::TcpEcho(limits)
        }),
        EndpointKind::HttpHello => open_endpoint(name, address, settings, |_, limits| {
            Protocol::HttpHello(limits)
        }),
    }
}

fn open_websocket(
    name: &str,
    address: &Address,
    service: Arc<dyn Service>,
    settings: &Settings,
) -> Result<Endpoint, Error> {
    open_endpoint(name, address, settings, |address, limits| {
        let origins = OriginPolicy {
            allowed_origins: settings.allowed_origins.clone(),
            on_loopback: address.ip().is_loopback(),
        };
        Protocol::websocket(service, origins, limits)
    })
}

fn open_endpoint(
    name: &str,
    address: &Address,
    settings: &Settings,
    protocol: impl FnOnce(SocketAddr, Arc<Limits>) -> Protocol,
) -> Result<Endpoint, Error> {
    let (listener, address) =
        listen(address).map_err(|error| cannot_listen(name, address, &error))?;
    let limits = Arc::new(settings.limits.clone());
    Ok(Endpoint {
        name: name.to_owned(),
        address,
        listener: Arc::new(listener),
        protocol: protocol(address, Arc::clone(&limits)),
        limits,
        exhausted: AtomicBool::new(false),
    })
}

fn listen(address: &Address) -> io::Result<(TcpListener, SocketAddr)> {
    let all: Vec<SocketAddr> = (address.host.as_str(), address.port)
        .to_socket_addrs()?
        .collect();
    let listener = TcpListener::bind(&all[..])?;
    listener.set_nonblocking(true)?;
    rustix::net::listen(&listener, BACKLOG)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn cannot_listen(name: &str, address: &Address, error: &io::Error) -> Error {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "another program has that port; stop it, or choose another with --service {name}=PORT \
             (0: any free one)"
        ),
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for privileged programs; choose a higher one".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => format!("{error}; is the host right?"),
    };
    Error::failure(format!("{name}: cannot listen on {address}: {advice}"))
}

/// Raises the soft limit on descriptors as far as one may and fits the number of clients into it.
fn max_connections(settings: &Settings) -> Result<usize, Error> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let raised = Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            log::debug!("the descriptor limit stays at {:?}: {error}", limit.current);
        }
    }
    let descriptors = getrlimit(Resource::Nofile)
        .current
        .map_or(usize::MAX, |n| n as usize);
    let reserved = RESERVED_DESCRIPTORS + settings.endpoints.len();
    let room = descriptors.saturating_sub(reserved);
    let wanted = settings.max_connections.unwrap_or(DEFAULT_MAX_CONNECTIONS);
    if room >= wanted {
        return Ok(wanted);
    }
    if settings.max_connections.is_some() || room == 0 {
        let needed = wanted.saturating_add(reserved);
        return Err(Error::failure(format!(
            "{descriptors} descriptors are too few for {wanted} clients; raise the limit \
             (ulimit -n {needed}) or lower --max-connections"
        )));
    }
    log::info!("the descriptor limit of {descriptors} leaves room for {room} clients");
    Ok(room)
}
