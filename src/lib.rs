//! One WebSocket service under seven classic concurrency models.
//!
//! The models differ only in **which thread waits, and for how many clients at once**. The service and the
//! protocol are the same code in all of them, so two models can be read side by side and compared honestly.
//! This page is the map of the code; the [`guide`] says how to use the program.
//!
//! # Layers
//! Imports go up in this table and never down: a layer does not know the rows below it
//! (`tests/architecture` checks it).
//!
//! | layer | question | knows | must not know |
//! |---|---|---|---|
//! | [`service`] | *what* is said | messages, files, time, the hub | bytes, sockets, threads, loops |
//! | [`protocol`] | *how* it is encoded | bytes in, bytes out | sockets, threads, loops |
//! | [`connection`] | one client | its socket, conversation, send buffer, deadlines | which model drives it |
//! | [`models`] | *which thread waits* | threads, the event loop, connections | what the messages mean |
//!
//! # Where is …?
//!
//! | question | place |
//! |---|---|
//! | Where does a model wait? | A blocked thread waits in `read` of `connection/socket.rs`, called by [`Connection::step`](connection::Connection::step); if the service pushes, in `Push::wait` of `models/support/push.rs`. A loop waits in `Reactor::wait` of `aio/core/reactor.rs`, called by every turn of the loop (`aio/core/turn.rs`). Round-robin only naps. A thread that accepts waits in `Clients::accept` of `models/support/accept.rs`. |
//! | Where is a message decoded? | `OpenSession::receive` in `protocol/session.rs` gets messages out of bytes, with tungstenite as the codec. A [`Connection`](connection::Connection) passes what the socket received to its [`Conversation`](protocol::Conversation), and that calls it. |
//! | Where does a file change become a notice? | In [`Notify::publish`](service::Notify::publish), which encodes it once as text and once as JSON. `Server::start_watching` in `server.rs` makes the thread of [`watch`] call it. A [`hub`] numbers the notice and passes it on (fan-out); `deliver` and `catch_up` in `connection/notices.rs` send each client what it lacks. |
//! | Where does a connection change hands? | The loop of `Server::serve` in `server.rs` calls [`Model::run`](models::Model::run) with the live connections and gives the ones it returns to the next model. |
//! | Where is a command carried out? | `main.rs` dispatches it. [`cli`] parses the arguments; [`settings`] checks those of [`serve`]. |
//!
//! # Everything else
//!
//! | part | purpose |
//! |---|---|
//! | [`aio`] | the event loop from first principles: callbacks, tasks, locks, streams |
//! | [`hub`] | fan-out with numbers and a bounded history |
//! | [`watch`] | polling of files, directories and globs |
//! | [`server`] | binds endpoints, runs a model, shifts to the next, stops |
//! | [`trace`], [`timeline`] | what ran, waited or was ready: recorded, shown |
//! | [`lessons`], [`classroom`] | small programs on the loop, and the command that shows them and scores answers |
//! | [`lab`] | the load generator, comparisons, statistics, reports |
//! | [`client`] | `gearshift client`; knows nothing of our server |
//! | [`clock`], [`error`], [`logging`], [`jobs`] | time, errors for people, the log, work in other processes |
//!
//! # In which order to read
//! 1. `models/sequential.rs`, then `models/support/serve.rs`: one thread, one client.
//! 2. `models/thread_per_connection.rs` and `models/thread_pool.rs`: the same, for many clients.
//! 3. `models/round_robin.rs`: one thread for all clients, without a loop.
//! 4. [`aio`], whose page walks from a blocking call to tasks, then `models/event_loop.rs`: one thread
//!    waits for all clients at once.
//! 5. `models/coroutines.rs` and `models/support/tasks.rs`, next to `serve.rs`: straight-line code again.
//!    `models/multi_loop.rs` runs one such loop per core.
//! 6. `connection/mod.rs`: what all models do with a socket.
//! 7. `protocol/mod.rs` and `protocol/session.rs`: messages out of bytes.
//! 8. `server.rs`: why a model can be exchanged while clients stay connected.
//! 9. `trace/mod.rs`, then `timeline/mod.rs`: which thread waits, recorded and shown.
//! 10. `lab/result.rs`, `lab/stats/mod.rs`, `lab/report/mod.rs`: what a run is, what can be concluded from
//!     it, and how that is reported.

pub mod aio;
pub mod classroom;
pub mod cli;
pub mod client;
pub mod clock;
pub mod connection;
pub mod error;
pub mod guide;
pub mod hub;
pub mod jobs;
pub mod lab;
pub mod lessons;
pub mod logging;
pub mod models;
mod output;
pub mod protocol;
pub mod serve;
pub mod server;
pub mod service;
pub mod settings;
mod tcp;
mod text;
pub mod timeline;
pub mod trace;
pub mod watch;
