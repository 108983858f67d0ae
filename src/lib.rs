//! One WebSocket service under every classic concurrency model.
//!
//! The models differ only in **which thread waits, and for how many clients at once**. What the service
//! says, and how messages are encoded, is the same code in all of them, so two models can be read side by
//! side and compared honestly. This page is the map of the code; the [`guide`] says how to use the program.
//!
//! # Layers
//! Each layer is unaware of those below it in this table (`tests/architecture` checks it):
//!
//! | layer | question | knows | must not know |
//! |---|---|---|---|
//! | [`service`] | *what* is said | messages, files, time | bytes, sockets, threads, loops |
//! | [`protocol`] | *how* it is encoded | bytes in, bytes out | sockets, threads, loops |
//! | [`connection`] | one client | its socket, conversation, send buffer, deadlines | which model drives it |
//! | [`models`] | *which thread waits* | threads, the event loop, connections | what the messages mean |
//!
//! # Where is …?
//!
//! | question | place |
//! |---|---|
//! | Where does a model wait? | A blocking one waits in `Client::wait` of `models/support/serve.rs` and in `read` of `connection/socket.rs`. A loop waits in `Reactor::wait` of `aio/core/reactor.rs`. Round-robin never waits for a client. |
//! | Where is a message decoded? | `receive` of `protocol/session.rs` gets messages out of bytes. [`Conversation`](protocol::Conversation) calls it, and a [`Connection`](connection::Connection) gives it what the socket received. |
//! | Where does a file change become a notice? | A thread of [`watch`] sees it and calls [`Notify::publish`](service::Notify::publish), which words it once. A [`hub`] numbers it and fans it out; each connection sends what its client lacks. |
//! | Where does a connection change hands? | [`Server::run`](server::Server::run) calls [`Model::run`](models::Model::run) with the live connections and gives the ones it returns to the next model. |
//! | Where is a command carried out? | `main.rs` chooses. [`cli`] holds the arguments as text, [`settings`] the checked ones of [`serve`]. |
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
//! | [`lessons`], [`classroom`] | small programs on the loop, and the command that shows them and judges answers |
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
//!    `models/multi_loop.rs` runs that once per core.
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
