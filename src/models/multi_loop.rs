//! **Multi-loop**: an event loop a core.
//!
//! How it works: one loop lets clients in and deals them out, each to the loop that has the fewest;
//! from then on a client belongs to its loop, as if that were alone in the world. Each loop serves its
//! clients by [`coroutines`](super::coroutines), and no lock is taken for a message.
//!
//! Where it shines: all cores, at the price of a loop. It is how nginx, Envoy and Seastar are built.
//!
//! **Where it breaks:** clients are dealt out when they come, before anybody knows how busy they will
//! be, and a loop with all the busy ones cannot give any away. A slow handler still stops everybody on
//! its loop. What clients share between loops (here: the hub) needs locks again.
//!
//! Look at: `Dealer::deal`. Letting every loop accept by itself would spare it, but the kernel wakes
//! waiters last in, first out, and one loop would get most of the clients.

use super::Model;
use super::awaiting::{Door, Room};
use super::blocking;
use super::connection::Connection;
use super::shared::Shared;
use crate::aio::{self, EventLoop, Notifier};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// See the module.
pub struct MultiLoop {
    /// The loop of the calling thread, which deals out.
    first: EventLoop,
    loops: usize,
}

impl MultiLoop {
    /// So many `loops`.
    ///
    /// # Errors
    /// When the system has no poller to give.
    pub fn new(loops: usize) -> io::Result<MultiLoop> {
        let first = EventLoop::new()?;
        Ok(MultiLoop { first, loops })
    }
}

impl Model for MultiLoop {
    fn run(&mut self, live: Vec<Connection>, shared: &Arc<Shared>) -> io::Result<Vec<Connection>> {
        thread::scope(|scope| {
            let (hello, hellos) = unbounded();
            let mut threads = Vec::new();
            for _ in 1..self.loops {
                let hello = hello.clone();
                match blocking::spawn(scope, "loop", move || serve_dealt(shared, hello)) {
                    Ok(thread) => threads.push(thread),
                    Err(error) => log::warn!("one event loop less: no thread for it ({error})"),
                }
            }
            drop(hello); // so that the hellos end when each has said its own
            let dealer = Dealer::new(Room::new(&self.first, shared), hellos.iter());
            let result = aio::run_on(&self.first, main(Rc::clone(&dealer), live));
            if result.is_err() {
                shared.control.leave(); // or the others would stay, and the scope wait for them
            }
            let mut live = dealer.room.handed_back();
            for (handed_back, dealt) in threads.into_iter().map(blocking::join) {
                live.extend(handed_back);
                // Dealt at the last moment, to a loop that was leaving.
                live.extend(dealt.iter().flat_map(Receiver::try_iter));
            }
            dealer.show_shares();
            result.map(|()| live).map_err(aio::Error::into_io)
        })
    }
}

async fn main(dealer: Rc<Dealer>, live: Vec<Connection>) -> aio::Result<()> {
    let room = &dealer.room;
    for connection in live {
        dealer.deal(connection);
    }
    room.pass_notices_on();
    for endpoint in 0..room.shared.endpoints.len() {
        let door = Door::open(room, endpoint)?;
        let dealer = Rc::clone(&dealer);
        aio::create_task(door.let_in(move |connection| dealer.deal(connection)));
    }
    room.leaving().await
}

/// The loop of one more thread: serves whom it is dealt. Returns who is still there, and where more
/// may have arrived.
fn serve_dealt(
    shared: &Arc<Shared>,
    hello: Sender<Place>,
) -> (Vec<Connection>, Option<Receiver<Connection>>) {
    let event_loop = match EventLoop::new() {
        Ok(event_loop) => event_loop,
        Err(error) => {
            log::warn!("one event loop less: {error}");
            return Default::default();
        }
    };
    let room = Room::new(&event_loop, shared);
    let (deal, dealt) = unbounded::<Connection>();
    let (newcomers, host) = (dealt.clone(), Rc::clone(&room));
    let take = move || {
        newcomers
            .try_iter()
            .for_each(|it| host.serve_in_new_task(it))
    };
    let notifier = event_loop.notifier(take);
    let place = Place::new(&room, Some((deal, notifier)));
    hello.send(place).expect("the dealer waits for it");
    drop(hello);
    let guest = Rc::clone(&room);
    let main = async move {
        guest.pass_notices_on();
        guest.leaving().await
    };
    if let Err(error) = aio::run_on(&event_loop, main) {
        log::error!("an event loop cannot go on: {error}");
    }
    (room.handed_back(), Some(dealt))
}

/// Deals clients out, from the first loop.
struct Dealer {
    room: Rc<Room>,
    /// The first is the dealer's own.
    places: Vec<Place>,
}

/// A loop as the dealer sees it.
struct Place {
    /// Its thread's channel, and the notifier that tells it. `None`: the dealer's own.
    elsewhere: Option<(Sender<Connection>, Notifier)>,
    dealt: Cell<usize>,
    /// How many of them have gone, counted by the loop.
    gone: Arc<AtomicUsize>,
}

impl Place {
    fn new(room: &Room, elsewhere: Option<(Sender<Connection>, Notifier)>) -> Place {
        Place {
            elsewhere,
            dealt: Cell::new(0),
            gone: Arc::clone(&room.gone),
        }
    }

    fn clients(&self) -> usize {
        self.dealt.get() - self.gone.load(Ordering::Relaxed)
    }
}

impl Dealer {
    fn new(room: Rc<Room>, others: impl Iterator<Item = Place>) -> Rc<Dealer> {
        let own = Place::new(&room, None);
        let places = std::iter::once(own).chain(others).collect();
        Rc::new(Dealer { room, places })
    }

    /// To the loop that has the fewest clients now.
    fn deal(&self, connection: Connection) {
        let place = self.places.iter().min_by_key(|place| place.clients());
        let place = place.expect("the dealer's own is there");
        place.dealt.set(place.dealt.get() + 1);
        match &place.elsewhere {
            None => self.room.serve_in_new_task(connection),
            Some((channel, notifier)) => {
                channel
                    .send(connection)
                    .expect("its receiver is kept until the dealer is done");
                notifier.notify();
            }
        }
    }

    /// Says how many clients each loop was dealt.
    fn show_shares(&self) {
        let shares = self
            .places
            .iter()
            .map(|place| place.dealt.get().to_string());
        let shares = shares.collect::<Vec<_>>().join(", ");
        log::info!("clients dealt to {} loops: {shares}", self.places.len());
    }
}
