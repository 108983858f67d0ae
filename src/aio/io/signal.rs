//! Signals as events of the loop.
//!
//! A signal handler runs in the middle of anything, between two instructions, and may do next to
//! nothing: no allocation, no lock (signal-safety(7)). So the handler does the one useful thing that is
//! allowed, it writes a byte into a socket. The loop waits for that socket as for any other, and the
//! callback runs when its turn comes, where everything is allowed: the self-pipe trick.
//!
//! Several handlers of one signal all run, those of other loops of the process too. When the last is
//! gone the signal does again what it does by default.
//!
//! **Where it breaks:** two signals of a kind may arrive as one, which is the kernel's way. If another
//! part of the program catches the same signal (`ctrlc` does), it is called as well, provided that it
//! came first; but it cannot keep the default from coming back here when our last handler goes.

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
    /// Runs `callback` on this loop, in the context of now, for each `signal` that arrives, until the
    /// answer is dropped.
    ///
    /// # Errors
    /// When the signal cannot be caught (SIGKILL, SIGSTOP, those of faults), or there are no descriptors.
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
        let heard = Rc::clone(&receiver);
        let context = Context::copy();
        let receiver = self.add_reader(receiver, move || {
            for _ in 0..arrived(&heard) {
                context.run(&callback);
            }
        })?;
        let no_default = NoDefault::of(signal)?;
        let id = pipe::register(signal, sender)?;
        Ok(SignalHandler {
            id,
            _receiver: receiver,
            _no_default: no_default,
        })
    }
}

/// How many bytes, and so signals, have come.
fn arrived(mut receiver: &UnixStream) -> usize {
    let mut count = 0;
    let mut bytes = [0; 64];
    while let Ok(more @ 1..) = receiver.read(&mut bytes) {
        count += more;
    }
    count
}

/// A callback for a signal; dropping this removes it: asyncio's `remove_signal_handler`.
#[must_use = "the handler is removed when this is dropped"]
pub struct SignalHandler {
    id: SigId,
    _receiver: Watched<Rc<UnixStream>>,
    _no_default: NoDefault,
}

impl Drop for SignalHandler {
    fn drop(&mut self) {
        unregister(self.id);
    }
}

/// How many handlers of each signal this process has, and whether the signal is to do what it does by
/// default.
static HANDLERS: Mutex<BTreeMap<i32, (usize, Arc<AtomicBool>)>> = Mutex::new(BTreeMap::new());

/// As long as there is one, the signal does not do what it does by default. Once caught a signal stays
/// caught, for there is no safe way to give it back to the kernel; so what it did by default is done by
/// hand.
struct NoDefault(i32);

impl NoDefault {
    fn of(signal: i32) -> io::Result<NoDefault> {
        let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, by_default)) = handlers.get_mut(&signal) {
            *count += 1;
            by_default.store(false, Ordering::SeqCst);
        } else {
            let by_default = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&by_default))?;
            handlers.insert(signal, (1, by_default));
        }
        Ok(NoDefault(signal))
    }
}

impl Drop for NoDefault {
    fn drop(&mut self) {
        let mut handlers = HANDLERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, by_default)) = handlers.get_mut(&self.0) {
            *count -= 1;
            by_default.store(*count == 0, Ordering::SeqCst);
        }
    }
}
