//! **Round robin**: nobody waits; everybody is asked in turn.
//!
//! How it works: a queue of tasks. Each is taken from the front, does one step and goes to the back, until
//! it is done. No socket blocks and nothing says which of them is ready, so every task tries, and most
//! of the time is told that there is nothing. When a whole round moved nothing, the thread takes a
//! short nap.
//!
//! This is the event loop without its events: the queue of tasks, and nothing else. It was where the
//! step from threads to coroutines began, and it shows what readiness is worth.
//!
//! Where it shines: some fifty lines, no kernel facility but non-blocking sockets; where all are
//! always busy, asking costs nothing extra.
//!
//! **Where it breaks:** a system call a client and round, for nothing: a thousand silent clients are a
//! busy core. And a message waits for the end of the nap.
//!
//! Look at: `Round::go`, the whole loop. `event_loop.rs` asks the kernel instead of each client.

use super::Model;
use super::blocking;
use super::connection::{Connection, Next, Scratch};
use super::shared::{Accepted, PAUSE, Shared};
use crate::clock;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The sleep after a round in which nothing moved. Shorter, and the silent cost more; longer, and a
/// message waits longer.
const NAP: Duration = Duration::from_millis(1);

/// The read buffer that all clients share.
const BUFFER: usize = 256 << 10;

/// See the module.
pub struct RoundRobin;

impl Model for RoundRobin {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        let doors = (0..shared.endpoints.len()).map(|endpoint| Task::Door {
            endpoint,
            closed_until: None,
        });
        let mut tasks: VecDeque<Task> = doors.collect();
        for connection in live {
            tasks.extend(Task::client(connection));
        }
        let mut round = Round {
            shared,
            scratch: Scratch::new(BUFFER),
            newcomers: Vec::new(),
            now: clock::now(),
            moved: false,
        };
        loop {
            let stopping = shared.control.leaving();
            round.go(&mut tasks);
            if stopping {
                break;
            }
        }
        Ok(tasks.into_iter().filter_map(Task::into_client).collect())
    }
}

/// What takes turns. A step never waits.
enum Task {
    Door {
        endpoint: usize,
        /// Nobody can be let in before.
        closed_until: Option<Instant>,
    },
    Client(Box<Connection>),
}

/// Whether a task goes to the back of the queue or is forgotten.
#[derive(PartialEq, Eq)]
enum Step {
    Again,
    Done,
}

/// One turn of everybody.
struct Round<'r> {
    shared: &'r Shared,
    scratch: Scratch,
    newcomers: Vec<Task>,
    now: Instant,
    /// Something happened in this round, so the next follows at once.
    moved: bool,
}

impl Round<'_> {
    fn go(&mut self, tasks: &mut VecDeque<Task>) {
        self.now = clock::now();
        self.moved = false;
        for _ in 0..tasks.len() {
            let Some(mut task) = tasks.pop_front() else {
                break;
            };
            if self.step(&mut task) == Step::Again {
                tasks.push_back(task);
            }
        }
        tasks.extend(self.newcomers.drain(..));
        if !self.moved {
            blocking::nap(NAP);
        }
    }

    fn step(&mut self, task: &mut Task) -> Step {
        match task {
            Task::Client(connection) => self.step_client(connection),
            Task::Door {
                endpoint,
                closed_until,
            } => {
                if closed_until.is_none_or(|until| until <= self.now) {
                    *closed_until = self.step_door(*endpoint);
                }
                Step::Again
            }
        }
    }

    /// Lets one client in, if one is there. Until when the door is better left alone, if so.
    fn step_door(&mut self, endpoint: usize) -> Option<Instant> {
        match self.shared.accept(endpoint) {
            Accepted::Client(connection) => self.newcomers.extend(Task::client(connection)),
            Accepted::TurnedAway => {}
            Accepted::Nobody => return None,
            Accepted::Exhausted => return Some(self.now + PAUSE),
        }
        self.moved = true;
        None
    }

    fn step_client(&mut self, connection: &mut Connection) -> Step {
        let before = (connection.received(), connection.next());
        if connection.deadline().is_some_and(|at| at <= self.now) {
            connection.expire(self.now, &mut self.scratch);
        }
        connection.catch_up(&mut self.scratch);
        let next = connection.step(&mut self.scratch);
        self.moved |= next == Next::Again || before != (connection.received(), next);
        match next {
            Next::Over => Step::Done,
            Next::Read | Next::Write | Next::Again => Step::Again,
        }
    }
}

impl Task {
    fn client(mut connection: Connection) -> Option<Task> {
        match connection.never_block() {
            Ok(()) => Some(Task::Client(Box::new(connection))),
            Err(error) => {
                log::warn!("a client is lost: its socket cannot be made non-blocking: {error}");
                None
            }
        }
    }

    fn into_client(self) -> Option<Connection> {
        match self {
            Task::Client(connection) => Some(*connection),
            Task::Door { .. } => None,
        }
    }
}
