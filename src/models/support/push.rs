//! How a blocked thread waits for notices and for its client, although it can wait in one place only.
//!
//! It sleeps on the hub's channel and polls the socket in between: soon after the client has sent
//! something, since more may follow, and ever less often while the client is silent.
//!
//! **Where it breaks:** a message from a client that was silent is read up to a tick late.

use super::stop_signal::TICK;
use crate::clock;
use crate::connection::Connection;
use crate::hub::{Numbered, Subscription};
use crate::service::{Hub, Notice};
use crate::trace::{self, State};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The shortest time between two polls of a socket.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// What the thread does after a wait.
pub(super) enum Wakeup {
    /// Deliver this notice.
    Notice(Numbered<Notice>),
    /// Poll the socket.
    Poll,
    /// Deliver what is in the hub's history and did not fit into the channel.
    CatchUp,
}

/// One thread's wait for the notices of one client.
pub(super) struct Push {
    subscription: Subscription<Notice>,
    /// When the socket is polled next, however many notices come before.
    next_poll: Instant,
    /// The time from that poll to the one after it.
    pause: Duration,
    /// The number of bytes received from the client, as of the last wait.
    received: u64,
}

impl Push {
    pub(super) fn subscribe(hub: &Arc<Hub>) -> Push {
        Push {
            subscription: hub.subscribe(),
            next_poll: clock::now(),
            pause: SHORTEST_PAUSE,
            received: 0,
        }
    }

    /// The thread waits here, for a notice.
    pub(super) fn wait(
        &mut self,
        connection: &Connection,
        now: Instant,
        timeout: Duration,
    ) -> Wakeup {
        if connection.received() != self.received {
            self.received = connection.received();
            self.pause = SHORTEST_PAUSE;
            self.next_poll = self.next_poll.min(now + SHORTEST_PAUSE);
        }
        let until_poll = self.next_poll.saturating_duration_since(now);
        if until_poll.is_zero() {
            self.next_poll = now + self.pause;
            self.pause = (self.pause * 2).min(TICK);
            return Wakeup::Poll;
        }
        if let Some(notice) = self.subscription.try_next() {
            return Wakeup::Notice(notice);
        }
        if connection.is_behind() {
            return Wakeup::CatchUp;
        }
        let wait = || self.subscription.wait(timeout.min(until_poll));
        trace::during(State::Waiting("a notice".into()), wait)
            .map_or(Wakeup::CatchUp, Wakeup::Notice)
    }
}
