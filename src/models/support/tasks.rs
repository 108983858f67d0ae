//! How one task serves one client, on a loop.
//!
//! `serve_client` has a twin of the same name in `serve.rs`, for threads: the same steps in the same order,
//! with `.await` where that one blocks. What a thread keeps on its stack is kept in the coroutine, which the compiler turns
//! into an object that is just large enough. And where a thread can wait in one place only, a task waits for
//! input, time and notices at once: the loop does the waiting, and the task is merely woken.

use super::serve::Outcome;
use super::shared::Shared;
use crate::aio::{self, DeadlineTimer, Event, EventLoop, Future, Interest, WaitReason, Watched};
use crate::clock;
use crate::connection::{Connection, Next, Scratch};
use crate::hub::Subscription;
use crate::service::Notice;
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The read buffer that all clients of a loop share: large messages in few system calls.
const BUFFER: usize = 256 << 10;

/// What the tasks of one loop share. They run one after another, so nothing is locked.
pub(crate) struct LoopServer {
    /// The loop that they run on.
    pub(crate) event_loop: EventLoop,
    /// What every model is given.
    pub(crate) shared: Arc<Shared>,
    scratch: RefCell<Scratch>,
    /// How to wake the clients' tasks, each with the index of its endpoint.
    waiters: RefCell<Slab<(usize, Rc<Waiter>)>>,
    /// The number of clients whose tasks have ended.
    pub(crate) closed: Arc<AtomicUsize>,
    /// Clients that were still connected when their tasks were cancelled.
    live: RefCell<Vec<Connection>>,
}

impl LoopServer {
    /// A server without clients.
    pub(crate) fn new(event_loop: &EventLoop, shared: &Arc<Shared>) -> Rc<LoopServer> {
        Rc::new(LoopServer {
            event_loop: event_loop.clone(),
            shared: Arc::clone(shared),
            scratch: RefCell::new(Scratch::new(BUFFER, shared.stop_signal.flag())),
            waiters: RefCell::default(),
            closed: Arc::default(),
            live: RefCell::default(),
        })
    }

    /// Starts a task that serves this client until it disconnects.
    ///
    /// Once the model is told to stop, the list of the tasks to cancel is made. A task that started later
    /// would be dropped with the loop, and its client with it. So the client is handed back instead.
    pub(crate) fn serve_in_new_task(self: &Rc<Self>, connection: Connection) {
        let guard = HandBackGuard {
            connection: Some(connection),
            server: Rc::clone(self),
        };
        if !self.shared.stop_signal.is_stopping() {
            self.event_loop.create_task(guard.serve());
        }
    }

    /// Wakes the clients of an endpoint that pushes whenever a notice is published. Call it before the first
    /// client is served, or a notice in between would reach that client only with the next.
    pub(crate) fn forward_notices(self: &Rc<Self>) {
        for (endpoint, at) in self.shared.endpoints.iter().enumerate() {
            if let Some(hub) = at.hub() {
                let published = Rc::new(Event::new());
                let signal = Rc::clone(&published);
                let notifier = self.event_loop.notifier(move || signal.set());
                let subscription = hub.subscribe_with(move || notifier.notify());
                let task = forward(Rc::clone(self), endpoint, published, subscription);
                self.event_loop.create_task(task);
            }
        }
    }

    /// Waits until the model has to stop.
    ///
    /// # Errors
    /// `Cancelled`.
    pub(crate) async fn until_stopped(&self) -> aio::Result<()> {
        let stopped = Rc::new(Event::new());
        let signal = Rc::clone(&stopped);
        let notifier = self.event_loop.notifier(move || signal.set());
        self.shared.stop_signal.on_stop(move || notifier.notify());
        stopped.wait_for("the stop signal").await
    }

    /// The clients that were still connected. Call it when all tasks have ended.
    pub(crate) fn take_live(&self) -> Vec<Connection> {
        self.live.take()
    }
}

// -- One client ---------------------------------------------------------------------------------------

/// Serves one client, until its connection is over or the model has to stop.
async fn serve_client(client: &mut Client, server: &LoopServer) -> Outcome {
    let mut next = client.catch_up(&mut server.scratch.borrow_mut());
    while next != Next::Over {
        let woken = client.wait(next).await;
        let scratch = &mut *server.scratch.borrow_mut();
        next = match woken {
            Woken::Ready => client.step(scratch),
            Woken::Time => client.connection.expire(clock::now(), scratch),
            Woken::Notice => client.catch_up(scratch),
            Woken::End(outcome) => return outcome,
        };
    }
    Outcome::Closed
}

/// A client that its task has to hand back when the model stops, even if the task never began: a task that
/// is cancelled before its first step does not run at all.
struct HandBackGuard {
    connection: Option<Connection>,
    server: Rc<LoopServer>,
}

impl HandBackGuard {
    async fn serve(mut self) -> aio::Result<()> {
        if let Some(connection) = self.connection.take()
            && let Ok(mut client) = Client::watch(&self.server, connection)
            && serve_client(&mut client, &self.server).await == Outcome::Stopped
        {
            let mut connection = client.connection.into_inner();
            connection.release();
            self.connection = Some(connection); // taken by `drop`
        }
        Ok(())
    }
}

