#![allow(clippy::unwrap_used, missing_docs)]
//! What `gearshift client` promises, one promise per test, against small scripted servers.
//!
//! Each server is a thread with read time-outs, and each wait is bounded by [`LONG`], so a broken client
//! fails a test and does not hang it. The servers are tungstenite's own or bare sockets, so that a framing
//! error of ours cannot be hidden by the same error on the other side.

mod connecting;
mod ends;
mod messages;
mod support;
