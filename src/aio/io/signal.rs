//! Signals as events of the loop.
//!
//! A signal handler runs between any two instructions and may do almost nothing: no allocation, no lock
//! (signal-safety(7)). So the handler does the one useful thing that is allowed: it writes a byte to a
//! socket. The loop watches that socket like any other, and runs the callback in its turn, where
//! everything is allowed. This is the self-pipe trick.
//!
//! All handlers of a signal run, including those of other loops in the process. When the last is removed,
//! the signal has its default effect again.
//!
//! **Where it breaks:** two signals of the same kind may arrive as one; that is how the kernel works. If
//! other code catches the same signal (`ctrlc` does), its handler is called too, provided that it was
//! installed first. But it cannot prevent the default effect once our last handler is removed.

use crate::aio::core::{Context, EventLoop, Result, Watched};
use signal_hook::SigId;
use signal_hook::low_level::{pipe, unregister};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGTERM,
    SIGUSR1, SIGUSR2,
};

impl EventLoop {
    /// Runs `callback` on this loop, in the current context, for each `signal` that arrives, until the
    /// result is dropped.
    ///
    /// # Errors
    /// When the signal cannot be caught (SIGKILL, SIGSTOP, faults), or there are no descriptors left.
    pub fn add_signal_handler(
        &self,
        signal: i32,
        callback: impl Fn() + 'static,
    ) -> Result<SignalHandler> {
        if signal_hook::consts::FORBIDDEN.contains(&signal) {
            return Err(io::Error::from(io::ErrorKind::InvalidInput).into());
        }
        let (receiver, sender) = UnixStream::pair()?;
        receiver.set_nonblocking(true)?;
        let receiver = Rc::new(receiver);
        let socket = Rc::clone(&receiver);
        let context = Context::copy();
        let receiver = self.add_reader(receiver, move || {
            for _ in 0..count_arrived(&socket) {
                context.run(&callback);
            }
        })?;
        let suppress = SuppressDefault::of(signal)?;
        let id = pipe::register(signal, sender)?;
        Ok(SignalHandler {
            id,
            _receiver: receiver,
            _suppress: suppress,
        })
    }
}

/// The number of bytes, and so of signals, that have arrived.
fn count_arrived(mut receiver: &UnixStream) -> usize {
    let mut count = 0;
    let mut bytes = [0; 64];
    while let Ok(more @ 1..) = receiver.read(&mut bytes) {
        count += more;
    }
    count
}

/// A callback for a signal. Dropping this removes it: asyncio's `remove_signal_handler`.
#[must_use = "the handler is removed when this is dropped"]
pub struct SignalHandler {
    id: SigId,
    _receiver: Watched<Rc<UnixStream>>,
    _suppress: SuppressDefault,
}

impl Drop for SignalHandler {
    fn drop(&mut self) {
        unregister(self.id);
    }
}

/// The number of handlers of each signal in this process, and whether the signal has its default effect.
static HANDLERS: Mutex<BTreeMap<i32, (usize, Arc<AtomicBool>)>> = Mutex::new(BTreeMap::new());

/// Suppresses the default effect of a signal as long as it exists. A caught signal stays caught, because
/// there is no safe way to give it back to the kernel. So its default effect is done by hand later.
struct SuppressDefault(i32);

impl SuppressDefault {
    fn of(signal: i32) -> io::Result<SuppressDefault> {
        let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, by_default)) = handlers.get_mut(&signal) {
            *count += 1;
            by_default.store(false, Ordering::SeqCst);
        } else {
            let by_default = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&by_default))?;
            handlers.insert(signal, (1, by_default));
        }
        Ok(SuppressDefault(signal))
    }
}

impl Drop for SuppressDefault {
    fn drop(&mut self) {
        let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, by_default)) = handlers.get_mut(&self.0) {
            *count -= 1;
            by_default.store(*count == 0, Ordering::SeqCst);
        }
    }
}
