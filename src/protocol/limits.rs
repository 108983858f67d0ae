//! How much one client may take: of time, of memory, of patience. Every number is a flag.
//!
//! A server without these is held for ever by one client that sends half a request and stops. The
//! defaults are those of servers that people trust, where they agree.

use std::time::Duration;

/// Limits of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// For the whole opening handshake, from accepting on. One deadline, not one a read: a client
    /// that sends a byte a second would satisfy the latter for ever.
    pub handshake_timeout: Duration,
    /// For one message, from its first byte to its last.
    pub message_timeout: Duration,
    /// Silence after which a client is given up; halfway there it is sent a ping.
    pub idle_timeout: Duration,
    /// How long unsent bytes may wait without the client taking any of them.
    pub stall_timeout: Duration,
    /// How long, after our last word, a closing client's remaining bytes are read and thrown away.
    /// Closing with unread input would reset the connection and may destroy that last word.
    pub linger: Duration,
    /// The largest message in bytes; a frame may be as large.
    pub max_message_bytes: usize,
    /// The most fragments one message may come in; empty ones would pass every limit on size.
    pub max_fragments: u32,
    /// Bytes kept for a client that does not read; notices that find no room end the connection.
    pub max_unsent_bytes: usize,
    /// The largest request head in bytes.
    pub max_head_bytes: usize,
    /// The most header lines in a request.
    pub max_headers: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake_timeout: Duration::from_secs(5),
            message_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(5),
            linger: Duration::from_secs(2),
            max_message_bytes: 1 << 20,
            max_fragments: 100_000,
            max_unsent_bytes: 1 << 20,
            max_head_bytes: 16 << 10,
            max_headers: 100,
        }
    }
}
