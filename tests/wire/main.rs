#![allow(clippy::unwrap_used, missing_docs)]
//! The bytes on the wire, promise by promise: bytes in, bytes out.
//!
//! No sockets, threads or sleeps. Time is an argument. Frames are made and read by hand in `client`, so
//! that a bug of the library is not hidden by the same bug on the other side.

mod any_input;
mod bursts;
mod client;
mod closing;
mod handshake;
mod messages;
mod notices;
mod origins;
mod rejections;
mod services;
mod time;
mod violations;
