//! Switching to nobody: the last owner of connections when the server shuts down.
//!
//! Each client gets what it is still owed and a last word (close 1001), then a bounded time to answer.
//! Written as the plainest of all loops, polling every socket in turn: it runs once, for at most a
//! second or so, and owes nothing to any model.

use super::connection::{Connection, Next, Scratch};
use crate::clock;
use crate::protocol::CloseReason;
use crate::trace::{self, State};
use std::thread;
use std::time::{Duration, Instant};

/// Between two rounds over all clients.
const ROUND: Duration = Duration::from_millis(5);

/// Says goodbye to everybody. Returns how many had not answered when the time was up.
///
/// # Blocks
/// At most for `grace`, plus one round.
pub fn farewell(mut live: Vec<Connection>, grace: Duration) -> usize {
    let end = clock::now() + grace;
    let mut scratch = Scratch::new(64 << 10);
    live.retain_mut(|connection| {
        // Requests that arrived before the order are still answered: those in hand, then those in the
        // socket.
        if connection.never_block().is_ok() {
            finish(connection, &mut scratch, end);
            connection.receive(&mut scratch);
            finish(connection, &mut scratch, end);
        }
        connection.leave(CloseReason::GoingAway, &mut scratch) != Next::Over
    });
    while !live.is_empty() && clock::now() < end {
        live.retain_mut(|connection| connection.step(&mut scratch) != Next::Over);
        if !live.is_empty() {
            trace::during(State::Waiting("goodbyes".into()), || thread::sleep(ROUND));
        }
    }
    live.len()
}

/// Answers what is in hand, but for what the client does not take.
fn finish(connection: &mut Connection, scratch: &mut Scratch, end: Instant) {
    while connection.next() == Next::Again && clock::now() < end {
        connection.step(scratch);
    }
}
