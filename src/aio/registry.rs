//! Which tasks a loop has, so that a waker can find its own and nobody is forgotten at the end.

use super::notifier::{Mailbox, WakeUp};
use super::step::Step;
use slab::Slab;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

/// The tasks that are not done.
#[derive(Default)]
pub(super) struct Registry {
    tasks: Slab<Rc<dyn Step>>,
    /// What wakes the task of each place, kept for the next that has it: one allocation less a task. The
    /// task's own half is counted without atomic operations, as it does not leave the thread.
    wake_ups: Vec<(Arc<WakeUp>, Rc<Waker>)>,
    made: u64,
}

impl Registry {
    /// Adds the task that `make` makes of its number, its place and its waker.
    #[inline]
    pub(super) fn add<S: Step + 'static>(
        &mut self,
        mailbox: &Arc<Mailbox>,
        make: impl FnOnce(u64, usize, Rc<Waker>) -> Rc<S>,
    ) -> Rc<S> {
        self.made += 1;
        let entry = self.tasks.vacant_entry();
        let place = entry.key();
        if place == self.wake_ups.len() {
            let mailbox = Arc::clone(mailbox);
            let wake_up = Arc::new(WakeUp { place, mailbox });
            let waker = Rc::new(Waker::from(Arc::clone(&wake_up)));
            self.wake_ups.push((wake_up, waker));
        }
        let task = make(self.made, place, Rc::clone(&self.wake_ups[place].1));
        entry.insert(Rc::clone(&task) as Rc<dyn Step>);
        task
    }

    pub(super) fn get(&self, place: usize) -> Option<Rc<dyn Step>> {
        self.tasks.get(place).map(Rc::clone)
    }

    /// Not there any more if the loop was closed from inside.
    pub(super) fn remove(&mut self, place: usize) -> Option<Rc<dyn Step>> {
        self.tasks.try_remove(place)
    }

    /// How many wakers of the task at `place` are kept beside the task's own.
    pub(super) fn wakers_kept(&self, place: usize) -> usize {
        let wake_up = self.wake_ups.get(place);
        wake_up.map_or(0, |(wake_up, _)| Arc::strong_count(wake_up) - 2)
    }

    /// In the order of making.
    pub(super) fn all(&self) -> Vec<Rc<dyn Step>> {
        let mut all: Vec<_> = self.tasks.iter().map(|(_, task)| Rc::clone(task)).collect();
        all.sort_by_key(|task| task.header().number);
        all
    }
}
