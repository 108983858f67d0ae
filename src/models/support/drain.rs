//! The last owner of the connections, when the server shuts down.
//!
//! Each client gets the replies it is still owed and a close frame (1001), then a bounded time to respond.
//! This is the plainest of all loops, which polls every socket in turn. It runs once, for a second or so, and
//! depends on no model.

use crate::clock;
use crate::connection::{Connection, Next, Scratch};
use crate::protocol::CloseReason;
use crate::trace::{self, State};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two rounds over all clients.
const PAUSE: Duration = Duration::from_millis(5);

/// Closes every connection. Returns how many clients had not responded when the time was up.
///
/// # Blocks
/// At most for `grace`, plus one round.
pub(crate) fn drain(mut live: Vec<Connection>, grace: Duration) -> usize {
    let end = clock::now() + grace;
    let mut scratch = Scratch::one_by_one(64 << 10);
    live.retain_mut(|connection| {
        // Messages that arrived before the stop are still answered as long as there is time: first those that
        // were read already, then those in the socket.
        if connection.set_nonblocking().is_ok() && clock::now() < end {
            process_received(connection, &mut scratch, end);
            connection.receive(&mut scratch);
            process_received(connection, &mut scratch, end);
        }
        connection.close(CloseReason::GoingAway, &mut scratch) != Next::Over
    });
    while !live.is_empty() && clock::now() < end {
        live.retain_mut(|connection| connection.step(&mut scratch) != Next::Over);
        if !live.is_empty() {
            trace::during(State::Waiting("close frames".into()), || {
                thread::sleep(PAUSE)
            });
        }
    }
    live.len()
}

/// Answers the messages that were received, except the replies that the client does not take.
fn process_received(connection: &mut Connection, scratch: &mut Scratch, end: Instant) {
    while connection.next() == Next::Again && clock::now() < end {
        connection.step(scratch);
    }
}
