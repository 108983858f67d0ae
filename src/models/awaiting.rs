//! What the coroutine models share: how one task serves one client, and how it waits at a door.
//!
//! This is `blocking.rs` with `.await` where that has a system call: read the two side by side. What a
//! thread keeps on its stack is kept in the coroutine, which the compiler turns into an object of just
//! that size; and where a thread can wait in one place only, a coroutine waits for input, time and
//! notices at once, because waiting is done by the loop and the coroutine is merely woken.

use super::connection::{Connection, Next, Scratch};
use super::shared::{Accepted, PAUSE, Shared};
use crate::aio::{self, Event, EventLoop, Future, Handle, Interest, WaitReason, Watched};
use crate::clock;
use crate::hub::Subscription;
use crate::service::{Hub, Notice};
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// The read buffer that all clients of a loop share: large messages in few system calls.
const BUFFER: usize = 256 << 10;

/// Clients let in before those who are in get their turn.
const ACCEPT_BURST: usize = 64;

/// What the tasks of one loop share. They have their turns one after the other, so nothing is locked.
pub struct Room {
    /// The loop that they run on.
    pub event_loop: EventLoop,
    /// What all models are given.
    pub shared: Arc<Shared>,
    scratch: RefCell<Scratch>,
    /// How clients are reached who wait, with the index of their endpoint.
    seats: RefCell<Slab<(usize, Rc<Seat>)>>,
    /// How many clients have come and gone.
    pub gone: Arc<AtomicUsize>,
    /// Clients that were still there when their tasks were cancelled.
    handed_back: RefCell<Vec<Connection>>,
}

impl Room {
    /// Nobody in it yet.
    pub fn new(event_loop: &EventLoop, shared: &Arc<Shared>) -> Rc<Room> {
        Rc::new(Room {
            event_loop: event_loop.clone(),
            shared: Arc::clone(shared),
            scratch: RefCell::new(Scratch::new(BUFFER)),
            seats: RefCell::default(),
            gone: Arc::default(),
            handed_back: RefCell::default(),
        })
    }

    /// Starts a task that serves this client to its end.
    ///
    /// Once the model is told to stop, the tasks to cancel are counted, and a task that starts later
    /// would be dropped with the loop and its client with it. So the client is handed back instead.
    pub fn serve_in_new_task(self: &Rc<Self>, connection: Connection) {
        if self.shared.control.leaving() {
            self.handed_back.borrow_mut().push(connection);
            return;
        }
        let arriving = Arriving {
            connection: Some(connection),
            room: Rc::clone(self),
        };
        self.event_loop
            .create_task(serve(Rc::clone(self), arriving));
    }

    /// Starts a task an endpoint that pushes, which wakes clients when something was said.
    pub fn pass_notices_on(self: &Rc<Self>) {
        for (endpoint, door) in self.shared.endpoints.iter().enumerate() {
            if let Some(hub) = door.hub() {
                let passing = pass_on(Rc::clone(self), endpoint, Arc::clone(hub));
                self.event_loop.create_task(passing);
            }
        }
    }

    /// Waits until the model has to leave.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn leaving(&self) -> aio::Result<()> {
        let leaving = Rc::new(Event::new());
        let order = Rc::clone(&leaving);
        let notifier = self.event_loop.notifier(move || order.set());
        self.shared.control.on_leave(move || notifier.notify());
        leaving.wait_for("the order to leave").await
    }

    /// The clients that were still there; to be asked when all tasks have ended.
    pub fn handed_back(&self) -> Vec<Connection> {
        self.handed_back.take()
    }
}

// -- One client ---------------------------------------------------------------------------------------

/// A client whose task has not begun. A task that is cancelled before its first step never starts, and
/// its client must not be lost with it.
struct Arriving {
    connection: Option<Connection>,
    room: Rc<Room>,
}

impl Drop for Arriving {
    fn drop(&mut self) {
        let mut handed_back = self.room.handed_back.borrow_mut();
        handed_back.extend(self.connection.take());
    }
}

