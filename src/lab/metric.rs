//! The metrics of a sample: their names, their units, and whether more is better.
//!
//! Statistics and reports loop over metrics, not over fields. A new metric is a variant here and a line in
//! [`Sample::value`](super::result::Sample::value); then it is compared, plotted and exported as all others
//! are.
//!
//! **Where it breaks:** a percentile is a metric of one round and may be compared with that of another
//! round. It is never averaged over rounds: see [`merge`](super::stats::merge).

use serde::{Deserialize, Serialize};

/// Bytes in a MiB, in which memory is shown.
const MIB: f64 = 1_048_576.0;

/// A property of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Replies, or deliveries, per second.
    Throughput,
    /// Connections opened per second.
    ConnectionRate,
    /// The median latency.
    P50,
    /// 1 in 100 messages took longer.
    P99,
    /// The maximum latency.
    Max,
    /// CPU time of the server per message, user and system.
    Cpu,
    /// Cores that the server used: 2.0 is two all the time.
    Cores,
    /// Memory of the server with all clients connected.
    Memory,
    /// The same per connection, less what the server takes without clients.
    MemoryPerConnection,
    /// Threads of the server.
    Threads,
    /// Context switches of the server per message, voluntary and involuntary.
    Switches,
}

impl Metric {
    /// For sentences.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Metric::Throughput => "throughput",
            Metric::ConnectionRate => "connections per second",
            Metric::P50 => "p50 latency",
            Metric::P99 => "p99 latency",
            Metric::Max => "maximum latency",
            Metric::Cpu => "CPU time per message",
            Metric::Cores => "cores used",
            Metric::Memory => "memory",
            Metric::MemoryPerConnection => "memory per connection",
            Metric::Threads => "threads",
            Metric::Switches => "context switches per message",
        }
    }

    /// The unit of a value.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Metric::Throughput => "messages/s",
            Metric::ConnectionRate => "connections/s",
            Metric::P50 | Metric::P99 | Metric::Max => "µs",
            Metric::Cpu => "µs/message",
            Metric::Memory => "bytes",
            Metric::MemoryPerConnection => "bytes/connection",
            Metric::Cores => "cores",
            Metric::Threads => "threads",
            Metric::Switches => "switches/message",
        }
    }

    /// The unit in which people read it, and how many of [`unit`](Metric::unit) that is.
    pub(crate) fn shown_in(self) -> (&'static str, f64) {
        match self {
            Metric::Memory => ("MiB", MIB),
            _ => (self.unit(), 1.0),
        }
    }

    /// For all others, less is better.
    pub(crate) fn more_is_better(self) -> bool {
        matches!(self, Metric::Throughput | Metric::ConnectionRate)
    }
}
