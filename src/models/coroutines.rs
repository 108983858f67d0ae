//! **Coroutines**: a task a client, on one thread.
//!
//! How it works: accept a client, start a task for it, accept the next. The same event loop as in
//! [`event_loop`](super::event_loop) does all the multiplexing, and each task reads like a thread of
//! [`thread_per_connection`](super::thread_per_connection): open the two files side by side. Where that
//! one sleeps in a system call, this one has `.await`.
//!
//! Where it shines: straight-line code at the price of an object: 1.6 KB a silent client, no stack, no
//! lock, no context switch. And a task can be stopped from outside, at an `.await`, which no thread can.
//!
//! **Where it breaks:** where the event loop breaks: one slow handler stops everybody, on one core.
//! `.await` has to be written at every place that waits, through all callers; what waits without it,
//! waits for all.
//!
//! Look at: `serve` in `awaiting.rs`, beside `serve` in `blocking.rs`.

use super::Model;
use super::awaiting::{Door, Room};
use super::connection::Connection;
use super::shared::Shared;
use crate::aio::{self, EventLoop};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

/// See the module.
pub struct Coroutines {
    event_loop: EventLoop,
}

impl Coroutines {
    /// # Errors
    /// When the system has no poller to give.
    pub fn new() -> io::Result<Coroutines> {
        let event_loop = EventLoop::new()?;
        Ok(Coroutines { event_loop })
    }
}

impl Model for Coroutines {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        let room = Room::new(&self.event_loop, shared);
        // When `main` returns, the tasks that are left are cancelled and hand their clients back.
        aio::run_on(&self.event_loop, main(Rc::clone(&room), live)).map_err(aio::Error::into_io)?;
        Ok(room.handed_back())
    }
}

async fn main(room: Rc<Room>, live: Vec<Connection>) -> aio::Result<()> {
    for connection in live {
        room.serve_in_new_task(connection);
    }
    room.pass_notices_on();
    for endpoint in 0..room.shared.endpoints.len() {
        let door = Door::open(&room, endpoint)?;
        let crew = Rc::clone(&room);
        aio::create_task(door.let_in(move |connection| crew.serve_in_new_task(connection)));
    }
    room.leaving().await
}
