//! **Multi-loop**: one event loop per core.
//!
//! How it works: one loop accepts clients and dispatches each to the loop that has the fewest. From then
//! on the client belongs to its loop, as if there were no other. Each loop serves its clients as
//! [`coroutines`](super::coroutines) does, and no lock is contended for a message.
//!
//! Where it shines: all cores, for the price of a few loops. nginx, Envoy and Seastar are built this way.
//!
//! **Where it breaks:** clients are dispatched when they connect, before anything is known of how busy they
//! will be, and a loop that got all the busy ones cannot give any away. A slow handler still stops every
//! client on its loop. What clients share between loops (here: the hub) needs locks again.
//!
//! Look at: `Dispatcher::dispatch`. Each loop could accept from the listener by itself, but epoll wakes the
//! last waiter first, and one loop would get most of the clients.

use super::support::acceptor::Acceptor;
use super::support::shared::Shared;
use super::support::tasks::LoopServer;
use super::support::threads;
use super::{Failed, Model};
use crate::aio::{self, EventLoop, Notifier};
use crate::connection::Connection;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The model, see the [module](self).
pub struct MultiLoop {
    /// The loop of the calling thread, which dispatches.
    first: EventLoop,
    loops: usize,
}

impl MultiLoop {
    /// Makes the first of `loops` loops; the others are made by their threads.
    ///
    /// # Errors
    /// When the system has no poller available.
    pub fn new(loops: usize) -> io::Result<MultiLoop> {
        let first = EventLoop::new()?;
        Ok(MultiLoop { first, loops })
    }
}

impl Model for MultiLoop {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        thread::scope(|scope| {
            let (ready, others) = unbounded();
            let mut threads = Vec::new();
            for _ in 1..self.loops {
                let ready = ready.clone();
                match threads::spawn(scope, "loop", move || serve_dispatched(shared, ready)) {
                    Ok(thread) => threads.push(thread),
                    Err(error) => log::warn!(
                        "continuing without one event loop: cannot start a thread ({error})"
                    ),
                }
            }
            drop(ready); // so that `others` ends when each thread has sent its handle
            let server = LoopServer::new(&self.first, shared);
            let dispatcher = Dispatcher::new(server, others.iter());
            let result = aio::run_on(&self.first, main(Rc::clone(&dispatcher), live));
            if result.is_err() {
                shared.stop_signal.stop(); // or the scope would wait for the other loops for ever
            }
            let mut live = dispatcher.server.take_live();
            for (served, dispatched) in threads.into_iter().map(threads::join) {
                live.extend(served);
                // Clients dispatched to a loop that was stopping.
                live.extend(dispatched.iter().flat_map(Receiver::try_iter));
            }
            dispatcher.log_shares();
            Failed::unless(result.map_err(aio::Error::into_io), live)
        })
    }
}

async fn main(dispatcher: Rc<Dispatcher>, live: Vec<Connection>) -> aio::Result<()> {
    let server = &dispatcher.server;
    server.forward_notices();
    for connection in live {
        dispatcher.dispatch(connection);
    }
    let owner = Rc::clone(&dispatcher);
    let take = move |connection| owner.dispatch(connection);
    let _acceptors = Acceptor::listen_on_all(&server.event_loop, &server.shared, take)?;
    server.until_stopped().await
}

/// The loop of one more thread, which serves the clients dispatched to it. Returns those that are still
/// connected, and the channel in which more may have arrived.
fn serve_dispatched(
    shared: &Arc<Shared>,
    ready: Sender<LoopHandle>,
) -> (Vec<Connection>, Option<Receiver<Connection>>) {
    let event_loop = match EventLoop::new() {
        Ok(event_loop) => event_loop,
        Err(error) => {
            log::warn!("continuing without one event loop: {error}");
            return Default::default();
        }
    };
    let server = LoopServer::new(&event_loop, shared);
    let (channel, dispatched) = unbounded::<Connection>();
    let (new, owner) = (dispatched.clone(), Rc::clone(&server));
    let take = move || new.try_iter().for_each(|it| owner.serve_in_new_task(it));
    let notifier = event_loop.notifier(take);
    ready
        .send(LoopHandle::new(&server, Some((channel, notifier))))
        .expect("the dispatcher waits for it");
    drop(ready);
    let owner = Rc::clone(&server);
    let main = async move {
        owner.forward_notices();
        owner.until_stopped().await
    };
    if let Err(error) = aio::run_on(&event_loop, main) {
        log::error!("an event loop cannot continue: {error}");
        shared.stop_signal.stop(); // the server starts the model again, with all loops
    }
    (server.take_live(), Some(dispatched))
}

/// Dispatches clients, from the first loop.
struct Dispatcher {
    server: Rc<LoopServer>,
    /// The first is the dispatcher's own.
    loops: Vec<LoopHandle>,
}

/// A loop as the dispatcher sees it.
struct LoopHandle {
    /// The channel to its thread, and the notifier that wakes it. `None`: the dispatcher's own loop.
    remote: Option<(Sender<Connection>, Notifier)>,
    dispatched: Cell<usize>,
    /// The number of dispatched clients that have disconnected; their loop counts them.
    closed: Arc<AtomicUsize>,
}

impl LoopHandle {
    fn new(server: &LoopServer, remote: Option<(Sender<Connection>, Notifier)>) -> LoopHandle {
        LoopHandle {
            remote,
            dispatched: Cell::new(0),
            closed: Arc::clone(&server.closed),
        }
    }

    fn clients(&self) -> usize {
        self.dispatched.get() - self.closed.load(Ordering::Relaxed)
    }
}

impl Dispatcher {
    fn new(server: Rc<LoopServer>, others: impl Iterator<Item = LoopHandle>) -> Rc<Dispatcher> {
        let own = LoopHandle::new(&server, None);
        let loops = std::iter::once(own).chain(others).collect();
        Rc::new(Dispatcher { server, loops })
    }

    /// Hands the client to the loop that has the fewest clients now.
    fn dispatch(&self, connection: Connection) {
        let to = self.loops.iter().min_by_key(|one| one.clients());
        let to = to.expect("the list has the dispatcher's own loop");
        to.dispatched.set(to.dispatched.get() + 1);
        match &to.remote {
            None => self.server.serve_in_new_task(connection),
            Some((channel, notifier)) => {
                channel
                    .send(connection)
                    .expect("its receiver is kept until the dispatcher is done");
                notifier.notify();
            }
        }
    }

    /// Logs how many clients each loop was given.
    fn log_shares(&self) {
        let shares = self
            .loops
            .iter()
            .map(|one| one.dispatched.get().to_string());
        let shares = shares.collect::<Vec<_>>().join(", ");
        log::info!("clients dispatched to {} loops: {shares}", self.loops.len());
    }
}
