//! How one blocked thread serves one client.
//!
//! A blocked thread waits in one place only. For a client of a service that only replies, that place is
//! `recv(2)`, inside [`Connection::step`]. For a client of a service that pushes, it is the hub's channel,
//! and the socket is polled in between (`push.rs`). There is no place where a thread could wait
//! for both at once; event loops were invented for that.
//!
//! `serve_client` has a twin of the same name in `tasks.rs`, for tasks: the same steps in the same order, with
//! `.await` where this one blocks. Read the two side by side.
//!
//! **Where it breaks:** every wait ends after a [`TICK`] at the latest, to check the stop signal and the
//! deadlines. Four wake-ups per second per thread are the price of being able to stop.

use super::push::{Push, Wakeup};
use super::shared::Shared;
use super::stop_signal::{StopSignal, TICK};
use crate::clock;
use crate::connection::{Connection, Next, Scratch};
use crate::hub::Numbered;
use crate::service::Notice;
use crate::trace;
use std::io;
use std::time::{Duration, Instant};

/// One thread's read buffer: a few messages at once, and not much for each of a thousand threads.
const BUFFER: usize = 16 << 10;

/// Memory for the clients of one thread.
pub fn scratch(shared: &Shared) -> Scratch {
    Scratch::new(BUFFER, shared.stop_signal.flag())
}

/// Why a thread stopped serving a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The connection is over; drop it.
    Closed,
    /// The model was told to stop; the client is still connected.
    Stopped,
    /// The client's slice of time is used up; the client is still connected.
    SliceExpired,
}

/// Serves one client on this thread, until its connection is over or the model has to stop.
///
/// # Blocks
/// Until then.
pub fn serve(connection: &mut Connection, shared: &Shared, scratch: &mut Scratch) -> Outcome {
    serve_until(None, connection, shared, scratch)
}

/// As [`serve`]. Returns [`Outcome::SliceExpired`] at `end`, if there is one.
///
/// # Blocks
/// Until then.
pub fn serve_until(
    end: Option<Instant>,
    connection: &mut Connection,
    shared: &Shared,
    scratch: &mut Scratch,
) -> Outcome {
    connection.adopt();
    let mut client = Client {
        push: connection.hub().map(Push::subscribe),
        stop_signal: &shared.stop_signal,
        end,
        stepped: false,
        connection,
    };
    let outcome = if trace::on() {
        serve_traced(&mut client, shared, scratch)
    } else {
        serve_client(&mut client, scratch)
    };
    client.connection.release();
    outcome
}

fn serve_traced(client: &mut Client<'_>, shared: &Shared, scratch: &mut Scratch) -> Outcome {
    let service = &shared.endpoints[client.connection.endpoint()].name;
    let name = format!("client {} of {service}", client.connection.client());
    trace::note(&format!("serves {name}"));
    let outcome = serve_client(client, scratch);
    trace::note(&match outcome {
        Outcome::Closed => format!("{name} has disconnected"),
        Outcome::Stopped | Outcome::SliceExpired => format!("hands {name} over"),
    });
    outcome
}

/// Serves one client, until its connection is over or the model has to stop.
fn serve_client(client: &mut Client<'_>, scratch: &mut Scratch) -> Outcome {
    let mut next = client.connection.catch_up(scratch);
    while next != Next::Over {
        next = match client.wait(next) {
            Woken::Ready => client.connection.step(scratch),
            Woken::Time => client.connection.expire(clock::now(), scratch),
            Woken::Notice(notice) => client.connection.deliver(&notice, scratch),
            Woken::Behind => client.connection.catch_up(scratch),
            Woken::End(outcome) => return outcome,
        };
    }
    Outcome::Closed
}

/// What ended a wait.
enum Woken {
    /// Call [`Connection::step`]. A blocking socket makes the thread wait in there, at most for a tick.
    Ready,
    /// The client's deadline has come.
    Time,
    /// A notice was published.
    Notice(Numbered<Notice>),
    /// Notices may have been published that the thread was not told of.
    Behind,
    /// Stop serving this client.
    End(Outcome),
}

/// A client as its thread sees it.
struct Client<'c> {
    connection: &'c mut Connection,
    stop_signal: &'c StopSignal,
    /// How it waits for notices, if the service pushes.
    push: Option<Push>,
    /// The end of the client's slice of time.
    end: Option<Instant>,
    /// It was stepped since the last deadline. A client that comes out of a queue is read from before its
    /// deadline counts: its message may have been there all along.
    stepped: bool,
}

impl Client<'_> {
    /// Finds out what comes next. A thread waits for notices in here; for input or room it waits in the step
    /// that follows.
    fn wait(&mut self, next: Next) -> Woken {
        if self.stop_signal.is_stopping() {
            return Woken::End(Outcome::Stopped);
        }
        let connection = &mut *self.connection;
        let now = clock::now();
        let deadline = connection.deadline();
        if self.stepped && deadline.is_some_and(|deadline| deadline <= now) {
            self.stepped = false;
            return Woken::Time;
        }
        if self.end.is_some_and(|end| end <= now) {
            return Woken::End(Outcome::SliceExpired);
        }
        let earliest = [deadline, self.end].into_iter().flatten().min();
        let timeout = earliest.map_or(TICK, |time| time.saturating_duration_since(now).min(TICK));
        self.stepped = true;
        match (next, &mut self.push) {
            (Next::Read, Some(push)) if connection.wants_notices() => {
                match push.wait(connection, now, timeout) {
                    Wakeup::Notice(notice) => Woken::Notice(notice),
                    Wakeup::CatchUp => Woken::Behind,
                    Wakeup::Poll => ready(connection.set_nonblocking()),
                }
            }
            // Between two bursts, and not only after the last: else a client that sends a lot would fall
            // behind on notices.
            (Next::Again, Some(_)) if connection.is_behind() => Woken::Behind,
            // A timeout of zero would mean none at all.
            _ => ready(connection.set_blocking(timeout.max(Duration::from_millis(1)))),
        }
    }
}

/// The socket is set up for the next step, or it is dead.
fn ready(set_up: io::Result<()>) -> Woken {
    match set_up {
        Ok(()) => Woken::Ready,
        Err(error) => {
            log::debug!("a socket could not be set up: {error}");
            Woken::End(Outcome::Closed)
        }
    }
}
