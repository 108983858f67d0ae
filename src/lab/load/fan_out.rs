//! One publisher's messages on their way to everybody else.
//!
//! **Where it breaks:** a subscriber that misses one delivery takes the next one for it: it and all that
//! follow count as wrong.

use super::connection::Pending;
use std::collections::VecDeque;
use std::time::Instant;

/// The publications that have not come to everybody.
#[derive(Debug, Default)]
pub(super) struct Publications {
    /// The number of the first one.
    first: u64,
    under_way: VecDeque<(Pending, u64)>,
}

impl Publications {
    pub(super) fn push(&mut self, pending: Pending, subscribers: u64) {
        self.under_way.push_back((pending, subscribers));
    }

    /// How many are under way.
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// A delivery of publication `number`; `None` if nobody waits for it.
    pub(super) fn delivered(&mut self, number: u64) -> Option<Pending> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let (pending, left) = self.under_way.get_mut(place)?;
        *left = left.saturating_sub(1);
        let pending = *pending;
        self.drop_completed();
        Some(pending)
    }

    /// A subscriber is gone that had still to hear from publication `number` on. How many deliveries
    /// of measured ones that loses.
    pub(super) fn subscriber_lost(&mut self, number: u64) -> u64 {
        let skipped = number.saturating_sub(self.first) as usize;
        let mut lost = 0;
        for (pending, left) in self.under_way.iter_mut().skip(skipped) {
            *left = left.saturating_sub(1);
            lost += u64::from(pending.measured);
        }
        self.drop_completed();
        lost
    }

    /// Gives up the oldest one if it left before `then`: the deliveries that are missing of it, if it
    /// was measured, and the number of the one after it.
    pub(super) fn give_up(&mut self, then: Instant) -> Option<(u64, u64)> {
        let (pending, left) = self.under_way.front().copied()?;
        if pending.sent > then {
            return None;
        }
        self.under_way.pop_front();
        self.first += 1;
        Some((left * u64::from(pending.measured), self.first))
    }

    fn drop_completed(&mut self) {
        while self.under_way.front().is_some_and(|(_, left)| *left == 0) {
            self.under_way.pop_front();
            self.first += 1;
        }
    }
}
