//! A load: the server, what to send, and what counts as a reply.
//!
//! [`Parameters`] are saved with the results. The rest of a [`Plan`] says how to run it.
//!
//! **Where it breaks:** descriptors and ports are checked before the first packet, but other programs may
//! take them meanwhile.

use super::target::Target;
use crate::error::Error;
use crate::lab::result::Parameters;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::time::Duration;

/// Descriptors that are not connections: the standard streams, three per reactor, files.
const OTHER_DESCRIPTORS: u64 = 64;

/// A load.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server.
    pub target: Target,
    /// The part that is saved with the results.
    pub parameters: Parameters,
    /// Measure this many messages. With a duration, stop at the first limit reached; with neither, run until
    /// cancelled.
    pub messages: Option<u64>,
    /// Send this instead of numbered messages. Swapped replies go unnoticed.
    pub message: Option<Vec<u8>>,
    /// How to check replies.
    pub check: Check,
    /// Spread connection attempts over this time.
    pub ramp_up: Duration,
    /// Time limit for connecting and the opening handshake.
    pub connect_timeout: Duration,
    /// A reply that takes longer counts as missing, and its connection is closed.
    pub reply_timeout: Duration,
    /// Number of generator threads; `None` for a useful number.
    pub threads: Option<usize>,
}

/// How replies are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// In the format of the first reply: the message, plain, prefixed or reversed.
    Auto,
    /// Exactly the message.
    Same,
    /// As long as the first reply.
    Length,
    /// Anything.
    None,
}

impl Plan {
    /// A load with defaults for all else.
    pub fn new(target: Target, mut parameters: Parameters) -> Plan {
        parameters.in_flight = parameters.in_flight.max(1);
        Plan {
            target,
            parameters,
            messages: None,
            message: None,
            check: Check::Auto,
            ramp_up: Duration::ZERO,
            connect_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(10),
            threads: None,
        }
    }

    /// All connections, including the publisher of a fan-out.
    pub(crate) fn all_connections(&self) -> usize {
        let of = &self.parameters;
        of.connections + of.idle + of.slow_readers + usize::from(of.fan_out)
    }

    /// How many threads run it on a machine with that many cores.
    ///
    /// One thread can load one core of a server. On the server's machine, a second one would take CPU time
    /// from the server. So there are more only with cores to spare and connections to share. A fan-out has
    /// one thread, which knows when the last delivery has arrived.
    pub(super) fn threads(&self, cores: usize) -> usize {
        if self.parameters.fan_out {
            return 1;
        }
        let max = self.parameters.connections.max(1);
        let useful = if max >= 64 { cores / 2 } else { 1 };
        self.threads.unwrap_or(useful).clamp(1, max)
    }

    /// Raises the descriptor limit of this process if the load needs more.
    ///
    /// # Errors
    /// Failure: the system does not allow as many descriptors or ports.
    pub(super) fn preflight(&self) -> Result<(), Error> {
        let connections = self.all_connections() as u64;
        let need = connections + OTHER_DESCRIPTORS;
        let limit = getrlimit(Resource::Nofile);
        if limit.current.is_some_and(|current| current < need) {
            // Fails if it is more than the maximum.
            let raised = Rlimit {
                current: Some(need),
                maximum: limit.maximum,
            };
            setrlimit(Resource::Nofile, raised).map_err(|_| {
                Error::failure(format!(
                    "{connections} connections need {need} descriptors, and this process may have {}; \
                     raise the limit (ulimit -n {need}) or use fewer connections",
                    limit.maximum.or(limit.current).unwrap_or_default()
                ))
            })?;
        }
        match ports() {
            Some(ports) if connections > ports => Err(Error::failure(format!(
                "{connections} connections to one address need as many local ports, and this machine \
                 has {ports} (net.ipv4.ip_local_port_range)"
            ))),
            _ => Ok(()),
        }
    }
}

/// The number of local ports; `None` if the system does not provide it.
fn ports() -> Option<u64> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some(last.saturating_sub(first) + 1)
}
