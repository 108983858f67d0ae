//! A queue between coroutines: taking from an empty one waits, and so does putting into a full one.
//!
//! A bound is what makes it useful. Without one, a fast producer fills the memory while a slow consumer
//! works. With one, the producer has to wait: back-pressure. Waiters are served first come, first served.
//!
//! **Where it breaks:** it is for one thread only. Between threads use a channel.

use super::event::Event;
use super::wait_queue::WaitQueue;
use crate::aio::core::{Error, Result};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Items from producers to consumers, with an optional bound.
pub struct Queue<T> {
    capacity: usize,
    items: RefCell<VecDeque<T>>,
    getters: WaitQueue,
    putters: WaitQueue,
    /// Items that were put and not yet reported as done, see [`Queue::task_done`].
    unfinished: Cell<usize>,
    finished: Event,
}

impl<T> Queue<T> {
    /// A queue of at most `capacity` items. With a capacity of 0 it is always full; asyncio's is unbounded.
    pub fn bounded(capacity: usize) -> Queue<T> {
        let finished = Event::new();
        finished.set();
        Queue {
            capacity,
            items: RefCell::default(),
            getters: WaitQueue::default(),
            putters: WaitQueue::default(),
            unfinished: Cell::new(0),
            finished,
        }
    }

    /// A queue without a bound: putting never waits.
    pub fn unbounded() -> Queue<T> {
        Queue::bounded(usize::MAX)
    }

    /// Puts an item in, once there is room.
    ///
    /// # Errors
    /// `Cancelled`. The item is then dropped.
    pub async fn put(&self, item: T) -> Result<()> {
        while self.is_full() {
            let pass_on = |woken: bool| {
                if woken && !self.is_full() {
                    self.putters.wake(1);
                }
            };
            self.putters.wait_in_turn("a full queue", pass_on).await?;
        }
        self.put_unbounded(item);
        Ok(())
    }

    /// Puts an item in if there is room.
    ///
    /// # Errors
    /// The item, if the queue is full.
    pub fn put_nowait(&self, item: T) -> std::result::Result<(), T> {
        if self.is_full() {
            return Err(item);
        }
        self.put_unbounded(item);
        Ok(())
    }

    pub(crate) fn put_unbounded(&self, item: T) {
        self.items.borrow_mut().push_back(item);
        self.unfinished.set(self.unfinished.get() + 1);
        self.finished.clear();
        self.getters.wake(1);
    }

    /// Takes the oldest item, once there is one.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn get(&self) -> Result<T> {
        loop {
            if let Some(item) = self.get_nowait() {
                return Ok(item);
            }
            let pass_on = |woken: bool| {
                if woken && !self.is_empty() {
                    self.getters.wake(1);
                }
            };
            self.getters.wait_in_turn("an empty queue", pass_on).await?;
        }
    }

    /// Takes the oldest item, if there is one.
    pub fn get_nowait(&self) -> Option<T> {
        let item = self.items.borrow_mut().pop_front()?;
        self.putters.wake(1);
        Some(item)
    }

    /// Reports that an item that was taken is done, see [`Queue::join`].
    ///
    /// # Errors
    /// `InvalidState` if it is called more often than items were put.
    pub fn task_done(&self) -> Result<()> {
        let left = self.unfinished.get().checked_sub(1);
        let left = left.ok_or(Error::InvalidState("task_done() was called too often"))?;
        self.unfinished.set(left);
        if left == 0 {
            self.finished.set();
        }
        Ok(())
    }

    /// Waits until every item that was put is done.
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn join(&self) -> Result<()> {
        if self.unfinished.get() > 0 {
            self.finished.wait().await?;
        }
        Ok(())
    }

    /// How many items wait to be taken.
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether no item waits to be taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether putting has to wait.
    pub fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }
}
