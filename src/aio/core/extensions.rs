//! State that higher layers keep with a loop, so that it lives exactly as long as the loop.
//!
//! A stream that was closed still has bytes to send, a thread will bring a result, a killed child
//! process has to be reaped. The coroutine that began it may be gone by then, so the loop owns it. The
//! loop does not know these types; the layer that brings one asks for it by its type.
//!
//! **Where it breaks:** what is kept and never released lives as long as the loop.

use slab::Slab;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// Empty, and free, until something is used that needs it.
#[derive(Default)]
pub(crate) struct Extensions {
    kept: RefCell<Slab<Rc<dyn Any>>>,
    /// One value per type. There are at most a handful.
    by_type: RefCell<Vec<Rc<dyn Any>>>,
}

impl Extensions {
    /// Keeps `value` until [`Extensions::release`] or the end of the loop.
    pub(crate) fn keep(&self, value: Rc<dyn Any>) -> usize {
        self.kept.borrow_mut().insert(value)
    }

    /// Gives back the value kept under that key; `None` once the loop is closed.
    pub(crate) fn release(&self, key: usize) -> Option<Rc<dyn Any>> {
        self.kept.borrow_mut().try_remove(key)
    }

    /// The loop's value of this type. The first call makes it.
    pub(crate) fn get<T: Default + 'static>(&self) -> Rc<T> {
        let mut by_type = self.by_type.borrow_mut();
        let mut known = by_type.iter().map(Rc::clone);
        if let Some(value) = known.find_map(|value| value.downcast().ok()) {
            return value;
        }
        let value: Rc<T> = Rc::default();
        by_type.push(Rc::clone(&value) as Rc<dyn Any>);
        value
    }

    /// Drops everything, outside of the borrows: a value may ask for another one in its own Drop.
    ///
    /// # Blocks
    /// Until the threads of the default pool have finished their work, and killed children are reaped.
    pub(super) fn clear(&self) {
        let kept = self.kept.take();
        drop(kept);
        let by_type = self.by_type.take();
        drop(by_type);
    }
}
