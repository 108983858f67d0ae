//! A listening socket, and one task per client.
//!
//! The callback is a coroutine that reads like the thread of a client in a blocking server. It runs as a
//! task of its own, so a client that is slow, or whose coroutine fails, does not affect the others.
//!
//! **Where it breaks:** only descriptors limit the number of clients. When there are none left, accepting
//! pauses and new clients wait in the kernel's queue. Without the pause the loop would spin, because the
//! listening socket stays readable.

use super::connect::{connect_stream, resolve};
use super::reader::StreamReader;
use super::writer::StreamWriter;
use crate::aio::core::{Error, EventLoop, Interest, Result, Watched};
use crate::aio::sync::WaitQueue;
use crate::aio::tasks::Future;
use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

/// Clients accepted per turn, so that many new clients do not delay the others.
const BURST: usize = 100;

/// How long accepting pauses when the system is out of resources. asyncio uses the same value.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Listens on `addr` (`HOST:PORT`, or a [`SocketAddr`]; port 0 picks a free one) and runs `callback` for
/// each client, in a task of its own.
///
/// # Errors
/// When the address is in use or not local, or the name has none; `Cancelled`.
///
/// # Panics
/// When no loop runs on this thread.
pub async fn start_server<C, F>(callback: C, addr: impl Display) -> Result<TcpServer>
where
    C: Fn(StreamReader, StreamWriter) -> F + 'static,
    F: std::future::Future<Output = Result<()>> + 'static,
{
    let addresses = resolve(addr).await?;
    let event_loop = EventLoop::running();
    let make_task = event_loop.clone();
    let serve: Serve = Rc::new(move |reader, writer| {
        make_task.create_task(callback(reader, writer));
    });
    let clients = Rc::default();
    let acceptors: Result<Vec<Rc<Acceptor>>> = addresses
        .into_iter()
        .map(|addr| Acceptor::open(&event_loop, addr, Rc::clone(&serve), &clients))
        .collect();
    Ok(TcpServer {
        shared: Rc::new(Shared {
            event_loop,
            acceptors: RefCell::new(acceptors?),
            clients,
            serving_forever: RefCell::default(),
        }),
    })
}

type Serve = Rc<dyn Fn(StreamReader, StreamWriter)>;

/// A server that listens until it is closed or dropped. Clones are handles to the same server.
#[derive(Clone)]
pub struct TcpServer {
    shared: Rc<Shared>,
}

struct Shared {
    event_loop: EventLoop,
    /// One per address; empty once it is closed.
    acceptors: RefCell<Vec<Rc<Acceptor>>>,
    clients: Rc<Clients>,
    serving_forever: RefCell<Option<Future<()>>>,
}

/// Counts the open connections.
#[derive(Default)]
struct Clients {
    count: Cell<usize>,
    none_left: WaitQueue,
}

/// One open connection. Dropped when the connection ends.
struct Client(Rc<Clients>);

impl Client {
    fn enter(clients: &Rc<Clients>) -> Client {
        clients.count.set(clients.count.get() + 1);
        Client(Rc::clone(clients))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        if self.0.count.get() == 0 {
            self.0.none_left.wake_all();
        }
    }
}

impl TcpServer {
    /// The addresses it listens on, of which a name may have several. Empty once it is closed.
    pub fn sockets(&self) -> Vec<SocketAddr> {
        let acceptors = self.shared.acceptors.borrow();
        acceptors.iter().map(|acceptor| acceptor.addr).collect()
    }

    /// The first of them.
    ///
    /// # Panics
    /// Once it is closed.
    pub fn local_addr(&self) -> SocketAddr {
        let acceptors = self.shared.acceptors.borrow();
        acceptors.first().expect("the server is not closed").addr
    }

    /// Whether it listens.
    pub fn is_serving(&self) -> bool {
        !self.shared.acceptors.borrow().is_empty()
    }

    /// Stops listening. Existing clients are still served. A waiting `serve_forever` is cancelled.
    pub fn close(&self) {
        let acceptors = self.shared.acceptors.take();
        drop(acceptors);
        let serving = self.shared.serving_forever.take();
        if let Some(serving) = serving {
            serving.cancel();
        }
    }

