//! The tasks of a loop that are not done, so that a waker can find its task and closing the loop reaches
//! all of them.

use super::step::{Step, schedule};
use crate::aio::core::{EventLoop, Mailbox, Message, TaskSet};
use slab::Slab;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

#[derive(Default)]
pub(super) struct Registry {
    entries: RefCell<Entries>,
}

#[derive(Default)]
struct Entries {
    tasks: Slab<Rc<dyn Step>>,
    /// What wakes the task at each place, kept for the next task there, which saves an allocation. The
    /// task shares the `Rc`: counting its references takes no atomic operation.
    wakers: Vec<(Arc<WakeUp>, Rc<Waker>)>,
    made: u64,
}

/// Schedules the task at a place, from any thread.
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
    pub(super) fn of(event_loop: &EventLoop) -> &Registry {
        event_loop.tasks()
    }

    /// Adds the task that `make` makes from its number, its place and its waker.
    #[inline]
    pub(super) fn add<S: Step + 'static>(
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
        entry.insert(Rc::clone(&task) as Rc<dyn Step>);
        task
    }

    /// Does nothing for a task that is gone already, because the loop was closed from inside.
    pub(super) fn remove(&self, place: usize) {
        let task = self.entries.borrow_mut().tasks.try_remove(place);
        drop(task); // after the borrow
    }

    /// How many wakers of the task at `place` exist, apart from the task's own.
    pub(super) fn wakers_kept(&self, place: usize) -> usize {
        let entries = self.entries.borrow();
        let waker = entries.wakers.get(place);
        waker.map_or(0, |(wake_up, _)| Arc::strong_count(wake_up) - 2)
    }

    /// In the order of making.
    pub(super) fn all(&self) -> Vec<Rc<dyn Step>> {
        self.entries.borrow().all()
    }
}

impl Entries {
    fn all(&self) -> Vec<Rc<dyn Step>> {
        let mut all: Vec<_> = self.tasks.iter().map(|(_, task)| Rc::clone(task)).collect();
        all.sort_by_key(|task| task.header().number);
        all
    }
}

impl TaskSet for Registry {
    fn wake(&self, place: usize) {
        let task = self.entries.borrow().tasks.get(place).map(Rc::clone);
        if let Some(task) = task {
            schedule(task);
        }
    }

    fn abandon_all(&self) {
        let entries = self.entries.take();
        for task in entries.all() {
            task.abandon();
        }
    }
}