/// Serves one client, until it is gone or the task is cancelled because the model has to leave.
async fn serve(room: Rc<Room>, mut arriving: Arriving) -> aio::Result<()> {
    let Some(connection) = arriving.connection.take() else {
        return Ok(());
    };
    let Ok(mut client) = Client::take_seat(&room, connection) else {
        return Ok(());
    };
    let mut next = client.connection.catch_up(&mut room.scratch.borrow_mut());
    while next != Next::Over {
        let woken = match client.wait(next).await {
            Ok(woken) => woken,
            Err(aio::Error::Cancelled) => {
                room.handed_back.borrow_mut().push(client.leave_seat());
                return Err(aio::Error::Cancelled);
            }
            Err(error) => {
                log::warn!("a client could not be watched any more and is lost: {error}");
                return Ok(());
            }
        };
        let scratch = &mut *room.scratch.borrow_mut();
        next = match woken {
            Woken::Ready => client.step(scratch),
            Woken::Time => client.connection.expire(clock::now(), scratch),
            Woken::Notice => client.connection.catch_up(scratch),
        };
    }
    Ok(())
}

/// Why a task that serves a client goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// The socket can do what was waited for, or nothing had to be waited for.
    Ready,
    /// The deadline came; perhaps one that has moved away meanwhile.
    Time,
    /// Something was said.
    Notice,
}

/// A client as its task sees it.
struct Client {
    connection: Watched<Connection>,
    seat: Seated,
}

/// Where a task is woken.
#[derive(Default)]
struct Seat {
    ready: Cell<bool>,
    time: Cell<bool>,
    notice: Cell<bool>,
    /// The turn of the client's last step. What is reported in that turn was found before it.
    stepped: Cell<u64>,
    sleeper: Cell<Option<Future<()>>>,
}

impl Seat {
    fn wake(&self, why: &Cell<bool>) {
        why.set(true);
        if let Some(sleeper) = self.sleeper.take() {
            let _ = sleeper.set_result(()); // or it was cancelled
        }
    }
}

impl Client {
    fn take_seat(room: &Rc<Room>, mut connection: Connection) -> io::Result<Client> {
        let seat = Seated::new(room, connection.endpoint());
        let (to_wake, event_loop) = (Rc::clone(&seat.seat), room.event_loop.clone());
        let on_ready = move |_| {
            if event_loop.turn() != to_wake.stepped.get() {
                to_wake.wake(&to_wake.ready);
            }
        };
        let watch = |connection| room.event_loop.watch(connection, Interest::Read, on_ready);
        let watched = connection.never_block().and_then(|()| watch(connection));
        let connection = watched.inspect_err(|error| {
            log::warn!("a client could not be watched and is lost: {error}");
        })?;
        Ok(Client { connection, seat })
    }

    /// The task waits here: for input or room, for a deadline, for a notice.
    async fn wait(&mut self, next: Next) -> aio::Result<Woken> {
        if let Some(deadline) = self.connection.deadline() {
            self.seat.keep_time(deadline);
        }
        let (interest, what) = match next {
            Next::Again => {
                aio::yield_now().await?;
                return Ok(self.seat.woken().unwrap_or(Woken::Ready));
            }
            Next::Write => (Interest::Write, WaitReason::Writable),
            Next::Read | Next::Over => (Interest::Read, WaitReason::Named("read")),
        };
        self.connection.set_interest(interest)?;
        self.seat.sleep(what).await
    }

    fn step(&mut self, scratch: &mut Scratch) -> Next {
        self.seat.now_stepping();
        self.connection.step(scratch)
    }

    fn leave_seat(self) -> Connection {
        self.connection.into_inner()
    }
}

/// A seat that is taken, until this is dropped.
struct Seated {
    seat: Rc<Seat>,
    place: usize,
    room: Rc<Room>,
    /// The timer that is armed, and for when. Deadlines mostly move away: the timer is left as it is
    /// then, and armed anew when it fires too early. So a message costs no timer.
    timer: Option<(Instant, Handle)>,
}

impl Seated {
    fn new(room: &Rc<Room>, endpoint: usize) -> Seated {
        let seat = Rc::new(Seat::default());
        let place = room.seats.borrow_mut().insert((endpoint, Rc::clone(&seat)));
        Seated {
            seat,
            place,
            room: Rc::clone(room),
            timer: None,
        }
    }