    /// Waits until the last connection is closed, as asyncio documents it. (Python up to 3.11 did not wait.)
    ///
    /// # Errors
    /// `Cancelled`.
    pub async fn wait_closed(&self) -> Result<()> {
        let clients = &self.shared.clients;
        while clients.count.get() > 0 {
            clients.none_left.wait("its clients").await?;
        }
        Ok(())
    }

    /// Serves until the caller is cancelled, which closes the server, or until it is closed.
    ///
    /// # Errors
    /// `Cancelled`, in both cases; `InvalidState` if it is closed, or another coroutine waits here already.
    pub async fn serve_forever(&self) -> Result<()> {
        if !self.is_serving() {
            return Err(Error::InvalidState("the server is closed"));
        }
        if self.shared.serving_forever.borrow().is_some() {
            return Err(Error::InvalidState("the server is already serving forever"));
        }
        let forever = self.shared.event_loop.create_future_for("forever");
        self.shared.serving_forever.replace(Some(forever.clone()));
        let _close = CloseOnDrop(self);
        forever.await
    }
}

/// However `serve_forever` ends, by an error or by being dropped, the server is closed with it.
struct CloseOnDrop<'s>(&'s TcpServer);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// One listening socket.
struct Acceptor {
    event_loop: EventLoop,
    addr: SocketAddr,
    serve: Serve,
    clients: Rc<Clients>,
    /// `None` only while it is being made.
    listener: RefCell<Option<Watched<TcpListener>>>,
}

impl Acceptor {
    fn open(
        event_loop: &EventLoop,
        addr: SocketAddr,
        serve: Serve,
        clients: &Rc<Clients>,
    ) -> Result<Rc<Acceptor>> {
        let listener = TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let acceptor = Rc::new(Acceptor {
            event_loop: event_loop.clone(),
            addr: listener.local_addr()?,
            serve,
            clients: Rc::clone(clients),
            listener: RefCell::default(),
        });
        let this = Rc::downgrade(&acceptor);
        let accept = move || {
            if let Some(this) = this.upgrade() {
                this.accept();
            }
        };
        let watched = event_loop.add_reader(listener, accept)?;
        acceptor.listener.replace(Some(watched));
        Ok(acceptor)
    }

    fn accept(self: &Rc<Self>) {
        for _ in 0..BURST {
            let accepted = self
                .listener
                .borrow()
                .as_ref()
                .map(|acceptor| acceptor.accept());
            match accepted {
                None => return,
                Some(Ok((stream, _))) => self.on_client(stream),
                Some(Err(error)) => return self.on_accept_error(&error),
            }
        }
    }

    fn on_client(&self, stream: TcpStream) {
        match connect_stream(stream) {
            Ok((reader, writer)) => {
                let client = Client::enter(&self.clients);
                writer.transport.attach(Rc::new(client));
                (self.serve)(reader, writer);
            }
            Err(error) => log::warn!("a client of {} could not be served: {error}", self.addr),
        }
    }

    fn on_accept_error(self: &Rc<Self>, error: &io::Error) {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            // No client is waiting, or it has gone away.
            Some(Errno::AGAIN | Errno::INTR | Errno::CONNABORTED) => {}
            Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                log::warn!("{}: {error}; accepting pauses", self.addr);
                self.watch_for(Interest::Nothing);
                let this = Rc::downgrade(self);
                self.event_loop.call_later(ACCEPT_RETRY_DELAY, move || {
                    if let Some(this) = this.upgrade() {
                        this.watch_for(Interest::Read);
                    }
                });
            }
            _ => log::warn!("{}: a client could not be accepted: {error}", self.addr),
        }
    }

    fn watch_for(&self, interest: Interest) {
        if let Some(listener) = &mut *self.listener.borrow_mut()
            && let Err(error) = listener.set_interest(interest)
        {
            log::warn!(
                "{}: accepting could not be paused or resumed: {error}",
                self.addr
            );
        }
    }
}
