//! Opening the endpoints, and finding out how many clients the process can hold.

use crate::error::Error;
use crate::models::support::shared::Endpoint;
use crate::protocol::OriginPolicy;
use crate::protocol::{Limits, Protocol};
use crate::service::Service;
use crate::service::registry::{Context, EndpointKind};
use crate::settings::{Address, EndpointSettings, Settings};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The default maximum of clients. It fits into the ephemeral ports of one loopback address.
const DEFAULT_MAX_CONNECTIONS: usize = 16_384;

/// Descriptors for everything that is not a client: listeners, a poller, a watched file.
const RESERVED_DESCRIPTORS: usize = 64;

/// A loop's poller, its timer and its wake-up. A server may be shifted to multi-loop at any time.
const DESCRIPTORS_PER_LOOP: usize = 3;

/// The number of connections that may wait to be accepted. std's 128 is used up within milliseconds when
/// a thousand clients reconnect at once. The kernel reduces this to its own limit (somaxconn).
const BACKLOG: i32 = 4096;

/// Opens an endpoint of the settings.
///
/// # Errors
/// When its address is not available.
pub(super) fn open(
    endpoint: &EndpointSettings,
    context: &Context,
    settings: &Settings,
) -> Result<Endpoint, Error> {
    let (name, address) = (endpoint.name, &endpoint.address);
    match endpoint.kind {
        EndpointKind::WebSocket(constructor) => {
            open_websocket(name, address, context.build(constructor), settings)
        }
        EndpointKind::TcpEcho => open_endpoint(name, address, settings, Protocol::TcpEcho),
        EndpointKind::HttpHello => open_endpoint(name, address, settings, Protocol::HttpHello),
    }
}

/// Opens an endpoint for a service over WebSocket.
///
/// # Errors
/// As [`open`].
pub(super) fn open_websocket(
    name: &str,
    address: &Address,
    service: Arc<dyn Service>,
    settings: &Settings,
) -> Result<Endpoint, Error> {
    open_endpoint(name, address, settings, |limits| {
        let origins = OriginPolicy {
            allowed_origins: settings.allowed_origins.clone(),
            host_names: settings.host_names.clone(),
        };
        Protocol::websocket(service, origins, limits)
    })
}

fn open_endpoint(
    name: &str,
    address: &Address,
    settings: &Settings,
    protocol: impl FnOnce(Arc<Limits>) -> Protocol,
) -> Result<Endpoint, Error> {
    let (listener, address) =
        listen(address).map_err(|error| cannot_listen(name, address, &error))?;
    let limits = Arc::new(settings.limits.clone());
    Ok(Endpoint {
        name: name.to_owned(),
        address,
        listener: Arc::new(listener),
        protocol: protocol(Arc::clone(&limits)),
        limits,
        out_of_resources: AtomicBool::new(false),
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
            "another program has that port; stop it, or choose another port with --service {name}=PORT \
             (0 for any free one)"
        ),
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need privileges; choose a higher one".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => format!("{error}; is the host right?"),
    };
    Error::failure(format!("{name}: cannot listen on {address}: {advice}"))
}

/// Raises the soft limit on descriptors as far as allowed, and fits the number of clients into it.
///
/// # Errors
/// When the limit is too low for the clients that were asked for, or for any.
pub(super) fn max_connections(settings: &Settings) -> Result<usize, Error> {
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
    let reserved = RESERVED_DESCRIPTORS
        + settings.endpoints.len()
        + settings.models.loops * DESCRIPTORS_PER_LOOP;
    let room = descriptors.saturating_sub(reserved);
    let wanted = settings.max_connections.unwrap_or(DEFAULT_MAX_CONNECTIONS);
    if room >= wanted {
        return Ok(wanted);
    }
    if settings.max_connections.is_some() || room == 0 {
        let needed = wanted.saturating_add(reserved);
        return Err(Error::failure(format!(
            "{wanted} clients need more than {descriptors} descriptors; raise the limit \
             (ulimit -n {needed}), or lower --max-connections or --loops"
        )));
    }
    log::info!("the descriptor limit of {descriptors} allows {room} clients");
    Ok(room)
}
