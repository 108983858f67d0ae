//! What a load is: whom to speak to, how much, and what counts as an answer.
//!
//! [`Parameters`] are what a saved result says of a load; the rest of a [`Plan`] is how it is carried
//! out.
//!
//! **Where it breaks:** a descriptor limit and a range of ports are looked at before the first packet,
//! but others may take both meanwhile.

use super::target::Target;
use crate::error::Error;
use crate::lab::result::Parameters;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::time::Duration;

/// Descriptors that are not connections: the standard streams, three a reactor, files.
const OTHER_DESCRIPTORS: u64 = 64;

/// A load, completely.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whom to speak to.
    pub target: Target,
    /// What is saved with the result.
    pub parameters: Parameters,
    /// Measure until so many messages are answered. With a duration beside it, whichever is first;
    /// without both, until it is cancelled.
    pub messages: Option<u64>,
    /// Send this, word for word, and no numbered messages. A swapped answer is then not noticed.
    pub message: Option<Vec<u8>>,
    /// What an answer has to be.
    pub check: Check,
    /// Connect over so long; at once if it is zero.
    pub ramp_up: Duration,
    /// For connecting and the opening handshake of one connection.
    pub connect_timeout: Duration,
    /// An answer that takes longer is missing, and its connection given up.
    pub reply_timeout: Duration,
    /// Threads of the generator; `None`: as many as pay.
    pub threads: Option<usize>,
}

/// What an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The message, or the message behind some words, or backwards: as the first answer was.
    Auto,
    /// The message, byte by byte.
    Same,
    /// As long as the first answer.
    Length,
    /// Anything.
    None,
}

impl Plan {
    /// A load with everything else at its default.
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

    /// All connections, the publisher of a fan-out among them.
    pub fn all_connections(&self) -> usize {
        let of = &self.parameters;
        of.connections + of.idle + of.slow_readers + usize::from(of.fan_out)
    }

    /// How many threads drive it.
    ///
    /// One drives what one core of a server can answer: on a machine that serves, too, a second one
    /// takes from the server what it gives. More only where there are cores to spare and connections
    /// to share; a fan-out has one, which sees when the last delivery has come.
    pub fn threads(&self, cores: usize) -> usize {
        if self.parameters.fan_out {
            return 1;
        }
        let most = self.parameters.connections.max(1);
        let pays = if most >= 64 { cores / 2 } else { 1 };
        self.threads.unwrap_or(pays).clamp(1, most)
    }

    /// Raises this process's descriptor limit as far as the load needs and the system allows.
    ///
    /// # Errors
    /// One line on what this machine does not allow.
    pub fn preflight(&self) -> Result<(), Error> {
        let connections = self.all_connections() as u64;
        let need = connections + OTHER_DESCRIPTORS;
        let limit = getrlimit(Resource::Nofile);
        if limit.current.is_some_and(|current| current < need) {
            let raised = Rlimit {
                current: limit.maximum.map(|most| most.min(need)).or(Some(need)),
                maximum: limit.maximum,
            };
            if limit.maximum.is_some_and(|most| most < need)
                || setrlimit(Resource::Nofile, raised).is_err()
            {
                return Err(Error::failure(format!(
                    "{connections} connections need {need} descriptors, and this process may have {}; \
                     raise the limit (ulimit -n {need}) or take fewer connections",
                    limit.maximum.or(limit.current).unwrap_or_default()
                )));
            }
        }
        match ports() {
            Some(ports) if connections > ports => Err(Error::failure(format!(
                "{connections} connections to one address need as many local ports, and this machine \
                 gives out {ports} (net.ipv4.ip_local_port_range)"
            ))),
            _ => Ok(()),
        }
    }
}

/// Local ports that the system gives out; `None` where it does not tell.
fn ports() -> Option<u64> {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some(last.saturating_sub(first) + 1)
}
