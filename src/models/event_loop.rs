//! **Event loop**: one thread for everybody, callbacks by readiness.
//!
//! How it works: every socket is non-blocking, and the kernel is asked which of them can go on. For
//! each that can, a callback reads once, talks, writes once and returns. Nobody ever waits for a client;
//! the one wait is for all of them together.
//!
//! Where it shines: clients cost a few hundred bytes instead of a thread, so ten thousand silent ones
//! are no load; nothing runs at the same time, so nothing needs a lock.
//!
//! **Where it breaks:** a slow handler stops everybody, because the thread that runs it is the only
//! one. It uses one core. And the code is inside out: what a thread keeps on its stack between two
//! reads has to be kept in objects ([`Connection`]) between two callbacks.
//!
//! Look at: `Server::on_ready`; beside it `serve` in `blocking.rs`, which says the same with the
//! thread asleep in the middle.

use super::Model;
use super::connection::{Connection, Next, Scratch};
use super::shared::{Accepted, PAUSE, Shared};
use crate::aio::{EventLoop, Handle, Interest, Watched};
use crate::hub::Subscription;
use crate::service::Notice;
use slab::Slab;
use std::cell::{OnceCell, RefCell};
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// The read buffer that all clients share: large messages in few system calls.
const BUFFER: usize = 256 << 10;

/// Clients let in before those who are in get their turn.
const ACCEPT_BURST: usize = 64;

/// See the module.
pub struct EventLoopModel {
    event_loop: EventLoop,
}

impl EventLoopModel {
    /// # Errors
    /// When the system has no poller to give.
    pub fn new() -> io::Result<EventLoopModel> {
        Ok(EventLoopModel {
            event_loop: EventLoop::new()?,
        })
    }
}

impl Model for EventLoopModel {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        let server = Rc::new(Server {
            event_loop: self.event_loop.clone(),
            shared: Arc::clone(shared),
            clients: RefCell::default(),
            scratch: RefCell::new(Scratch::new(BUFFER)),
            doors: RefCell::default(),
        });
        server.open_doors()?;
        server.subscribe();
        for connection in live {
            server.add(connection);
        }
        let event_loop = self.event_loop.clone();
        let notifier = self.event_loop.notifier(move || event_loop.stop());
        shared.control.on_leave(move || notifier.notify());
        let result = self.event_loop.run_forever();
        let live = server.release_all();
        self.event_loop.close();
        result.map(|()| live)
    }
}

/// The clients of one loop.
struct Server {
    event_loop: EventLoop,
    shared: Arc<Shared>,
    clients: RefCell<Slab<Client>>,
    /// The loop handles one client at a time, so one buffer serves all.
    scratch: RefCell<Scratch>,
    doors: RefCell<Vec<Watched<Arc<TcpListener>>>>,
}

struct Client {
    connection: Watched<Connection>,
    /// The timer that is armed, and for when. Deadlines mostly move away: the timer is left as it is
    /// then, and armed anew when it fires too early. So a message costs no timer.
    timer: Option<(Instant, Handle)>,
    /// `on_turn` is in the ready queue: once is enough, whatever happens meanwhile.
    in_queue: bool,
}

impl Server {
    // -- Clients ----------------------------------------------------------------------------------

    fn add(self: &Rc<Self>, mut connection: Connection) {
        let mut clients = self.clients.borrow_mut();
        let entry = clients.vacant_entry();
        let id = entry.key();
        let server = Rc::clone(self);
        let watched = connection.never_block().and_then(|()| {
            self.event_loop
                .watch(connection, Interest::Read, move |_| server.on_ready(id))
        });
        match watched {
            Ok(connection) => {
                entry.insert(Client {
                    connection,
                    timer: None,
                    in_queue: false,
                });
            }
            Err(error) => {
                log::warn!("a client could not be watched and is lost: {error}");
                return;
            }
        }
        drop(clients);
        // It may have something to do without any input, and notices to hear of.
        self.with(id, Connection::catch_up);
    }

    /// It can go on: read once, talk, write once. Not if it has more in hand: then it has its turn in
    /// the ready queue, and no second one for being readable as well.
    fn on_ready(self: &Rc<Self>, id: usize) {
        self.with(id, |connection, scratch| match connection.next() {
            Next::Again => Next::Again,
            _ => connection.step(scratch),
        });
    }

    /// It had its turn and has more in hand.
    fn on_turn(self: &Rc<Self>, id: usize) {
        if let Some(client) = self.clients.borrow_mut().get_mut(id) {
            client.in_queue = false;
        }
        self.with(id, |connection, scratch| match connection.next() {
            Next::Again => connection.step(scratch),
            next => next,
        });
    }

