//! What has to happen when: a heap of deadlines.
//!
//! Most timers of a server never fire: a handshake comes in time, a reply arrives, and the timer is
//! cancelled. So cancelling has to be cheap. It may leave its entry in the heap, where the entry is
//! skipped when its time comes. Only when such entries are the majority are they swept out, as asyncio
//! does. Equal deadlines fire in the order of arming, which a bare heap would not guarantee.

use slab::Slab;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Below this number of entries a sweep is not worth its cost.
const SWEEP_FROM: usize = 64;

/// Values with a deadline each.
#[derive(Debug)]
pub struct Timers<T> {
    /// Earliest first; may hold entries of cancelled timers.
    heap: BinaryHeap<Reverse<Entry>>,
    /// The values of the armed timers, each with its order, which shows whether an entry is its own.
    armed: Slab<(u64, T)>,
    /// Counts the timers armed so far, to order those with equal deadlines.
    next_order: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    deadline: Instant,
    order: u64,
    slot: usize,
}

/// One armed timer. Using it after the timer has fired does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerId {
    slot: usize,
    order: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers {
            heap: BinaryHeap::new(),
            armed: Slab::new(),
            next_order: 0,
        }
    }
}

impl<T> Timers<T> {
    /// Arms a timer. O(log n).
    pub fn arm(&mut self, deadline: Instant, value: T) -> TimerId {
        let order = self.next_order;
        self.next_order += 1;
        let slot = self.armed.insert((order, value));
        self.heap.push(Reverse(Entry {
            deadline,
            order,
            slot,
        }));
        TimerId { slot, order }
    }

    /// Disarms a timer and gives its value back; `None` if it fired or was cancelled before. O(1) on
    /// average.
    pub fn cancel(&mut self, id: TimerId) -> Option<T> {
        if !self.is_armed(id.slot, id.order) {
            return None;
        }
        let (_, value) = self.armed.remove(id.slot);
        if self.heap.len() >= SWEEP_FROM && self.heap.len() > 2 * self.armed.len() {
            let mut entries = std::mem::take(&mut self.heap).into_vec();
            entries.retain(|Reverse(entry)| self.is_armed(entry.slot, entry.order));
            self.heap = entries.into();
        }
        Some(value)
    }

    /// The earliest deadline, to know how long to sleep.
    pub fn next_deadline(&mut self) -> Option<Instant> {
        while let Some(Reverse(entry)) = self.heap.peek() {
            if self.is_armed(entry.slot, entry.order) {
                return Some(entry.deadline);
            }
            self.heap.pop();
        }
        None
    }

    /// The next value whose time has come.
    pub fn pop_due(&mut self, now: Instant) -> Option<T> {
        if self.next_deadline()? > now {
            return None;
        }
        let Reverse(entry) = self.heap.pop()?;
        Some(self.armed.remove(entry.slot).1)
    }

    /// How many timers are armed.
    pub fn len(&self) -> usize {
        self.armed.len()
    }

    /// Whether none is armed.
    pub fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    fn is_armed(&self, slot: usize, order: u64) -> bool {
        self.armed
            .get(slot)
            .is_some_and(|(armed, _)| *armed == order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::time::Duration;

    fn drain(timers: &mut Timers<u32>, now: Instant) -> Vec<u32> {
        std::iter::from_fn(|| timers.pop_due(now)).collect()
    }

    #[test]
    fn timers_fire_by_deadline_and_equal_ones_in_the_order_of_arming() {
        let start = clock::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timers = Timers::default();
        for (seconds, value) in [(2, 20), (1, 10), (2, 21), (1, 11), (3, 30)] {
            timers.arm(at(seconds), value);
        }
        assert_eq!(drain(&mut timers, start), [] as [u32; 0]);
        assert_eq!(timers.next_deadline(), Some(at(1)));
        assert_eq!(drain(&mut timers, at(2)), [10, 11, 20, 21]);
        assert_eq!(drain(&mut timers, at(9)), [30]);
        assert_eq!(timers.next_deadline(), None);
    }

    #[test]
    fn a_cancelled_timer_does_not_fire_and_its_handle_stays_harmless() {
        let start = clock::now();
        let mut timers = Timers::default();
        let first = timers.arm(start, 1);
        assert_eq!(timers.cancel(first), Some(1));
        let second = timers.arm(start, 2);
        assert_eq!(
            timers.cancel(first),
            None,
            "the slot belongs to the second now"
        );
        assert_eq!(drain(&mut timers, start), [2]);
        assert_eq!(timers.cancel(second), None);
    }

    #[test]
    fn cancelled_timers_do_not_pile_up() {
        let far = clock::now() + Duration::from_secs(3600);
        let mut timers = Timers::default();
        let keep: Vec<_> = (0..10).map(|value| timers.arm(far, value)).collect();
        for value in 0..10_000 {
            let id = timers.arm(far, value);
            timers.cancel(id);
        }
        assert!(
            timers.heap.len() < SWEEP_FROM + keep.len(),
            "{}",
            timers.heap.len()
        );
        assert_eq!(timers.len(), keep.len());
    }
}
