//! Bind, watch, run a model, shift to the next, stop.
//!
//! Shifting is the loop in `Server::serve`: a model is given the live connections and returns those that are
//! still live. Shutting down is a shift to no model.

mod commands;
mod endpoints;

pub use commands::Handle;

use crate::clock;
use crate::connection::{Connection, Next, Scratch};
use crate::error::Error;
use crate::models::ModelKind;
use crate::models::support::drain::drain;
use crate::models::support::shared::{Endpoint, Shared};
use crate::service::registry::{self, Context};
use crate::service::{Hub, Notify, Service};
use crate::settings::{Address, EndpointSettings, Settings};
use crate::watch::{Watch, Watcher};
use commands::{Command, Commands};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The time for [`step_those_without_a_turn`].
const STEP_LIMIT: Duration = Duration::from_millis(250);

/// The open endpoints and the settings to serve them with.
pub struct Server {
    settings: Settings,
    shared: Arc<Shared>,
    commands: Arc<Commands>,
    hub: Arc<Hub>,
    /// The files as they were when the endpoints opened; `None` if no service notifies.
    watch: Option<Watch>,
}

/// A service that is not in the program's registry.
pub struct OwnService {
    /// Its name, for people.
    pub name: &'static str,
    /// Where it listens.
    pub address: Address,
    /// The service, over WebSocket.
    pub service: Arc<dyn Service>,
}

impl Server {
    /// Opens every endpoint. Clients can connect from here on and are served once the server runs.
    ///
    /// # Errors
    /// An address that is not available, or too few descriptors.
    pub fn bind(settings: Settings) -> Result<Server, Error> {
        Server::bind_with(settings, Vec::new())
    }