    /// Calls one client and does what it then wants.
    fn with(self: &Rc<Self>, id: usize, call: impl FnOnce(&mut Connection, &mut Scratch) -> Next) {
        let mut clients = self.clients.borrow_mut();
        let Some(client) = clients.get_mut(id) else {
            return;
        };
        let next = call(&mut client.connection, &mut self.scratch.borrow_mut());
        let watching = match next {
            Next::Read => client.connection.set_interest(Interest::Read),
            Next::Write => client.connection.set_interest(Interest::Write),
            Next::Again => {
                if !std::mem::replace(&mut client.in_queue, true) {
                    let server = Rc::clone(self);
                    self.event_loop.call_soon(move || server.on_turn(id));
                }
                Ok(())
            }
            Next::Over => Err(io::ErrorKind::NotConnected.into()),
        };
        if watching.is_ok() {
            self.keep_time(id, client);
        } else {
            if let Some((_, timer)) = client.timer.take() {
                timer.cancel();
            }
            let gone = clients.remove(id);
            drop(clients); // its callback may be the last to hold the server
            drop(gone);
        }
    }

    /// Sees to it that a timer fires no later than the client's deadline.
    fn keep_time(self: &Rc<Self>, id: usize, client: &mut Client) {
        let Some(deadline) = client.connection.deadline() else {
            return;
        };
        if let Some((armed, timer)) = &client.timer {
            if *armed <= deadline {
                return;
            }
            timer.cancel();
        }
        let server = Rc::clone(self);
        let timer = self
            .event_loop
            .call_at(deadline, move || server.on_time(id));
        client.timer = Some((deadline, timer));
    }

    fn on_time(self: &Rc<Self>, id: usize) {
        let now = self.event_loop.now();
        if let Some(client) = self.clients.borrow_mut().get_mut(id) {
            // Not the timer of a newcomer, if this was meant for one who had the place before.
            client.timer.take_if(|(armed, _)| *armed <= now);
        }
        self.with(id, |connection, scratch| connection.expire(now, scratch));
    }

    // -- Doors ------------------------------------------------------------------------------------

    fn open_doors(self: &Rc<Self>) -> io::Result<()> {
        for (endpoint, door) in self.shared.endpoints.iter().enumerate() {
            let server = Rc::clone(self);
            let listener = Arc::clone(&door.listener);
            let on_ready = move |_| server.accept(endpoint);
            let watched = self.event_loop.watch(listener, Interest::Read, on_ready)?;
            self.doors.borrow_mut().push(watched);
        }
        Ok(())
    }

    fn accept(self: &Rc<Self>, endpoint: usize) {
        for _ in 0..ACCEPT_BURST {
            match self.shared.accept(endpoint) {
                Accepted::Client(connection) => self.add(connection),
                Accepted::TurnedAway => {}
                Accepted::Nobody => return,
                Accepted::Exhausted => return self.pause_door(endpoint),
            }
        }
    }

    fn pause_door(self: &Rc<Self>, endpoint: usize) {
        self.set_door(endpoint, Interest::Nothing);
        let server = Rc::clone(self);
        self.event_loop
            .call_later(PAUSE, move || server.set_door(endpoint, Interest::Read));
    }

    fn set_door(&self, endpoint: usize, interest: Interest) {
        if let Some(door) = self.doors.borrow_mut().get_mut(endpoint)
            && let Err(error) = door.set_interest(interest)
        {
            log::error!("a listener cannot be watched any more: {error}");
        }
    }

    // -- Notices ----------------------------------------------------------------------------------

    /// One subscription a hub serves all clients of its endpoint.
    fn subscribe(self: &Rc<Self>) {
        for (endpoint, door) in self.shared.endpoints.iter().enumerate() {
            let Some(hub) = door.hub() else { continue };
            let subscription = Rc::new(OnceCell::new());
            let (server, heard) = (Rc::clone(self), Rc::clone(&subscription));
            let notifier = self.event_loop.notifier(move || {
                if let Some(subscription) = heard.get() {
                    server.fan_out(endpoint, subscription);
                }
            });
            // Cannot be set already: it was made five lines above.
            let _ = subscription.set(hub.subscribe_with(move || notifier.notify()));
        }
    }

    /// Most clients take a notice at once and are as before; the others are seen to afterwards.
    fn fan_out(self: &Rc<Self>, endpoint: usize, subscription: &Subscription<Notice>) {
        let mut to_see_to = Vec::new();
        let mut tell = |call: &dyn Fn(&mut Connection, &mut Scratch) -> Next| {
            let scratch = &mut *self.scratch.borrow_mut();
            for (id, client) in self.clients.borrow_mut().iter_mut() {
                let connection = &mut *client.connection;
                if connection.endpoint() == endpoint && call(connection, scratch) != Next::Read {
                    to_see_to.push(id);
                }
            }
        };
        let mut heard = 0;
        while let Some(said) = subscription.try_next() {
            heard = said.seq;
            tell(&|connection, scratch| connection.tell(&said, scratch));
        }
        if heard < subscription.hub().latest() {
            // What found no room in the channel is in the hub's history.
            tell(&|connection, scratch| connection.catch_up(scratch));
        }
        for id in to_see_to {
            self.with(id, |connection, _| connection.next());
        }
    }

    // -- Leaving ----------------------------------------------------------------------------------

    fn release_all(&self) -> Vec<Connection> {
        self.doors.borrow_mut().clear();
        let clients = self.clients.take();
        clients
            .into_iter()
            .map(|(_, client)| client.connection.into_inner())
            .collect()
    }
}