impl Drop for HandBackGuard {
    fn drop(&mut self) {
        self.server.live.borrow_mut().extend(self.connection.take());
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// The socket can do what was waited for, or there was nothing to wait for.
    Ready,
    /// The deadline has come, possibly one that has moved away since.
    Time,
    /// A notice was published.
    Notice,
    /// Stop serving this client.
    End(Outcome),
}

/// A client as its task sees it.
struct Client {
    connection: Watched<Connection>,
    waiter: WaiterGuard,
}

impl Client {
    fn watch(server: &Rc<LoopServer>, mut connection: Connection) -> io::Result<Client> {
        connection.adopt();
        let waiter = WaiterGuard::new(server, connection.endpoint());
        let (to_wake, event_loop) = (Rc::clone(&waiter.waiter), server.event_loop.clone());
        let on_ready = move |_| {
            if event_loop.turn() != to_wake.stepped.get() {
                to_wake.wake(&to_wake.ready);
            }
        };
        let watch = |connection| {
            server
                .event_loop
                .watch(connection, Interest::Read, on_ready)
        };
        let watched = connection
            .set_nonblocking()
            .and_then(|()| watch(connection));
        let connection = watched.inspect_err(|error| {
            log::warn!("a client is lost: its socket cannot be watched: {error}");
        })?;
        Ok(Client { connection, waiter })
    }

    /// The task waits here: for input or room, for a deadline, for a notice.
    async fn wait(&mut self, next: Next) -> Woken {
        match self.sleep(next).await {
            // A task that is woken in the same turn as the stop signal runs before it is cancelled.
            _ if self.waiter.server.shared.stop_signal.is_stopping() => {
                Woken::End(Outcome::Stopped)
            }
            Err(aio::Error::Cancelled) => Woken::End(Outcome::Stopped),
            Err(error) => {
                log::warn!("a client is lost: its socket cannot be watched any more: {error}");
                Woken::End(Outcome::Closed)
            }
            Ok(woken) => woken,
        }
    }

    async fn sleep(&mut self, next: Next) -> aio::Result<Woken> {
        if let Some(deadline) = self.connection.deadline() {
            self.waiter.arm_timer(deadline);
        }
        let (interest, reason) = match next {
            Next::Again => {
                aio::yield_now().await?;
                return Ok(self.waiter.woken().unwrap_or(Woken::Ready));
            }
            Next::Write => (Interest::Write, WaitReason::Writable),
            Next::Read | Next::Over => (Interest::Read, WaitReason::Named("read")),
        };
        self.connection.set_interest(interest)?;
        self.waiter.wait(reason).await
    }

    fn catch_up(&mut self, scratch: &mut Scratch) -> Next {
        self.connection.catch_up(scratch)
    }

    fn step(&mut self, scratch: &mut Scratch) -> Next {
        let turn = self.waiter.server.event_loop.turn();
        self.waiter.waiter.stepped.set(turn);
        self.connection.step(scratch)
    }
}

/// How one client's task is woken, and why.
#[derive(Default)]
struct Waiter {
    ready: Cell<bool>,
    time: Cell<bool>,
    notice: Cell<bool>,
    /// The turn of the client's last step. Readiness that is reported in that turn was found before the step.
    stepped: Cell<u64>,
    sleeper: Cell<Option<Future<()>>>,
}

impl Waiter {
    fn wake(&self, reason: &Cell<bool>) {
        reason.set(true);
        if let Some(sleeper) = self.sleeper.take() {
            let _ = sleeper.set_result(()); // or it was cancelled
        }
    }
}

/// Keeps a waiter registered with the server until it is dropped.
struct WaiterGuard {
    waiter: Rc<Waiter>,
    key: usize,
    server: Rc<LoopServer>,
    timer: DeadlineTimer,
}

impl WaiterGuard {
    fn new(server: &Rc<LoopServer>, endpoint: usize) -> WaiterGuard {
        let waiter = Rc::new(Waiter::default());
        let entry = (endpoint, Rc::clone(&waiter));
        WaiterGuard {
            waiter,
            key: server.waiters.borrow_mut().insert(entry),
            server: Rc::clone(server),
            timer: DeadlineTimer::default(),
        }
    }

    async fn wait(&self, reason: WaitReason) -> aio::Result<Woken> {
        loop {
            if let Some(woken) = self.woken() {
                return Ok(woken);
            }
            let sleeper = self.server.event_loop.create_future_for(reason);
            self.waiter.sleeper.set(Some(sleeper.clone()));
            sleeper.await?;
        }
    }

    fn woken(&self) -> Option<Woken> {
        let waiter = &self.waiter;
        if waiter.time.take() {
            Some(Woken::Time)
        } else if waiter.notice.take() {
            Some(Woken::Notice)
        } else if waiter.ready.take() {
            Some(Woken::Ready)
        } else {
            None
        }
    }

    fn arm_timer(&mut self, deadline: Instant) {
        let waiter = &self.waiter;
        self.timer.arm(&self.server.event_loop, deadline, || {
            let waiter = Rc::clone(waiter);
            move || waiter.wake(&waiter.time)
        });
    }
}

impl Drop for WaiterGuard {
    fn drop(&mut self) {
        self.server.waiters.borrow_mut().try_remove(self.key);
        self.server.closed.fetch_add(1, Ordering::Relaxed);
    }
}

// -- Notices ------------------------------------------------------------------------------------------

/// Wakes the clients of one endpoint whenever a notice is published, for ever. The clients find the notice
/// in the hub's history.
async fn forward(
    server: Rc<LoopServer>,
    endpoint: usize,
    published: Rc<Event>,
    subscription: Subscription<Notice>,
) -> aio::Result<()> {
    loop {
        published.wait_for("a notice").await?;
        published.clear();
        while subscription.try_next().is_some() {}
        for (_, (of_endpoint, waiter)) in server.waiters.borrow().iter() {
            if *of_endpoint == endpoint {
                waiter.wake(&waiter.notice);
            }
        }
    }
}
