//! What the blocking models share: how one thread serves one client, and how it waits at a door.
//!
//! A blocked thread can wait in one place only. For a client of a service that answers, that place is
//! `read`; for a client of a service that pushes, it is the hub's channel, and the socket is looked at
//! in between. There is no third place where both could be waited for at once; that is what the event
//! loop was invented for.
//!
//! Every wait ends after a [`TICK`] at the latest, to look at the order to leave and at deadlines:
//! four wake-ups a second and thread are the price of being able to stop.

use super::connection::{Connection, Next, Scratch};
use super::shared::{Accepted, PAUSE, Shared};
use crate::clock;
use crate::hub::Subscription;
use crate::service::{Hub, Notice};
use crate::trace::{self, Kind, State};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::io;
use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// The longest time a thread sleeps without looking at the control flag.
pub const TICK: Duration = Duration::from_millis(250);

/// The shortest time between two looks at the socket of a client who is waited for elsewhere.
const FIRST_LOOK: Duration = Duration::from_millis(1);

/// One thread's read buffer: a few messages at once, and not much for each of a thousand threads.
const BUFFER: usize = 16 << 10;

/// Memory for the clients of one thread.
pub fn scratch() -> Scratch {
    Scratch::new(BUFFER)
}

/// How a thread came back from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// The client is gone; drop the connection.
    ToTheEnd,
    /// The model is told to leave; the client is still there.
    UntilLeaving,
    /// The client's time is up; it is still there.
    ForASlice,
}

/// Serves one client on this thread, until it is gone, `until` has come or the model has to leave.
pub fn serve(
    connection: &mut Connection,
    shared: &Shared,
    scratch: &mut Scratch,
    until: Option<Instant>,
) -> Served {
    if !trace::on() {
        return attend(connection, shared, scratch, until);
    }
    let door = &shared.endpoints[connection.endpoint()].name;
    let client = format!("client {} of {door}", connection.client());
    trace::note(&client);
    let served = attend(connection, shared, scratch, until);
    trace::note(&match served {
        Served::ToTheEnd => format!("{client} is gone"),
        Served::UntilLeaving | Served::ForASlice => format!("{client} stays, and is let go of"),
    });
    served
}

fn attend(
    connection: &mut Connection,
    shared: &Shared,
    scratch: &mut Scratch,
    until: Option<Instant>,
) -> Served {
    let mut pushed = connection.hub().map(Pushed::subscribe);
    let mut next = connection.catch_up(scratch);
    let mut waited = false;
    while next != Next::Over {
        if shared.control.leaving() {
            return Served::UntilLeaving;
        }
        let now = clock::now();
        let mut deadline = connection.deadline();
        // Not before the first wait: a client that comes out of a queue is heard first.
        if waited && deadline.is_some_and(|deadline| deadline <= now) {
            next = connection.expire(now, scratch);
            deadline = connection.deadline();
        }
        if until.is_some_and(|end| end <= now) {
            return Served::ForASlice;
        }
        let earliest = [deadline, until].into_iter().flatten().min();
        let wait = earliest.map_or(TICK, |time| time.saturating_duration_since(now).min(TICK));
        next = match (next, &mut pushed) {
            (Next::Read, Some(pushed)) if connection.wants_notices() => {
                pushed.wait(connection, scratch, wait)
            }
            // Between two bursts, not only after the last: who says much falls behind on notices.
            (Next::Again, Some(_)) => match connection.catch_up(scratch) {
                Next::Again => connection.step(scratch),
                next => next,
            },
            _ => step_within(connection, scratch, wait),
        };
        waited = true;
    }
    Served::ToTheEnd
}

/// The thread waits here, for one client.
fn step_within(connection: &mut Connection, scratch: &mut Scratch, wait: Duration) -> Next {
    // A time-out of zero would mean none at all.
    match connection.block_for(wait.max(Duration::from_millis(1))) {
        Ok(()) => connection.step(scratch),
        Err(error) => {
            log::debug!("a socket refused its time-out: {error}");
            Next::Over
        }
    }
}

/// The waiting of a client who is pushed to.
struct Pushed {
    subscription: Subscription<Notice>,
    /// When the socket is looked at again, however many notices come in between.
    next_look: Instant,
    /// The time between two looks: short after the client said something, since more may follow, and
    /// ever longer while it is silent.
    pause: Duration,
}

impl Pushed {
    fn subscribe(hub: &Arc<Hub>) -> Pushed {
        Pushed {
            subscription: hub.subscribe(),
            next_look: clock::now(),
            pause: FIRST_LOOK,
        }
    }

