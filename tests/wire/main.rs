#![allow(clippy::unwrap_used, missing_docs)]
//! What goes over the wire, promise by promise: bytes in, bytes out.
//!
//! No sockets, threads or sleeps. Time is handed in, frames are made and read by hand in `client`, so
//! that a mistake of the library does not meet the same mistake on the other side.

mod any_input;
mod bursts;
mod client;
mod closing;
mod handshake;
mod messages;
mod notices;
mod origins;
mod refusals;
mod services;
mod time;
mod violations;
