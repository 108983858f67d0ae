//! Fan-out: one thread says something once, every subscriber hears it, in order.
//!
//! One **bounded** channel per *subscriber*, not per client: a subscriber is a thread in the blocking models
//! and a whole loop in the others, so publishing to 10,000 clients of a loop costs one send.
//!
//! A channel alone would lose things: a full one has no room, and a client that changes hands (from
//! one model to the next, or back into a pool's queue) waits on no channel at all for a moment. So
//! the hub also numbers what it says and remembers the last [`HISTORY_BYTES`] of it. A client carries the
//! number up to which it was told; whoever looks after it compares, skips what it knows and asks
//! [`Hub::since`] for what is missing.
//!
//! **Where it breaks:** a client that falls further behind than that cannot be caught up. It is told
//! so ([`Lagged`]), never silently skipped ahead. Nobody holds back a thread that publishes faster
//! than the subscribers can tell it on.

use crate::trace::{self, Lane};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much is remembered. Some five thousand file changes: minutes of absence where a blocking model
/// takes a quarter of a second to hand a client over. By bytes and not by number, since a number of
/// large messages would be a gigabyte that one client could have the server keep for ever.
pub const HISTORY_BYTES: usize = 2 << 20;

/// What remembering something costs.
pub trait Weight {
    /// In bytes, roughly, and not zero.
    fn weight_bytes(&self) -> usize;
}

/// How much a channel holds. It is allocated at once (24 bytes a place) and there may be a thread a
/// client, so it is short; who falls further behind catches up from the history.
const CHANNEL: usize = 16;

/// Something said, with its number: 1, 2, 3, … in the order of saying.
#[derive(Debug)]
pub struct Numbered<T> {
    /// The number.
    pub seq: u64,
    /// What was said.
    pub item: Arc<T>,
}

impl<T> Clone for Numbered<T> {
    fn clone(&self) -> Self {
        Numbered {
            seq: self.seq,
            item: Arc::clone(&self.item),
        }
    }
}

/// So much was said since that the first of it is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lagged {
    /// How many can no longer be told.
    pub lost: u64,
}

/// See the module.
pub struct Hub<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    /// The number of the last thing said; 0 before the first.
    latest: u64,
    /// The last things said, oldest first, without gaps, ending with `latest`.
    history: VecDeque<Numbered<T>>,
    /// What `history` weighs.
    bytes: usize,
    subscribers: Vec<Subscriber<T>>,
    next_subscriber: u64,
}

struct Subscriber<T> {
    id: u64,
    channel: Sender<Numbered<T>>,
    /// Called after a send, for subscribers that do not sleep on the channel itself.
    wake: Option<Box<dyn Fn() + Send>>,
    /// Who sleeps on the channel, for the timeline.
    lane: Lane,
}

impl<T: Weight> std::fmt::Debug for Hub<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hub({} published)", self.latest())
    }
}

impl<T: Weight> Default for Hub<T> {
    fn default() -> Self {
        Hub::new()
    }
}

impl<T: Weight> Hub<T> {
    /// A hub that has said nothing and has no subscribers.
    pub fn new() -> Hub<T> {
        Hub {
            state: Mutex::new(State {
                latest: 0,
                history: VecDeque::new(),
                bytes: 0,
                subscribers: Vec::new(),
                next_subscriber: 0,
            }),
        }
    }

    /// Says what `make` makes of its number, to everybody. Returns the number.
    ///
    /// # Blocks
    /// Only for other callers of the hub: a subscriber with a full channel is not waited for, it finds
    /// the gap in the numbers and catches up with [`Hub::since`].
    pub fn publish(&self, make: impl FnOnce(u64) -> T) -> u64 {
        let mut state = self.lock();
        let seq = state.latest + 1;
        let numbered = Numbered {
            seq,
            item: Arc::new(make(seq)),
        };
        state.latest = seq;
        state.bytes += numbered.item.weight_bytes();
        state.history.push_back(numbered.clone());
        while state.bytes > HISTORY_BYTES && state.history.len() > 1 {
            let forgotten = state.history.pop_front();
            state.bytes -= forgotten.map_or(0, |it| it.item.weight_bytes());
        }
        state.subscribers.retain(|subscriber| {
            if let Err(TrySendError::Disconnected(_)) =
                subscriber.channel.try_send(numbered.clone())
            {
                return false;
            }
            match &subscriber.wake {
                Some(wake) => wake(),
                None => trace::wake(subscriber.lane),
            }
            true
        });
        seq
    }

    /// The number of the last thing said: where a client begins that wants to hear what is new.
    pub fn latest(&self) -> u64 {
        self.lock().latest
    }

    /// Everything said after number `seq`, in order.
    ///
    /// # Errors
    /// [`Lagged`] when the first of it is forgotten.
    pub fn since(&self, seq: u64) -> Result<Vec<Numbered<T>>, Lagged> {
        let state = self.lock();
        let wanted = state.latest.saturating_sub(seq) as usize;
        match state.history.len().checked_sub(wanted) {
            Some(known) => Ok(state.history.iter().skip(known).cloned().collect()),
            None => Err(Lagged {
                lost: (wanted - state.history.len()) as u64,
            }),
        }
    }

