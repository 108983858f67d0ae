//! How much time and memory one client may take. Every number has a flag.
//!
//! Without these limits one client that sends half a request and stops would hold its resources for
//! ever. Where widely used servers agree on a default, this is the default here.

use std::time::Duration;

/// Limits of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Time for the whole opening handshake, from accepting on. It is one deadline and not one per
    /// read, which a client that sends one byte per second would meet for ever.
    pub handshake_timeout: Duration,
    /// Time for one message, from its first byte to its last.
    pub message_timeout: Duration,
    /// Silence after which a client is disconnected. It is sent a ping halfway.
    pub idle_timeout: Duration,
    /// How long unsent bytes may wait while the client takes none of them.
    pub stall_timeout: Duration,
    /// How long a client's remaining bytes are read and discarded after our last message. Closing with
    /// unread input would reset the connection and could destroy that message.
    pub linger: Duration,
    /// Size of the largest message in bytes; a frame may be as large.
    pub max_message_bytes: usize,
    /// Number of fragments that one message may have. Empty fragments would pass every limit on size.
    pub max_fragments: u32,
    /// Bytes kept for a client that does not read. The connection ends when notices exceed this.
    pub max_unsent_bytes: usize,
    /// Size of the largest request head in bytes.
    pub max_head_bytes: usize,
    /// Number of header lines that a request may have.
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
