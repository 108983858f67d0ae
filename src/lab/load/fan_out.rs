//! The messages of one publisher on their way to all subscribers.
//!
//! **Where it breaks:** a subscriber that misses one delivery takes the next one for it. That one and all
//! that follow count as wrong.

use super::connection::Pending;
use std::collections::VecDeque;
use std::time::Instant;

/// Publications that have not reached all subscribers.
#[derive(Debug, Default)]
pub(super) struct Publications {
    /// The number of the first.
    first: u64,
    /// Each with the number of deliveries to come.
    in_flight: VecDeque<(Pending, u64)>,
}

impl Publications {
    pub(super) fn push(&mut self, pending: Pending, subscribers: u64) {
        self.in_flight.push_back((pending, subscribers));
    }

    pub(super) fn len(&self) -> usize {
        self.in_flight.len()
    }

    /// A delivery of publication `number`; `None` if it is not expected.
    pub(super) fn delivered(&mut self, number: u64) -> Option<Pending> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let (pending, left) = self.in_flight.get_mut(index)?;
        *left = left.saturating_sub(1);
        let pending = *pending;
        self.drop_completed();
        Some(pending)
    }

    /// A subscriber is gone that had not received publication `number` and later ones. Returns how many
    /// measured deliveries are lost.
    pub(super) fn subscriber_lost(&mut self, number: u64) -> u64 {
        let skipped = number.saturating_sub(self.first) as usize;
        let mut lost = 0;
        for (pending, left) in self.in_flight.iter_mut().skip(skipped) {
            *left = left.saturating_sub(1);
            lost += u64::from(pending.measured);
        }
        self.drop_completed();
        lost
    }

    /// Drops the oldest publication if it was sent before `then`. Returns its measured deliveries that are
    /// missing, and the number of the next publication.
    pub(super) fn time_out(&mut self, then: Instant) -> Option<(u64, u64)> {
        let (pending, left) = self.in_flight.front().copied()?;
        if pending.sent > then {
            return None;
        }
        self.in_flight.pop_front();
        self.first += 1;
        Some((left * u64::from(pending.measured), self.first))
    }

    fn drop_completed(&mut self) {
        while self.in_flight.front().is_some_and(|(_, left)| *left == 0) {
            self.in_flight.pop_front();
            self.first += 1;
        }
    }
}
