//! How other threads reach a loop: they pull its mailbox, and it looks at what they said before it
//! sleeps.
//!
//! Everything else of a loop stays on its thread and needs no lock. What may cross is here: a
//! [`Notifier`] runs one known callback, a [`Remote`] brings any, and the wake-up of a task is what the
//! standard library's wakers call.
//!
//! The price is a mutex and, from another thread, one system call that ends the loop's wait.

use super::debug::short_name;
use super::event_loop::EventLoop;
use super::handle::{Ready, guarded};
use super::reactor::Waker;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::thread::{self, ThreadId};

/// Has a callback run on the loop's thread, from any thread. However often it is rung before the
/// callback runs, it runs once.
#[derive(Clone)]
pub struct Notifier {
    pub(super) number: usize,
    pub(super) pending: Arc<AtomicBool>,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Notifier {
    /// Rings. Never blocks for long; at most one system call, none on the loop's own thread.
    pub fn notify(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            let pending = Arc::clone(&self.pending);
            self.mailbox.post(Message::Notify(self.number, pending));
        }
    }
}

/// What a notifier calls.
pub(super) struct NotifierCallback<F>(pub(super) F);

impl<F: Fn()> Ready for NotifierCallback<F> {
    fn run(self: Rc<Self>) {
        guarded(|| self.label(), &self.0);
    }

    fn label(&self) -> String {
        format!("the notifier {}", short_name(std::any::type_name::<F>()))
    }
}

/// A loop as other threads see it.
#[derive(Clone)]
pub struct Remote {
    pub(super) mailbox: Arc<Mailbox>,
}

impl Remote {
    /// Has `callback` run on the loop's thread, after what was sent there before. If the loop is closed
    /// it is dropped, then or later.
    pub fn call_soon_threadsafe(&self, callback: impl FnOnce() + Send + 'static) {
        match EventLoop::try_running() {
            // Not overtaken by what is scheduled there after it.
            Some(event_loop) if event_loop.has_mailbox(&self.mailbox) => {
                event_loop.call_soon(callback);
            }
            _ => self.mailbox.post(Message::Call(Box::new(callback))),
        }
    }

    /// Says that something is under way that the loop cannot see, so that a virtual clock does not
    /// jump over it. Until it is dropped.
    pub(super) fn outside_work(&self) -> OutsideWork {
        self.mailbox.outside.fetch_add(1, Ordering::Relaxed);
        OutsideWork(Arc::clone(&self.mailbox.outside))
    }
}

/// See [`Remote::outside_work`]. Not the whole mailbox: this may travel in a message, and a mailbox that is in
/// one of its own messages would never be dropped.
pub(super) struct OutsideWork(Arc<AtomicUsize>);

impl Drop for OutsideWork {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Schedules a task from wherever its waker was taken to.
pub(super) struct WakeUp {
    pub(super) place: usize,
    pub(super) mailbox: Arc<Mailbox>,
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.mailbox.post(Message::Wake(self.place));
    }
}

/// What may be said through the mailbox.
pub(super) enum Message {
    Notify(usize, Arc<AtomicBool>),
    Call(Box<dyn FnOnce() + Send>),
    /// A spurious one, because the place has a new owner, costs that owner an idle step.
    Wake(usize),
}

/// What a loop shares with other threads.
pub(super) struct Mailbox {
    waker: Waker,
    /// The loop's thread, which need not be woken: it looks at the mailbox before it sleeps.
    home: ThreadId,
    messages: Mutex<Vec<Message>>,
    /// Work that is under way where the loop cannot see it.
    outside: Arc<AtomicUsize>,
}

impl Mailbox {
    pub(super) fn new(waker: Waker) -> Mailbox {
        Mailbox {
            waker,
            home: thread::current().id(),
            messages: Mutex::new(Vec::new()),
            outside: Arc::default(),
        }
    }

    fn post(&self, message: Message) {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
        if thread::current().id() != self.home {
            self.waker.wake();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    pub(super) fn has_outside_work(&self) -> bool {
        self.outside.load(Ordering::Relaxed) > 0
    }

    /// Resets each notifier before its callback is queued, so that a later `notify` queues it
    /// again.
    pub(super) fn drain(&self) -> Vec<Message> {
        let messages =
            std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner));
        for message in &messages {
            if let Message::Notify(_, pending) = message {
                pending.swap(false, Ordering::AcqRel);
            }
        }
        messages
    }
}
