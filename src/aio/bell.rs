//! How other threads reach a loop: they pull its rope, and it looks at what they said before it
//! sleeps.
//!
//! Everything else of a loop stays on its thread and needs no lock. What may cross is here: a
//! [`Bell`] runs one known callback, a [`Remote`] brings any, and the wake-up of a task is what the
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
pub struct Bell {
    pub(super) number: usize,
    pub(super) ringing: Arc<AtomicBool>,
    pub(super) rope: Arc<Rope>,
}

impl Bell {
    /// Rings. Never blocks for long; at most one system call, none on the loop's own thread.
    pub fn ring(&self) {
        if !self.ringing.swap(true, Ordering::AcqRel) {
            let ringing = Arc::clone(&self.ringing);
            self.rope.pull(Message::Ring(self.number, ringing));
        }
    }
}

/// What a bell calls.
pub(super) struct OnRing<F>(pub(super) F);

impl<F: Fn()> Ready for OnRing<F> {
    fn run(self: Rc<Self>) {
        guarded(|| self.label(), &self.0);
    }

    fn label(&self) -> String {
        format!("the bell {}", short_name(std::any::type_name::<F>()))
    }
}

/// A loop as other threads see it.
#[derive(Clone)]
pub struct Remote {
    pub(super) rope: Arc<Rope>,
}

impl Remote {
    /// Has `callback` run on the loop's thread, after what was sent there before. If the loop is closed
    /// it is dropped, then or later.
    pub fn call_soon_threadsafe(&self, callback: impl FnOnce() + Send + 'static) {
        match EventLoop::try_running() {
            // Not overtaken by what is scheduled there after it.
            Some(event_loop) if event_loop.has_rope(&self.rope) => {
                event_loop.call_soon(callback);
            }
            _ => self.rope.pull(Message::Call(Box::new(callback))),
        }
    }

    /// Says that something is under way that the loop cannot see, so that a virtual clock does not
    /// jump over it. Until it is dropped.
    pub(super) fn outside_work(&self) -> OutsideWork {
        self.rope.outside.fetch_add(1, Ordering::Relaxed);
        OutsideWork(Arc::clone(&self.rope.outside))
    }
}

/// See [`Remote::outside_work`]. Not the whole rope: this may travel in a message, and a rope that is in
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
    pub(super) rope: Arc<Rope>,
}

impl Wake for WakeUp {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rope.pull(Message::Wake(self.place));
    }
}

/// What may be said through the rope.
pub(super) enum Message {
    Ring(usize, Arc<AtomicBool>),
    Call(Box<dyn FnOnce() + Send>),
    /// A spurious one, because the place has a new owner, costs that owner an idle step.
    Wake(usize),
}

/// What a loop shares with other threads.
pub(super) struct Rope {
    waker: Waker,
    /// The loop's thread, which need not be woken: it looks at the rope before it sleeps.
    home: ThreadId,
    said: Mutex<Vec<Message>>,
    /// Work that is under way where the loop cannot see it.
    outside: Arc<AtomicUsize>,
}

impl Rope {
    pub(super) fn new(waker: Waker) -> Rope {
        Rope {
            waker,
            home: thread::current().id(),
            said: Mutex::new(Vec::new()),
            outside: Arc::default(),
        }
    }

    fn pull(&self, message: Message) {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(message);
        if thread::current().id() != self.home {
            self.waker.wake();
        }
    }

    pub(super) fn is_still(&self) -> bool {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }

    pub(super) fn someone_is_outside(&self) -> bool {
        self.outside.load(Ordering::Relaxed) > 0
    }

    /// Silences each bell before its callback is queued, so that what is said from here on rings
    /// again.
    pub(super) fn collect(&self) -> Vec<Message> {
        let said = std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner));
        for message in &said {
            if let Message::Ring(_, ringing) = message {
                ringing.swap(false, Ordering::AcqRel);
            }
        }
        said
    }
}
