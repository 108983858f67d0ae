//! What the models share, so that a model's own file holds nothing but the model.
//!
//! - What every model is given: [`shared`] (endpoints, the connection count) and [`stop_signal`].
//! - For threads: [`serve`] (one client on a blocked thread) with `push` (waiting for notices as well),
//!   [`threads`] (starting and joining them), `connection_threads` (one per client) and `queue` (the
//!   pool's).
//! - For loops: `tasks` (one client in a task) and `acceptor` (a listener that a loop watches).
//! - For all models: [`accept`] (one more client). For the shutdown: `drain`.

pub mod accept;
pub(crate) mod acceptor;
pub(crate) mod connection_threads;
pub(crate) mod drain;
pub(crate) mod failed;
pub(crate) mod push;
pub(crate) mod queue;
pub mod serve;
pub mod shared;
pub mod stop_signal;
pub(crate) mod tasks;
pub mod threads;
