//! The registry: every service by its name, with its default ports and its constructor.
//!
//! The command line, its help and the server read this table, so a service is added in one place.

use super::{Broadcast, Cost, Echo, Format, Hub, Mirror, Notify, Periodic, ReplyReversed};
use super::{Service, Work};
use EndpointKind::{HttpHello, TcpEcho, WebSocket};
use std::sync::Arc;

/// The service that pushes file changes; the only one that needs a watcher.
pub(crate) const NOTIFY: &str = "notify";

/// What the constructor of a service may use.
#[derive(Debug)]
pub(crate) struct Context {
    /// Where the watcher publishes changes.
    pub(crate) hub: Arc<Hub>,
    /// How clients that do not ask for a format get changes.
    pub(crate) format: Format,
    /// What each message costs in addition to its reply.
    pub(crate) work: Cost,
}

impl Context {
    /// Makes a service whose messages cost [`Context::work`].
    pub(crate) fn build(&self, constructor: Constructor) -> Arc<dyn Service> {
        let service = constructor(self);
        if self.work.is_free() {
            service
        } else {
            Arc::new(Work::new(service, self.work))
        }
    }
}

/// Makes a service.
pub(crate) type Constructor = fn(&Context) -> Arc<dyn Service>;

/// What an endpoint speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EndpointKind {
    /// WebSocket, around a service.
    WebSocket(Constructor),
    /// Raw TCP that comes back; a protocol without a service.
    TcpEcho,
    /// HTTP with one greeting; a protocol without a service.
    HttpHello,
}

/// One row of the registry.
#[derive(Debug)]
pub(crate) struct ServiceEntry {
    /// The name on the command line and in `listening` lines.
    pub(crate) name: &'static str,
    /// What the service does, for the help: at most 54 columns.
    pub(crate) about: &'static str,
    /// Each endpoint of the service, with its default port.
    pub(crate) endpoints: &'static [(u16, EndpointKind)],
}

/// The services, in the order of the help.
pub(crate) static SERVICES: [ServiceEntry; 9] = [
    ServiceEntry {
        name: NOTIFY,
        about: "push the changes of watched files",
        endpoints: &[(
            8765,
            WebSocket(|context| Arc::new(Notify::new(Arc::clone(&context.hub), context.format))),
        )],
    },
    ServiceEntry {
        name: "reply",
        about: "reply with the message reversed",
        endpoints: &[(8766, WebSocket(|_| Arc::new(ReplyReversed)))],
    },
    ServiceEntry {
        name: "echo",
        about: "reply with the message and a prefix",
        endpoints: &[(8765, WebSocket(|_| Arc::new(Echo::with_prefix("Echo: "))))],
    },
    ServiceEntry {
        name: "twin-echo",
        about: "echo on two ports, each with its own prefix",
        endpoints: &[
            (
                8765,
                WebSocket(|_| Arc::new(Echo::with_prefix("Server 1 echo: "))),
            ),
            (
                8766,
                WebSocket(|_| Arc::new(Echo::with_prefix("Server 2 echo: "))),
            ),
        ],
    },
    ServiceEntry {
        name: "periodic",
        about: "send a message every 5 seconds",
        endpoints: &[(8765, WebSocket(|_| Arc::new(Periodic)))],
    },
    ServiceEntry {
        name: "mirror",
        about: "reply with the same message",
        endpoints: &[(9001, WebSocket(|_| Arc::new(Mirror)))],
    },
    ServiceEntry {
        name: "broadcast",
        about: "send messages that begin with `pub ` to all others",
        endpoints: &[(9002, WebSocket(|_| Arc::new(Broadcast::new())))],
    },
    ServiceEntry {
        name: "tcp-echo",
        about: "return all bytes over raw TCP",
        endpoints: &[(55555, TcpEcho)],
    },
    ServiceEntry {
        name: "http-hello",
        about: "greet over HTTP and close",
        endpoints: &[(8888, HttpHello)],
    },
];

/// The service with this name.
pub(crate) fn find(name: &str) -> Option<&'static ServiceEntry> {
    SERVICES.iter().find(|entry| entry.name == name)
}