    /// Becomes a subscriber that will sleep in [`Subscription::wait`].
    pub fn subscribe(self: &Arc<Self>) -> Subscription<T> {
        self.add_subscriber(None)
    }

    /// Becomes a subscriber that sleeps elsewhere: `wake` is called, on the publishing thread and with
    /// the hub locked, after each send. It must not block and must not call the hub.
    pub fn subscribe_with(self: &Arc<Self>, wake: impl Fn() + Send + 'static) -> Subscription<T> {
        self.add_subscriber(Some(Box::new(wake)))
    }

    fn add_subscriber(self: &Arc<Self>, wake: Option<Box<dyn Fn() + Send>>) -> Subscription<T> {
        let (sender, receiver) = bounded(CHANNEL);
        let mut state = self.lock();
        let id = state.next_subscriber;
        state.next_subscriber += 1;
        state.subscribers.push(Subscriber {
            id,
            channel: sender,
            wake,
            lane: trace::current(),
        });
        Subscription {
            hub: Arc::clone(self),
            id,
            receiver,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A panic in `make` happens before anything was changed, so the state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscriber's end of the hub. Dropping it ends the subscription.
pub struct Subscription<T> {
    hub: Arc<Hub<T>>,
    id: u64,
    receiver: Receiver<Numbered<T>>,
}

impl<T: Weight> Subscription<T> {
    /// The hub, for catching up.
    pub fn hub(&self) -> &Hub<T> {
        &self.hub
    }

    /// The next thing said.
    ///
    /// # Blocks
    /// Until something is said, at most for `timeout`; then `None`.
    pub fn wait(&self, timeout: Duration) -> Option<Numbered<T>> {
        self.receiver.recv_timeout(timeout).ok()
    }

    /// The next thing said, if it was said already.
    pub fn try_next(&self) -> Option<Numbered<T>> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        let mut state = self
            .hub
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state
            .subscribers
            .retain(|subscriber| subscriber.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As heavy as its number says.
    impl Weight for u64 {
        fn weight_bytes(&self) -> usize {
            *self as usize
        }
    }

    impl Weight for &str {
        fn weight_bytes(&self) -> usize {
            self.len()
        }
    }

    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_subscriber_receives_everything_in_order() {
        let hub = Arc::new(Hub::new());
        let subscribers = [hub.subscribe(), hub.subscribe()];
        for word in ["a", "b", "c"] {
            hub.publish(|_| word);
        }
        for subscriber in &subscribers {
            let received: Vec<_> = std::iter::from_fn(|| subscriber.try_next())
                .map(|numbered| (numbered.seq, *numbered.item))
                .collect();
            assert_eq!(received, [(1, "a"), (2, "b"), (3, "c")]);
        }
    }

    #[test]
    fn since_gives_what_is_new_and_admits_what_is_forgotten() {
        let hub = Hub::new();
        let third = HISTORY_BYTES as u64 / 3;
        for _ in 0..5 {
            hub.publish(|_| third);
        }
        let numbers = |seq| {
            hub.since(seq).map(|all| {
                all.iter()
                    .map(|numbered| numbered.seq)
                    .collect::<Vec<u64>>()
            })
        };
        assert_eq!(numbers(5), Ok(vec![]));
        assert_eq!(numbers(3), Ok(vec![4, 5]));
        assert_eq!(numbers(2), Ok(vec![3, 4, 5]));
        assert_eq!(numbers(1), Err(Lagged { lost: 1 }));
    }

    #[test]
    fn what_is_remembered_is_bounded_by_its_weight_but_the_last_is_always_there() {
        let hub = Hub::new();
        hub.publish(|_| 1);
        hub.publish(|_| 2 * HISTORY_BYTES as u64);
        assert_eq!(hub.since(1).map(|all| all.len()), Ok(1));
        assert_eq!(hub.since(0).map(|all| all.len()), Err(Lagged { lost: 1 }));
    }

    #[test]
    fn a_full_channel_neither_blocks_nor_loses() {
        let hub = Arc::new(Hub::new());
        let slow = hub.subscribe();
        for _ in 0..CHANNEL + 1 {
            hub.publish(|seq| seq);
        }
        let last = std::iter::from_fn(|| slow.try_next())
            .last()
            .expect("channel was filled");
        assert_eq!(last.seq, CHANNEL as u64, "the last one found no room");
        assert_eq!(
            hub.since(last.seq).expect("remembered").len(),
            1,
            "and is caught up with"
        );
    }

    #[test]
    fn a_subscriber_that_is_gone_is_forgotten_and_wakes_nobody() {
        let hub = Arc::new(Hub::new());
        let woken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&woken);
        let subscriber = hub.subscribe_with(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        hub.publish(|_| 1);
        drop(subscriber);
        hub.publish(|_| 1);
        assert_eq!(woken.load(Ordering::Relaxed), 1);
    }
}
