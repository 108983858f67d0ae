//! What a loop has beside its queue: things that somebody must own who lives as long as the loop does.
//!
//! A stream that was closed still has bytes to send, a thread will bring a result, a killed child is
//! to be reaped. The coroutine that began it may be gone by then, so the loop keeps it, until it is
//! finished or the loop is closed.
//!
//! **Where it breaks:** what is kept and never given back lives as long as the loop.

use super::children::Children;
use super::event_loop::EventLoop;
use super::executor::ThreadPool;
use slab::Slab;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// See the module. Empty, and free, until something is used that needs it.
#[derive(Default)]
pub(super) struct Belongings {
    /// By place.
    kept: RefCell<Slab<Rc<dyn Any>>>,
    /// The threads for [`to_thread`](super::to_thread), once somebody used them.
    pub(super) default_pool: RefCell<Option<ThreadPool>>,
    /// The child processes that are not reaped, while there are any.
    pub(super) children: RefCell<Option<Rc<Children>>>,
}

impl Belongings {
    /// Keeps `what` until [`Belongings::give_back`] or the end of the loop.
    pub(super) fn keep(&self, what: Rc<dyn Any>) -> usize {
        self.kept.borrow_mut().insert(what)
    }

    /// What was kept at that place; nothing once the loop is closed.
    pub(super) fn give_back(&self, place: usize) -> Option<Rc<dyn Any>> {
        self.kept.borrow_mut().try_remove(place)
    }

    /// Drops everything, each thing outside of the borrow: it may look for another in its own Drop.
    ///
    /// # Blocks
    /// Until the threads of the pool have done what they are at, and killed children are dead.
    pub(super) fn close(&self) {
        let kept = self.kept.take();
        drop(kept);
        let pool = self.default_pool.take();
        drop(pool);
        let children = self.children.take();
        drop(children);
    }
}

impl EventLoop {
    /// The pool that [`to_thread`](super::to_thread) uses; the first call makes it.
    pub(super) fn default_pool(&self) -> ThreadPool {
        let mut pool = self.belongings().default_pool.borrow_mut();
        pool.get_or_insert_with(ThreadPool::of_default_size).clone()
    }
}
