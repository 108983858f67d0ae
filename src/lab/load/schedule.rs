//! When messages are due in an open loop: at times that do not depend on replies.
//!
//! Message *m* of a run is due *m* intervals after its start, and belongs to connection *m* modulo their
//! number. So connections take turns, and the load comes without bursts. Threads need no communication: each
//! knows the messages of its own connections.
//!
//! A client that waits for its reply before it sends again goes easy on a server that stalls. It records only
//! one slow sample, instead of one for each message that would have been sent meanwhile (G. Tene's
//! "coordinated omission"). Here those messages are sent.
//!
//! **Where it breaks:** real users arrive at random, and random arrivals queue where even ones do not.

use std::time::{Duration, Instant};

/// The messages of one thread.
#[derive(Debug)]
pub(super) struct Schedule {
    start: Instant,
    interval_seconds: f64,
    /// All connections that send, of all threads.
    connections: u64,
    /// The numbers of those of this thread, ascending.
    own: Vec<u64>,
    /// How many turns are over.
    turns: u64,
}

impl Schedule {
    pub(super) fn new(start: Instant, rate: f64, connections: u64, own: Vec<u64>) -> Schedule {
        Schedule {
            start,
            interval_seconds: 1.0 / rate,
            connections,
            own,
            turns: 0,
        }
    }

    /// When the next message is due, and for which connection: an index into `own`.
    pub(super) fn next(&self) -> Option<(Instant, usize)> {
        let round = self.turns.checked_div(self.own.len() as u64)?;
        let index = (self.turns % self.own.len() as u64) as usize;
        let number = round * self.connections + self.own[index];
        let after = Duration::try_from_secs_f64(number as f64 * self.interval_seconds).ok()?;
        Some((self.start.checked_add(after)?, index))
    }

    pub(super) fn advance(&mut self) {
        self.turns += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn threads_share_one_even_schedule() {
        let start = clock::now();
        let mut times = Vec::new();
        for own in [vec![0, 2, 4], vec![1, 3]] {
            let mut schedule = Schedule::new(start, 1000.0, 5, own);
            for _ in 0..100 {
                let (due, _) = schedule.next().expect("it has messages");
                times.push((due - start).as_micros());
                schedule.advance();
            }
        }
        times.sort_unstable();
        let even: Vec<u128> = (0..150).map(|message| message * 1000).collect();
        assert_eq!(times[..150], even);
    }

    #[test]
    fn a_thread_without_connections_has_no_messages() {
        assert_eq!(Schedule::new(clock::now(), 1.0, 1, Vec::new()).next(), None);
    }
}