    /// As [`Server::bind`], with services of your own in addition to those of the settings.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub fn bind_with(settings: Settings, own: Vec<OwnService>) -> Result<Server, Error> {
        let max_connections = endpoints::max_connections(&settings)?;
        let hub = Arc::new(Hub::new());
        let context = Context {
            hub: Arc::clone(&hub),
            format: settings.format,
            work: settings.work,
        };
        let mut open = Vec::new();
        for one in &settings.endpoints {
            open.push(endpoints::open(one, &context, &settings)?);
        }
        for one in own {
            let (name, address) = (one.name, &one.address);
            open.push(endpoints::open_websocket(
                name,
                address,
                one.service,
                &settings,
            )?);
        }
        let watch = watch(&settings)?;
        let shared = Arc::new(Shared::new(open, max_connections));
        let commands = Arc::new(Commands::new(&shared));
        Ok(Server {
            settings,
            shared,
            commands,
            hub,
            watch,
        })
    }

    /// The name and URL of each endpoint, with its actual port.
    pub fn endpoints(&self) -> Vec<(String, String)> {
        let url = |endpoint: &Endpoint| {
            let scheme = endpoint.protocol.scheme();
            let path = if scheme == "tcp" { "" } else { "/" };
            let url = format!("{scheme}://{}{path}", endpoint.address);
            (endpoint.name.clone(), url)
        };
        self.shared.endpoints.iter().map(url).collect()
    }

    /// A handle for other threads, which shifts and stops the server.
    pub fn handle(&self) -> Handle {
        Handle {
            commands: Arc::clone(&self.commands),
        }
    }

    /// Serves until [`Handle::stop`].
    ///
    /// # Blocks
    /// Until then, and until the clients have closed (at most `--drain`).
    ///
    /// # Errors
    /// When the system refuses what every model needs.
    pub fn run(mut self) -> Result<(), Error> {
        let _watcher = self.start_watching()?;
        let mut live = Vec::new();
        let result = self.serve(&mut live);
        self.stop_listening();
        let clients = live.len();
        log::info!("Shutting down... clients to close: {clients}");
        let silent = drain(live, self.settings.drain);
        if silent > 0 {
            log::warn!("{silent} of {clients} clients were still connected when the time was up");
        }
        log::info!("Shutdown complete");
        result
    }

    /// Runs one model after the other. A model that the system refuses is replaced by the one before it, or by
    /// one thread per connection, which needs the least.
    fn serve(&self, live: &mut Vec<Connection>) -> Result<(), Error> {
        let mut kind = self.settings.model;
        let mut last_good = ModelKind::ThreadPerConnection;
        let mut refused = Vec::new();
        loop {
            if let Err(error) = self.run_model(kind, live) {
                self.commands.rearm();
                refused.push(kind);
                let fallbacks = [last_good, ModelKind::ThreadPerConnection];
                let fallback = fallbacks.into_iter().find(|it| !refused.contains(it));
                let fallback = fallback.ok_or_else(|| cannot_serve(kind, &error))?;
                log::warn!(
                    "{} cannot be used ({error}); serving under {} instead",
                    kind.about().name,
                    fallback.about().name
                );
                kind = fallback;
                continue;
            }
            last_good = kind;
            refused.clear();
            match self.commands.take() {
                Some(Command::Shift(to, done)) => {
                    kind = to;
                    step_those_without_a_turn(live);
                    drop(done); // the caller of `shift` waits for this
                }
                Some(Command::Stop) => return Ok(()),
                None => {}
            }
        }
    }

    /// Serves `live` and new clients until the model is told to stop.
    fn run_model(&self, kind: ModelKind, live: &mut Vec<Connection>) -> io::Result<()> {
        let mut model = kind.build(&self.settings.models)?;
        let clients = live.len();
        log::info!("serving under {}; clients: {clients}", kind.about().name);
        live.iter_mut().for_each(Connection::clear_stepped);
        let (still_live, result) = match model.run(std::mem::take(live), &self.shared) {
            Ok(still_live) => (still_live, Ok(())),
            Err(failed) => (failed.live, Err(failed.error)),
        };
        *live = still_live;
        result
    }

    fn start_watching(&mut self) -> Result<Option<Watcher>, Error> {
        let Some(watch) = self.watch.take() else {
            return Ok(None);
        };
        let hub = Arc::clone(&self.hub);
        let publish = move |change| Notify::publish(&hub, &change);
        Watcher::spawn(watch, self.settings.interval, publish).map(Some)
    }

    /// Clients that connect from here on are refused at once, instead of waiting for the process to end.
    /// Some systems cannot shut a listener down; there they wait.
    fn stop_listening(&self) {
        for endpoint in &self.shared.endpoints {
            let _ = rustix::net::shutdown(&endpoint.listener, rustix::net::Shutdown::Both);
        }
    }
}

fn cannot_serve(kind: ModelKind, error: &io::Error) -> Error {
    let name = kind.about().name;
    Error::failure(format!(
        "cannot serve under {name}: {error}; check the limits on threads and descriptors"
    ))
}

/// Gives one step to each client that the model had no time for.
///
/// Without it a client could wait for ever: a model that is told to stop before its threads have run
/// reads nothing, and shifts may follow each other at any rate. The time is limited, because a handler may
/// be slow; the clients left over come first the next time.
fn step_those_without_a_turn(live: &mut Vec<Connection>) {
    let end = clock::now() + STEP_LIMIT;
    let mut scratch = Scratch::one_by_one(64 << 10);
    let mut left_over = 0;
    live.retain_mut(|connection| {
        if connection.was_stepped() {
            return true;
        }
        if clock::now() >= end {
            left_over += 1;
            return true;
        }
        connection.adopt();
        let next = match connection.set_nonblocking() {
            Ok(()) => connection.step(&mut scratch),
            Err(_) => Next::Over,
        };
        connection.release();
        next != Next::Over
    });
    if left_over > 0 {
        live.sort_by_key(Connection::was_stepped);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.commands.close();
    }
}

/// The files to watch, if a service notifies.
fn watch(settings: &Settings) -> Result<Option<Watch>, Error> {
    let notifies = |one: &EndpointSettings| one.name == registry::NOTIFY;
    let needed = settings.endpoints.iter().any(notifies);
    needed.then(|| Watch::new(&settings.watch)).transpose()
}