    async fn sleep(&self, what: WaitReason) -> aio::Result<Woken> {
        loop {
            if let Some(woken) = self.woken() {
                return Ok(woken);
            }
            let sleeper = self.room.event_loop.create_future_for(what);
            self.seat.sleeper.set(Some(sleeper.clone()));
            sleeper.await?;
        }
    }

    fn woken(&self) -> Option<Woken> {
        let seat = &self.seat;
        match () {
            () if seat.time.take() => Some(Woken::Time),
            () if seat.notice.take() => Some(Woken::Notice),
            () if seat.ready.take() => Some(Woken::Ready),
            () => None,
        }
    }

    fn now_stepping(&self) {
        self.seat.stepped.set(self.room.event_loop.turn());
    }

    /// Sees to it that the timer fires no later than `deadline`.
    fn keep_time(&mut self, deadline: Instant) {
        let now = self.room.event_loop.now();
        if let Some((armed, timer)) = &self.timer {
            if now < *armed && *armed <= deadline {
                return;
            }
            timer.cancel();
        }
        let seat = Rc::clone(&self.seat);
        let wake = move || seat.wake(&seat.time);
        let timer = self.room.event_loop.call_at(deadline, wake);
        self.timer = Some((deadline, timer));
    }
}

impl Drop for Seated {
    fn drop(&mut self) {
        if let Some((_, timer)) = self.timer.take() {
            timer.cancel();
        }
        self.room.seats.borrow_mut().try_remove(self.place);
        self.room.gone.fetch_add(1, Ordering::Relaxed);
    }
}

// -- Doors --------------------------------------------------------------------------------------------

/// A door as the task sees it that stands at it.
pub struct Door {
    endpoint: usize,
    listener: Watched<Arc<TcpListener>>,
    knock: Rc<Event>,
    room: Rc<Room>,
}

impl Door {
    /// # Errors
    /// When the poller refuses the listener.
    pub fn open(room: &Rc<Room>, endpoint: usize) -> io::Result<Door> {
        let knock = Rc::new(Event::new());
        let heard = Rc::clone(&knock);
        let listener = Arc::clone(&room.shared.endpoints[endpoint].listener);
        Ok(Door {
            endpoint,
            listener: room.event_loop.add_reader(listener, move || heard.set())?,
            knock,
            room: Rc::clone(room),
        })
    }

    /// Lets clients in for ever, and hands each to `take`.
    ///
    /// # Errors
    /// `Cancelled`; when the poller refuses the listener.
    pub async fn let_in(mut self, take: impl Fn(Connection)) -> aio::Result<()> {
        loop {
            for _ in 0..ACCEPT_BURST {
                match self.room.shared.accept(self.endpoint) {
                    Accepted::Client(connection) => take(connection),
                    Accepted::TurnedAway => {}
                    Accepted::Nobody => break,
                    Accepted::Exhausted => self.pause().await?,
                }
            }
            self.knock.clear();
            self.knock.wait_for("a client").await?;
        }
    }

    /// The door would be reported as ready all the while, so it is not watched meanwhile.
    async fn pause(&mut self) -> aio::Result<()> {
        self.listener.set_interest(Interest::Nothing)?;
        aio::sleep(PAUSE).await?;
        Ok(self.listener.set_interest(Interest::Read)?)
    }
}

// -- Notices ------------------------------------------------------------------------------------------

/// Wakes the clients of one endpoint whenever something was said, for ever. What was said they find
/// in the hub's history.
async fn pass_on(room: Rc<Room>, endpoint: usize, hub: Arc<Hub>) -> aio::Result<()> {
    let said = Rc::new(Event::new());
    let ring = Rc::clone(&said);
    let notifier = room.event_loop.notifier(move || ring.set());
    let subscription: Subscription<Notice> = hub.subscribe_with(move || notifier.notify());
    loop {
        said.wait_for("a notice").await?;
        said.clear();
        while subscription.try_next().is_some() {}
        for (_, (of_endpoint, seat)) in room.seats.borrow().iter() {
            if *of_endpoint == endpoint {
                seat.wake(&seat.notice);
            }
        }
    }
}
