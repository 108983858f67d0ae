//! **Thread per connection**: a thread a client, asleep in `read`.
//!
//! How it works: accept a client, start a thread for it, accept the next. The kernel's scheduler does
//! all the multiplexing; each thread reads like the sequential server, because it is one.
//!
//! Where it shines: straight-line code, and blocking calls are allowed: who waits for a disk or a
//! database holds up nobody else. It uses all cores without a thought.
//!
//! **Where it breaks:** the cost of a thread is paid by silent clients too. Some 20 KiB of touched
//! memory, a kernel stack and four wake-ups a second each; a context switch for every message; and no
//! limit but memory, so there is one here (`--max-threads`).
//!
//! Look at: the loop below, which never waits for a client, and [`Crew::serve_on_new_thread`]. Read it beside
//! [`coroutines`](super::coroutines): the same, with `.await` where this one sleeps in a system call.

use super::Model;
use super::blocking;
use super::connection::Connection;
use super::crew::Crew;
use super::shared::Shared;
use std::io;
use std::sync::Arc;

/// See the module.
pub struct ThreadPerConnection {
    /// The most threads that serve clients at a time; beyond it clients are turned away.
    pub max_threads: usize,
}

impl Model for ThreadPerConnection {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        let crew = Crew::new(self.max_threads, shared);
        blocking::scope(|scope| -> io::Result<()> {
            for connection in live {
                crew.serve_on_new_thread(scope, connection);
            }
            let crew = &crew;
            for (endpoint, door) in shared.endpoints.iter().enumerate() {
                let accept = move || {
                    blocking::accept_loop(endpoint, shared, |connection| {
                        crew.serve_on_new_thread(scope, connection);
                    });
                };
                let name = format!("accept {}", door.name);
                blocking::spawn_essential(scope, shared, &name, accept)?;
            }
            Ok(())
        })?;
        Ok(crew.handed_back())
    }
}
