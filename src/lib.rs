//! Who waits, and for how many clients at once?
//!
//! That is the only question in which the classic concurrency models differ. This crate is one real
//! WebSocket service that runs under each of them: what is said, and how it is spelt in bytes, is the
//! same code everywhere, so that two models can be read side by side and compared honestly.
//!
//! Three layers, each unaware of the one above (`tests/architecture.rs` holds them to it):
//!
//! | layer | question | knows | must not know |
//! |---|---|---|---|
//! | [`service`] | *what* is said | messages, files, time | bytes, sockets, threads, loops |
//! | [`protocol`] | *how* it is said | bytes in, bytes out | sockets, threads, loops |
//! | [`models`] | *who waits* | sockets, threads, the event loop | what the messages mean |
//!
//! Below them: [`watch`] (the polling thread that sees files change, and the fan-out of what it saw) and
//! [`aio`] (the event loop from first principles). Above: [`server`] (bind, run a model, switch),
//! [`settings`] and [`cli`]. Beside: [`client`], [`clock`], [`error`], [`jobs`]; [`lessons`] (small programs
//! on the loop, one idea each) with [`classroom`], which shows them and judges answers; who waits, recorded
//! by [`trace`] and shown by [`timeline`]; what it costs, measured by [`lab`].
//!
//! # In which order to read
//! 1. `models/sequential.rs`, then `models/blocking.rs`: one thread, one client.
//! 2. `models/thread_per_connection.rs` and `models/thread_pool.rs`: the same, many times.
//! 3. `models/round_robin.rs`, `aio/` (`reactor.rs`, `timers.rs`, `event_loop.rs`), then `models/event_loop.rs`:
//!    nobody waits for a client any more.
//!    Then `aio/future.rs`, `task.rs`, `step.rs`, and `models/awaiting.rs` beside `blocking.rs`: straight-line
//!    code again.
//! 4. `models/connection.rs`: what all of them do with a socket.
//! 5. `protocol/mod.rs` and `protocol/talk.rs`: how messages come out of bytes, without a socket.
//! 6. `server.rs`: why a model can be exchanged while clients stay connected.
//! 7. `trace/`, then `timeline/`: who waits, recorded and shown.
//! 8. `lab/result.rs`, `lab/stats/mod.rs`, `lab/report/mod.rs`: what a run is, what can be concluded from it, and
//!    how it is told.

pub mod aio;
pub mod classroom;
pub mod cli;
pub mod client;
pub mod clock;
pub mod connection;
pub mod error;
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
