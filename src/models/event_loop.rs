//! **Event loop**: one thread for all clients, callbacks by readiness.
//!
//! How it works: every socket is non-blocking, and the kernel is asked which of them are ready. For each
//! of those a callback reads once, responds, writes once and returns. The thread never waits for one
//! client; its one wait is for all of them together.
//!
//! Where it shines: a client costs a few hundred bytes instead of a thread, so ten thousand silent clients
//! cost almost nothing. Callbacks never run at the same time, so nothing needs a lock.
//!
//! **Where it breaks:** a slow handler stops every client, because the thread that runs it is the only
//! one. It uses one core. And the code is inside out: what a thread keeps on its stack between two reads has
//! to be kept in objects ([`Connection`]) between two callbacks.
//!
//! Look at: `LoopServer::on_ready`. `serve_client` in `support/serve.rs` takes the same steps, but its thread sleeps
//! between them.

use super::support::acceptor::Acceptor;
use super::support::shared::Shared;
use super::{Failed, Model};
use crate::aio::{DeadlineTimer, EventLoop, Interest, Watched};
use crate::connection::{Connection, Next, Scratch};
use crate::hub::Subscription;
use crate::service::Notice;
use slab::Slab;
use std::cell::{OnceCell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

/// The read buffer that all clients share: large messages in few system calls.
const BUFFER: usize = 256 << 10;

/// The model, see the [module](self).
pub struct EventLoopModel {
    event_loop: EventLoop,
}

impl EventLoopModel {
    /// Makes the loop.
    ///
    /// # Errors
    /// When the system has no poller available.
    pub fn new() -> io::Result<EventLoopModel> {
        Ok(EventLoopModel {
            event_loop: EventLoop::new()?,
        })
    }
}

impl Model for EventLoopModel {
    fn run(
        &mut self,
        live: Vec<Connection>,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Connection>, Failed> {
        let server = Rc::new(LoopServer {
            event_loop: self.event_loop.clone(),
            shared: Arc::clone(shared),
            clients: RefCell::default(),
            scratch: RefCell::new(Scratch::new(BUFFER, shared.stop_signal.flag())),
        });
        let owner = Rc::clone(&server);
        let take = move |connection| owner.add(connection);
        let acceptors = match Acceptor::listen_on_all(&self.event_loop, shared, take) {
            Ok(acceptors) => acceptors,
            Err(error) => return Err(Failed { error, live }),
        };
        server.subscribe();
        live.into_iter()
            .for_each(|connection| server.add(connection));
        let event_loop = self.event_loop.clone();
        let notifier = self.event_loop.notifier(move || event_loop.stop());
        shared.stop_signal.on_stop(move || notifier.notify());
        let result = self.event_loop.run_forever();
        drop(acceptors);
        let live = server.release_all();
        self.event_loop.close();
        Failed::unless(result, live)
    }
}

/// The clients of one loop.
struct LoopServer {
    event_loop: EventLoop,
    shared: Arc<Shared>,
    clients: RefCell<Slab<Client>>,
    /// The loop handles one client at a time, so one buffer serves all.
    scratch: RefCell<Scratch>,
}

struct Client {
    connection: Watched<Connection>,
    timer: DeadlineTimer,
    /// `on_turn` is in the ready queue; once is enough, whatever happens before it runs.
    in_queue: bool,
}

impl LoopServer {
    // -- Clients ----------------------------------------------------------------------------------

    fn add(self: &Rc<Self>, mut connection: Connection) {
        connection.adopt();
        let mut clients = self.clients.borrow_mut();
        let entry = clients.vacant_entry();
        let id = entry.key();
        let server = Rc::clone(self);
        let on_ready = move |_| server.on_ready(id);
        let watch = |connection| self.event_loop.watch(connection, Interest::Read, on_ready);
        match connection
            .set_nonblocking()
            .and_then(|()| watch(connection))
        {
            Ok(connection) => entry.insert(Client {
                connection,
                timer: DeadlineTimer::default(),
                in_queue: false,
            }),
            Err(error) => {
                log::warn!("a client is lost: its socket cannot be watched: {error}");
                return;
            }
        };
        drop(clients);
        // It may have work that needs no input, and notices may have been published.
        self.call(id, Connection::catch_up);
    }

    /// The socket is ready: read once, respond, write once. If the client has messages left, its turn is
    /// already in the ready queue, and readiness does not give it a second one.
    fn on_ready(self: &Rc<Self>, id: usize) {
        self.call(id, |connection, scratch| match connection.next() {
            Next::Again => Next::Again,
            _ => connection.step(scratch),
        });
    }

    /// The other clients had their turn, and this one has messages left.
    fn on_turn(self: &Rc<Self>, id: usize) {
        if let Some(client) = self.clients.borrow_mut().get_mut(id) {
            client.in_queue = false;
        }
        self.call(id, |connection, scratch| match connection.next() {
            Next::Again => connection.step(scratch),
            next => next,
        });
    }

    /// Runs `call` on one client, then arranges what it waits for next.
    fn call(self: &Rc<Self>, id: usize, call: impl FnOnce(&mut Connection, &mut Scratch) -> Next) {
        let mut clients = self.clients.borrow_mut();
        let Some(client) = clients.get_mut(id) else {
            return;
        };
        let next = if self.shared.stop_signal.is_stopping() {
            client.connection.next() // the next model's business
        } else {
            call(&mut client.connection, &mut self.scratch.borrow_mut())
        };
        let stays = match next {
            Next::Read => watch(&mut client.connection, Interest::Read),
            Next::Write => watch(&mut client.connection, Interest::Write),
            Next::Again => {
                if !std::mem::replace(&mut client.in_queue, true) {
                    let server = Rc::clone(self);
                    self.event_loop.call_soon(move || server.on_turn(id));
                }
                true
            }
            Next::Over => false,
        };
        if stays {
            self.arm_timer(id, client);
        } else {
            let gone = clients.remove(id);
            drop(clients); // its callback may be the last to hold the server
            drop(gone);
        }
    }

    /// A client without a deadline has no timer to arm.
    fn arm_timer(self: &Rc<Self>, id: usize, client: &mut Client) {
        if let Some(deadline) = client.connection.deadline() {
            client.timer.arm(&self.event_loop, deadline, || {
                let server = Rc::clone(self);
                move || server.on_deadline(id)
            });
        }
    }

    fn on_deadline(self: &Rc<Self>, id: usize) {
        let now = self.event_loop.now();
        self.call(id, |connection, scratch| connection.expire(now, scratch));
    }

    // -- Notices ----------------------------------------------------------------------------------

    /// One subscription per hub serves all clients of its endpoint.
    fn subscribe(self: &Rc<Self>) {
        for (endpoint, at) in self.shared.endpoints.iter().enumerate() {
            let Some(hub) = at.hub() else { continue };
            let subscription = Rc::new(OnceCell::new());
            let (server, published) = (Rc::clone(self), Rc::clone(&subscription));
            let notifier = self.event_loop.notifier(move || {
                if let Some(subscription) = published.get() {
                    server.fan_out(endpoint, subscription);
                }
            });
            // It cannot be set already: it was made a few lines above.
            let _ = subscription.set(hub.subscribe_with(move || notifier.notify()));
        }
    }

    /// Most clients take a notice at once and go on waiting for input. Only the others need more.
    fn fan_out(self: &Rc<Self>, endpoint: usize, subscription: &Subscription<Notice>) {
        let mut changed = Vec::new();
        let mut call_all = |call: &dyn Fn(&mut Connection, &mut Scratch) -> Next| {
            let scratch = &mut *self.scratch.borrow_mut();
            for (id, client) in self.clients.borrow_mut().iter_mut() {
                let connection = &mut *client.connection;
                if connection.endpoint() == endpoint && call(connection, scratch) != Next::Read {
                    changed.push(id);
                }
            }
        };
        let mut last_seq = 0;
        while let Some(notice) = subscription.try_next() {
            last_seq = notice.seq;
            call_all(&|connection, scratch| connection.deliver(&notice, scratch));
        }
        if last_seq < subscription.hub().latest() {
            // Notices that did not fit into the channel are in the hub's history.
            call_all(&|connection, scratch| connection.catch_up(scratch));
        }
        for id in changed {
            self.call(id, |connection, _| connection.next());
        }
    }

    /// Gives up every client, for the next model.
    fn release_all(&self) -> Vec<Connection> {
        let clients = self.clients.take().into_iter();
        let mut live: Vec<_> = clients.map(|(_, it)| it.connection.into_inner()).collect();
        live.iter_mut().for_each(Connection::release);
        live
    }
}

/// Returns whether the poller accepts that; if not, the client has to go.
fn watch(connection: &mut Watched<Connection>, interest: Interest) -> bool {
    let refused = connection.set_interest(interest).err();
    if let Some(error) = &refused {
        log::warn!("a client is lost: its socket cannot be watched any more: {error}");
    }
    refused.is_none()
}
