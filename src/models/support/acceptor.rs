//! How a loop accepts: a callback on the listener.

use super::accept::{Burst, PAUSE};
use super::shared::Shared;
use crate::aio::{EventLoop, Interest, Watched};
use crate::connection::Connection;
use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// A listener that a loop watches. Dropping it stops accepting.
pub(crate) struct Acceptor {
    event_loop: EventLoop,
    shared: Arc<Shared>,
    endpoint: usize,
    /// Filled right after the acceptor is made: the callback needs the acceptor, and the acceptor owns the
    /// callback.
    listener: RefCell<Option<Watched<Arc<TcpListener>>>>,
    take: Box<dyn Fn(Connection)>,
}

impl Acceptor {
    /// Hands every client of the endpoint to `take`, until it is dropped.
    ///
    /// # Errors
    /// When the poller refuses the listener.
    fn listen(
        event_loop: &EventLoop,
        shared: &Arc<Shared>,
        endpoint: usize,
        take: impl Fn(Connection) + 'static,
    ) -> io::Result<Rc<Acceptor>> {
        let acceptor = Rc::new(Acceptor {
            event_loop: event_loop.clone(),
            shared: Arc::clone(shared),
            endpoint,
            listener: RefCell::default(),
            take: Box::new(take),
        });
        let listener = Arc::clone(&shared.endpoints[endpoint].listener);
        let weak = Rc::downgrade(&acceptor);
        let watched = event_loop.add_reader(listener, move || Acceptor::accept(&weak))?;
        acceptor.listener.replace(Some(watched));
        Ok(acceptor)
    }

    /// One acceptor for each endpoint; `take` gets the clients of all of them.
    ///
    /// # Errors
    /// As [`Acceptor::listen`].
    pub(crate) fn listen_on_all(
        event_loop: &EventLoop,
        shared: &Arc<Shared>,
        take: impl Fn(Connection) + Clone + 'static,
    ) -> io::Result<Vec<Rc<Acceptor>>> {
        (0..shared.endpoints.len())
            .map(|endpoint| Acceptor::listen(event_loop, shared, endpoint, take.clone()))
            .collect()
    }

    fn accept(acceptor: &Weak<Acceptor>) {
        let Some(this) = acceptor.upgrade() else {
            return;
        };
        if this.shared.accept_burst(this.endpoint, &this.take) == Burst::OutOfResources {
            this.watch_for(Interest::Nothing);
            let acceptor = Weak::clone(acceptor);
            this.event_loop.call_later(PAUSE, move || {
                if let Some(this) = acceptor.upgrade() {
                    this.watch_for(Interest::Read);
                }
            });
        }
    }

    fn watch_for(&self, interest: Interest) {
        if let Some(listener) = &mut *self.listener.borrow_mut()
            && let Err(error) = listener.set_interest(interest)
        {
            log::error!("a listener cannot be watched any more: {error}");
        }
    }
}
