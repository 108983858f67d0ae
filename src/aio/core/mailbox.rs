//! What a loop shares with other threads: messages for it, and what ends its wait.

use super::reactor::Waker;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// What other threads can ask a loop to do.
pub(super) enum Message {
    /// Run the callback of the notifier with that number. The flag says that this is under way.
    Notify(usize, Arc<AtomicBool>),
    Call(Box<dyn FnOnce() + Send>),
    /// Wake the task at that place. If another task has the place by now, it makes one idle step.
    Wake(usize),
}

pub(super) struct Mailbox {
    waker: Waker,
    /// The loop's thread need not be woken: it drains the mailbox before it sleeps.
    home: ThreadId,
    messages: Mutex<Vec<Message>>,
    /// Counts work that is under way where the loop cannot see it.
    outside: Arc<AtomicUsize>,
}

impl Mailbox {
    pub(super) fn new(waker: Waker) -> Mailbox {
        Mailbox {
            waker,
            home: thread::current().id(),
            messages: Mutex::default(),
            outside: Arc::default(),
        }
    }

    /// Costs a mutex and, from another thread, one system call that ends the loop's wait.
    pub(super) fn post(&self, message: Message) {
        self.lock().push(message);
        if thread::current().id() != self.home {
            self.waker.wake();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Resets each notifier before its callback is queued, so that a later `notify` queues it again.
    pub(super) fn drain(&self) -> Vec<Message> {
        let messages = std::mem::take(&mut *self.lock());
        for message in &messages {
            if let Message::Notify(_, pending) = message {
                pending.swap(false, Ordering::AcqRel);
            }
        }
        messages
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that work is under way that the loop cannot see, so that a virtual clock does not jump over
    /// it. Holds until the result is dropped.
    pub(super) fn outside_work(&self) -> OutsideWork {
        self.outside.fetch_add(1, Ordering::Relaxed);
        OutsideWork(Arc::clone(&self.outside))
    }

    pub(super) fn has_outside_work(&self) -> bool {
        self.outside.load(Ordering::Relaxed) > 0
    }
}

/// See [`Mailbox::outside_work`]. It holds the counter and not the mailbox: it may travel in a message,
/// and a mailbox inside one of its own messages would never be dropped.
pub(crate) struct OutsideWork(Arc<AtomicUsize>);

impl Drop for OutsideWork {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
