//! Fan-out: one thread publishes an item once, and every subscriber gets all items in order.
//!
//! There is one **bounded** channel per *subscriber*, not per client. A subscriber is one thread in the
//! blocking models and a whole loop in the others, so publishing to 10,000 clients of a loop costs one
//! send.
//!
//! A channel alone would lose items. A full channel takes no more, and a client that changes owners (from
//! one model to the next, or back into a pool's queue) has no channel for a moment. So the hub also
//! numbers its items and keeps the last 2 MiB of them. A client carries the number of the last
//! item that it was sent. Its owner compares, skips what the client has, and asks [`Hub::since`] for what
//! is missing.
//!
//! **Where it breaks:** a client that falls behind the history cannot catch up. [`Hub::since`] reports
//! that ([`Lagged`]) and never skips items silently. And nothing slows a thread down that publishes
//! faster than the subscribers can send.

use crate::trace::{self, Lane};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Size of the history: about five thousand file changes, which is minutes, while a blocking model takes
/// a quarter of a second to hand a client over. It is a limit on bytes and not on items, because a fixed
/// number of large messages could be a gigabyte, which one client could make the server keep.
const HISTORY_BYTES: usize = 2 << 20;

/// The memory that an item takes in the history.
pub trait Weight {
    /// In bytes, roughly, and not zero.
    fn weight_bytes(&self) -> usize;
}

/// Capacity of a channel. It is small because its memory is allocated at once (24 bytes per place) and
/// there may be one subscriber per client. A subscriber that falls behind catches up from the history.
const CHANNEL: usize = 16;

/// An item with its number: 1, 2, 3, … in the order of publishing.
#[derive(Debug)]
pub struct Numbered<T> {
    /// The number.
    pub seq: u64,
    /// The item.
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

/// The first items asked for are no longer in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lagged {
    /// Number of items that are lost.
    pub lost: u64,
}

/// Numbers items, keeps a history of them and passes them to its subscribers.
pub struct Hub<T> {
    /// The number of the last item; 0 before the first. Changed with `state` locked, and read without.
    latest: AtomicU64,
    state: Mutex<State<T>>,
}

struct State<T> {
    /// The last items, oldest first, without gaps, ending with the latest.
    history: VecDeque<Numbered<T>>,
    /// The weight of `history`.
    bytes: usize,
    subscribers: Vec<Subscriber<T>>,
    next_id: u64,
}

struct Subscriber<T> {
    id: u64,
    channel: Sender<Numbered<T>>,
    /// Called after a send, if the subscriber does not sleep on the channel itself.
    wake: Option<Box<dyn Fn() + Send>>,
    /// The lane that sleeps on the channel, for the timeline.
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
    /// A hub with no items and no subscribers.
    pub fn new() -> Hub<T> {
        Hub {
            latest: AtomicU64::new(0),
            state: Mutex::new(State {
                history: VecDeque::new(),
                bytes: 0,
                subscribers: Vec::new(),
                next_id: 0,
            }),
        }
    }

    /// Publishes the item that `make` makes from its number. Returns the number.
    ///
    /// # Blocks
    /// Only for other callers of the hub. A subscriber with a full channel is not waited for: it finds
    /// the gap in the numbers and catches up with [`Hub::since`].
    pub fn publish(&self, make: impl FnOnce(u64) -> T) -> u64 {
        let mut state = self.lock();
        let seq = self.latest() + 1;
        let numbered = Numbered {
            seq,
            item: Arc::new(make(seq)),
        };
        self.latest.store(seq, Ordering::Release);
        state.bytes += numbered.item.weight_bytes();
        state.history.push_back(numbered.clone());
        while state.bytes > HISTORY_BYTES && state.history.len() > 1 {
            let oldest = state.history.pop_front();
            state.bytes -= oldest.map_or(0, |it| it.item.weight_bytes());
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

    /// The number of the last item. A new client starts here.
    pub fn latest(&self) -> u64 {
        self.latest.load(Ordering::Acquire)
    }

    /// All items after number `seq`, in order.
    ///
    /// # Errors
    /// [`Lagged`] when the first of them is no longer in the history.
    pub fn since(&self, seq: u64) -> Result<Vec<Numbered<T>>, Lagged> {
        let state = self.lock();
        let wanted = self.latest().saturating_sub(seq) as usize;
        match state.history.len().checked_sub(wanted) {
            Some(known) => Ok(state.history.iter().skip(known).cloned().collect()),
            None => Err(Lagged {
                lost: (wanted - state.history.len()) as u64,
            }),
        }
    }

    /// A subscriber that will sleep in [`Subscription::wait`].
    pub(crate) fn subscribe(self: &Arc<Self>) -> Subscription<T> {
        self.add_subscriber(None)
    }

    /// A subscriber that sleeps elsewhere. After each send the publishing thread calls `wake` with the
    /// hub locked, so `wake` must not block and must not call the hub.
    pub(crate) fn subscribe_with(
        self: &Arc<Self>,
        wake: impl Fn() + Send + 'static,
    ) -> Subscription<T> {
        self.add_subscriber(Some(Box::new(wake)))
    }

    fn add_subscriber(self: &Arc<Self>, wake: Option<Box<dyn Fn() + Send>>) -> Subscription<T> {
        let (sender, receiver) = bounded(CHANNEL);
        let mut state = self.lock();
        let id = state.next_id;
        state.next_id += 1;
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
}

impl<T> Hub<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // A panic in `make` comes before any change, so the state is consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscriber's end of the hub. Dropping it unsubscribes.
pub(crate) struct Subscription<T> {
    hub: Arc<Hub<T>>,
    id: u64,
    receiver: Receiver<Numbered<T>>,
}

impl<T: Weight> Subscription<T> {
    /// The hub, for catching up.
    pub(crate) fn hub(&self) -> &Hub<T> {
        &self.hub
    }

    /// The next item.
    ///
    /// # Blocks
    /// Until there is one, at most for `timeout`; then `None`.
    pub(crate) fn wait(&self, timeout: Duration) -> Option<Numbered<T>> {
        self.receiver.recv_timeout(timeout).ok()
    }

    /// The next item, if there is one already.
    pub(crate) fn try_next(&self) -> Option<Numbered<T>> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        let subscribers = &mut self.hub.lock().subscribers;
        subscribers.retain(|subscriber| subscriber.id != self.id);
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
    fn every_subscriber_gets_all_items_in_order() {
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
    fn since_returns_new_items_and_reports_lost_ones() {
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
    fn the_history_is_bounded_by_weight_but_keeps_the_last_item() {
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
        assert_eq!(
            last.seq, CHANNEL as u64,
            "the channel was full for the last one"
        );
        assert_eq!(
            hub.since(last.seq).expect("in the history").len(),
            1,
            "the history has it"
        );
    }

    #[test]
    fn a_dropped_subscription_is_not_woken_again() {
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
