//! What wakers refer to: the tasks of a loop that are not done, by their place in a table.
//!
//! A [`Waker`] may be moved to any thread, and a task may not. So a waker holds only the task's place, and
//! sends it to the loop. Closing the loop ends all tasks that are left here.

use super::callback::Ready;
use super::mailbox::{Mailbox, Message};
use slab::Slab;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

/// A task, as far as the loop needs to know it.
pub(crate) trait Wakeable: Ready {
    /// Tasks are numbered in the order of making.
    fn number(&self) -> u64;
    fn wake(self: Rc<Self>);
    /// Drops the coroutine where it stands.
    fn abandon(&self);
    /// The handle by which users know it, of a type of the layer above.
    fn handle(self: Rc<Self>) -> Box<dyn Any>;
}

#[derive(Default)]
pub(crate) struct Registry {
    entries: RefCell<Entries>,
}

#[derive(Default)]
struct Entries {
    tasks: Slab<Rc<dyn Wakeable>>,
    /// What wakes the task at each place, kept for the next task there, which saves an allocation. The
    /// task shares the `Rc`: counting its references takes no atomic operation.
    wakers: Vec<(Arc<WakeUp>, Rc<Waker>)>,
    made: u64,
}

struct WakeUp {
    place: usize,
    mailbox: Arc<Mailbox>,
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.mailbox.post(Message::Wake(self.place));
    }
}

impl Registry {
    /// Adds the task that `make` makes from its number, its place and its waker.
    #[inline]
    pub(super) fn add<S: Wakeable + 'static>(
        &self,
        mailbox: &Arc<Mailbox>,
        make: impl FnOnce(u64, usize, Rc<Waker>) -> Rc<S>,
    ) -> Rc<S> {
        let entries = &mut *self.entries.borrow_mut();
        entries.made += 1;
        let entry = entries.tasks.vacant_entry();
        let place = entry.key();
        if place == entries.wakers.len() {
            let mailbox = Arc::clone(mailbox);
            let wake_up = Arc::new(WakeUp { place, mailbox });
            let waker = Rc::new(Waker::from(Arc::clone(&wake_up)));
            entries.wakers.push((wake_up, waker));
        }
        let task = make(entries.made, place, Rc::clone(&entries.wakers[place].1));
        entry.insert(Rc::clone(&task) as Rc<dyn Wakeable>);
        task
    }

    pub(super) fn get(&self, place: usize) -> Option<Rc<dyn Wakeable>> {
        self.entries.borrow().tasks.get(place).map(Rc::clone)
    }

    /// Does nothing for a task that is gone already, because the loop was closed from inside.
    pub(crate) fn remove(&self, place: usize) {
        let task = self.entries.borrow_mut().tasks.try_remove(place);
        drop(task); // after the borrow
    }

    /// How many wakers of the task at `place` exist, apart from the task's own.
    pub(crate) fn wakers_kept(&self, place: usize) -> usize {
        let entries = self.entries.borrow();
        let waker = entries.wakers.get(place);
        waker.map_or(0, |(wake_up, _)| Arc::strong_count(wake_up) - 2)
    }

    /// In the order of making.
    pub(crate) fn all(&self) -> Vec<Rc<dyn Wakeable>> {
        let entries = self.entries.borrow();
        let tasks = entries.tasks.iter();
        let mut all: Vec<_> = tasks.map(|(_, task)| Rc::clone(task)).collect();
        all.sort_by_key(|task| task.number());
        all
    }

    pub(super) fn abandon_all(&self) {
        let all = self.all();
        drop(self.entries.take());
        all.iter().for_each(|task| task.abandon());
    }
}
