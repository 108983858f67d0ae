//! The last owner of the connections, when the server shuts down.
//!
//! Each client gets the replies it is still owed and a close frame (1001), then time to respond; all of that
//! within one time limit. This is the plainest of all loops, which polls every socket in turn. It runs once,
//! for a second or so, and depends on no model.

use crate::clock;
use crate::connection::{Connection, Next, Scratch};
use crate::protocol::CloseReason;
use crate::trace::{self, State};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two rounds over all clients.
const PAUSE: Duration = Duration::from_millis(5);

/// Closes every connection. Returns how many clients were still connected when the time was up.
///
/// # Blocks
/// At most for `grace`, plus one message and one pause.
pub(crate) fn drain(mut live: Vec<Connection>, grace: Duration) -> usize {
    let end = clock::now() + grace;
    // One message at a time, because a handler may be slow: the time is checked after each.
    let mut scratch = Scratch::one_by_one(64 << 10);
    live.retain_mut(|connection| {
        connection.adopt();
        connection.set_nonblocking().is_ok()
    });
    // Half of the time, so that the close frames can be answered even if a client does not stop sending.
    reply_to_received(&mut live, &mut scratch, end - grace / 2);
    live.retain_mut(|connection| {
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

/// Answers the messages that have arrived, one per client and round, until no client has any left or the
/// time is up. A client that does not take its replies has to wait for nothing more.
fn reply_to_received(live: &mut Vec<Connection>, scratch: &mut Scratch, end: Instant) {
    let mut progress = true;
    while progress {
        progress = false;
        live.retain_mut(|connection| {
            if clock::now() >= end {
                return true;
            }
            let before = (connection.received(), connection.unsent_bytes());
            let had_more = connection.next() == Next::Again;
            let next = connection.step(scratch);
            let after = (connection.received(), connection.unsent_bytes());
            progress |= next != Next::Over && (had_more || before != after);
            next != Next::Over
        });
        progress &= clock::now() < end;
    }
}
