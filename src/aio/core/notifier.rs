//! How other threads reach a loop: they post to its mailbox, which the loop drains before it sleeps.
//!
//! Everything else of a loop stays on its thread and needs no lock. Two things may cross: a
//! [`Notifier`] runs one known callback, a [`Remote`] sends any. (The wakers of tasks use the same
//! mailbox.)
//!
//! The price is a mutex and, from another thread, one system call that ends the loop's wait.

use super::callback::{Ready, guarded};
use super::debug::short_name;
use super::event_loop::EventLoop;
use super::mailbox::{Mailbox, Message, OutsideWork};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl EventLoop {
    /// A way for other threads to have `callback` run here. Notifiers last as long as the loop.
    pub fn notifier(&self, callback: impl Fn() + 'static) -> Notifier {
        Notifier {
            number: self.add_notifier(Rc::new(NotifierCallback(callback))),
            pending: Arc::default(),
            mailbox: Arc::clone(self.mailbox()),
        }
    }

    /// This loop, for other threads.
    pub fn remote(&self) -> Remote {
        let mailbox = Arc::clone(self.mailbox());
        Remote { mailbox }
    }
}

/// Has a callback run on the loop's thread, from any thread. However often it is notified before the
/// callback runs, the callback runs once.
#[derive(Clone)]
pub struct Notifier {
    number: usize,
    pending: Arc<AtomicBool>,
    mailbox: Arc<Mailbox>,
}

impl Notifier {
    /// Schedules the callback. Never blocks for long: at most one system call, none on the loop's own
    /// thread.
    pub fn notify(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            let pending = Arc::clone(&self.pending);
            self.mailbox.post(Message::Notify(self.number, pending));
        }
    }
}

struct NotifierCallback<F>(F);

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
    mailbox: Arc<Mailbox>,
}

impl Remote {
    /// Has `callback` run on the loop's thread, after what was sent there before. If the loop is closed,
    /// the callback is dropped, then or later.
    pub fn call_soon_threadsafe(&self, callback: impl FnOnce() + Send + 'static) {
        match EventLoop::try_running() {
            // On the loop's own thread nothing that is scheduled later may overtake it.
            Some(event_loop) if Arc::ptr_eq(event_loop.mailbox(), &self.mailbox) => {
                event_loop.call_soon(callback);
            }
            _ => self.mailbox.post(Message::Call(Box::new(callback))),
        }
    }

    /// See [`Mailbox::outside_work`].
    pub(crate) fn outside_work(&self) -> OutsideWork {
        self.mailbox.outside_work()
    }
}
