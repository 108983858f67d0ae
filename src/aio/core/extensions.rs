//! State that the loop owns for higher layers, so that it can outlive the coroutine that created it.
//!
//! Some work outlives the coroutine that started it: a closed stream may have bytes to send, a thread may
//! owe a result, a killed child must be reaped. So the loop owns that state. It does not know the types; a
//! layer asks for its own by type.
//!
//! **Where it breaks:** a value that is never released lives as long as the loop.

use slab::Slab;
use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

/// Allocates nothing until the first use.
#[derive(Default)]
pub(crate) struct Extensions {
    kept: RefCell<Slab<Rc<dyn Any>>>,
    /// One value per type. There are at most a handful.
    by_type: RefCell<Vec<Rc<dyn Any>>>,
}

impl Extensions {
    /// Keeps `value` until [`Extensions::release`] or the end of the loop. Returns its key.
    pub(crate) fn keep(&self, value: Rc<dyn Any>) -> usize {
        self.kept.borrow_mut().insert(value)
    }

    /// Gives back the value kept under that key. `None` if it was released before or the loop is closed.
    pub(crate) fn release(&self, key: usize) -> Option<Rc<dyn Any>> {
        self.kept.borrow_mut().try_remove(key)
    }

    /// The loop's value of this type. The first call creates it.
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

    /// Drops everything, after the borrows have ended, because a value may ask for another one in its Drop.
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
