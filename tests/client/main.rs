#![allow(clippy::unwrap_used, missing_docs)]
//! What `gearshift client` promises, one promise a test, against small scripted servers.
//!
//! Each server is a thread with read time-outs, and each wait is bounded by [`LONG`]: a broken
//! client fails a test and does not hang it. The servers are tungstenite's own or bare sockets, so
//! that a mistake of ours in framing does not meet the same mistake on the other side.

mod connecting;
mod ends;
mod messages;
mod support;