    /// The thread waits here, for a notice.
    fn wait(&mut self, connection: &mut Connection, scratch: &mut Scratch, wait: Duration) -> Next {
        let until_look = self.next_look.saturating_duration_since(clock::now());
        if until_look.is_zero() {
            return self.look_at_socket(connection, scratch);
        }
        let hear = || self.subscription.wait(wait.min(until_look));
        match trace::during(State::Waiting("a notice".into()), hear) {
            Some(said) => connection.tell(&said, scratch),
            // What found no room in the channel is in the hub's history.
            None => connection.catch_up(scratch),
        }
    }

    fn look_at_socket(&mut self, connection: &mut Connection, scratch: &mut Scratch) -> Next {
        let before = connection.received();
        if connection.never_block().is_err() {
            return Next::Over;
        }
        let next = connection.receive(scratch);
        let heard = connection.received() != before;
        self.pause = if heard {
            FIRST_LOOK
        } else {
            (self.pause * 2).min(TICK)
        };
        self.next_look = clock::now() + self.pause;
        next
    }
}

/// Accepts clients of one endpoint until the model is told to stop, and hands each to `take`.
///
/// It tries at least once, even if the model was told to stop before this thread ran: however quickly
/// one model follows another, the clients in the backlog get in.
pub fn accept_loop(endpoint: usize, shared: &Shared, mut take: impl FnMut(Connection)) {
    loop {
        let stopping = shared.control.leaving();
        if let Some(connection) = accept(endpoint, shared) {
            take(connection);
        }
        if stopping {
            return;
        }
    }
}

/// Waits for one client of an endpoint, at most for a tick; not at all once the model is told to stop.
pub fn accept(endpoint: usize, shared: &Shared) -> Option<Connection> {
    let listener = &shared.endpoints[endpoint].listener;
    let patience = match shared.control.leaving() {
        true => Duration::ZERO,
        false => TICK,
    };
    let tick = Timespec {
        tv_sec: 0,
        tv_nsec: patience.subsec_nanos().into(),
    };
    let mut door = [PollFd::new(listener, PollFlags::IN)];
    let somebody = || poll(&mut door, Some(&tick));
    if let Err(error) = trace::during(State::Waiting("accept".into()), somebody) {
        log::debug!("poll on a listener: {error}");
    }
    match shared.accept(endpoint) {
        Accepted::Client(connection) => Some(connection),
        Accepted::Exhausted => {
            trace::during(State::Waiting("free descriptors".into()), || {
                thread::sleep(PAUSE);
            });
            None
        }
        Accepted::TurnedAway | Accepted::Nobody => None,
    }
}

/// Waits for nothing but time.
pub fn nap(time: Duration) {
    trace::during(State::Waiting("its nap".into()), || thread::sleep(time));
}

/// A thread's stack, reserved but not touched: ten times what serving a client takes. The usual 2 MiB
/// would reserve 20 GiB of addresses for ten thousand clients, which some systems refuse.
const STACK: usize = 256 << 10;

/// As [`std::thread::scope`]: returns when all threads that were started in it have ended.
pub fn scope<'env, T>(
    start: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> io::Result<T>,
) -> io::Result<T> {
    let result = thread::scope(|scope| {
        let result = start(scope);
        trace::mark(trace::current(), State::Waiting("its threads".into()));
        result
    });
    trace::mark(trace::current(), State::Running);
    result
}

/// Starts a thread of a model.
///
/// # Errors
/// When the system has no more threads (`std::thread::spawn` would panic).
pub fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    spawn_as(Kind::Thread, scope, name, work)
}

fn spawn_as<'scope, T: Send + 'scope>(
    kind: Kind,
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let lane = trace::open(kind, name, trace::current());
    trace::wake(lane);
    let work = move || {
        let running = trace::enter(lane);
        let result = work();
        drop(running);
        trace::close(lane);
        result
    };
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(STACK)
        .spawn_scoped(scope, work)
        .inspect_err(|_| trace::close(lane))
}

/// Starts a thread that the model cannot do without. If that fails the others are told to leave, or
/// the scope would wait for them for ever.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_essential<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &Shared,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    spawn(scope, name, work).inspect_err(|_| shared.control.leave())
}

/// Starts one of the threads that take clients from a queue; the model cannot do without any.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_worker<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &Shared,
    number: usize,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    spawn_as(Kind::Worker, scope, &format!("worker {number}"), work)
        .inspect_err(|_| shared.control.leave())
}

/// What a thread came back with; nothing if it panicked, which is a bug of ours (a service's panic
/// does not get that far) and must not take the other threads' clients along.
pub fn join<T: Default>(thread: ScopedJoinHandle<'_, T>) -> T {
    trace::during(State::Waiting("its threads".into()), || thread.join()).unwrap_or_else(|_| {
        log::error!("a thread of the model panicked; its clients are lost");
        T::default()
    })
}
