//! A figure of a sample: what it is called, in which unit it is, and whether more of it is better.
//!
//! Statistics and reports go over figures, not over fields, so that a new one is a variant here and is
//! then compared, drawn and exported as all others are.
//!
//! **Where it breaks:** a percentile of one sample is a figure of that round and may be compared with
//! that of another. It is never averaged: over rounds see [`merge`](super::stats::merge).

use super::result::{Parameters, Sample, ScenarioRun};
use serde::{Deserialize, Serialize};

/// What a sample tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Messages answered, or delivered, a second.
    Throughput,
    /// Connections opened a second.
    ConnectionRate,
    /// The median latency.
    P50,
    /// Of a hundred messages one took longer.
    P99,
    /// The longest latency.
    Max,
    /// Processor time of the server a message, user and system.
    Cpu,
    /// Processors the server used: 2.0 is two all the time.
    Cores,
    /// Memory of the server with everybody connected.
    Memory,
    /// The same a connection, less what the server takes without clients.
    MemoryPerConnection,
    /// Threads of the server.
    Threads,
    /// Context switches of the server a message, voluntary and forced.
    Switches,
}

impl Metric {
    /// In the order in which they are told.
    pub const ALL: [Metric; 11] = [
        Metric::Throughput,
        Metric::ConnectionRate,
        Metric::P50,
        Metric::P99,
        Metric::Max,
        Metric::Cpu,
        Metric::Cores,
        Metric::Memory,
        Metric::MemoryPerConnection,
        Metric::Threads,
        Metric::Switches,
    ];

    /// Its value in a sample; `None` where the system did not say, or nothing was there to be measured.
    pub fn of(self, sample: &Sample) -> Option<f64> {
        let latency = (sample.latency.count > 0).then_some(&sample.latency);
        let server = &sample.server;
        let a_second = |count: u64| {
            (sample.elapsed_seconds > 0.0).then(|| count as f64 / sample.elapsed_seconds)
        };
        let value = match self {
            Metric::Throughput => a_second(sample.messages),
            Metric::ConnectionRate => a_second(sample.connected),
            Metric::P50 => latency.map(|latency| latency.p50_us),
            Metric::P99 => latency.map(|latency| latency.p99_us),
            Metric::Max => latency.map(|latency| latency.max_us),
            Metric::Cpu => server.cpu_us_per_message,
            Metric::Cores => server.cores_used,
            Metric::Memory => server.memory_bytes.map(|bytes| bytes as f64),
            Metric::MemoryPerConnection => server.memory_bytes_per_connection,
            Metric::Threads => server.threads.map(|threads| threads as f64),
            Metric::Switches => switches(sample),
        };
        // Beyond is no measurement but a damaged file, and sums of it are not finite.
        value.filter(|value| (0.0..1e30).contains(value))
    }

    /// For sentences.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Throughput => "throughput",
            Metric::ConnectionRate => "connections a second",
            Metric::P50 => "p50 latency",
            Metric::P99 => "p99 latency",
            Metric::Max => "longest latency",
            Metric::Cpu => "processor time a message",
            Metric::Cores => "processors used",
            Metric::Memory => "memory",
            Metric::MemoryPerConnection => "memory a connection",
            Metric::Threads => "threads",
            Metric::Switches => "context switches a message",
        }
    }

    /// Of the value that [`of`](Figure::of) gives; nothing for a mere number.
    pub fn unit(self) -> &'static str {
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

    /// Of all others less is better.
    pub fn more_is_better(self) -> bool {
        matches!(self, Metric::Throughput | Metric::ConnectionRate)
    }

    /// The one by which the subjects of a scenario are ranked: what the scenario says; else memory
    /// where nobody talks, the tail of latency where a rate is given, throughput everywhere else.
    pub fn main(scenario: &ScenarioRun) -> Metric {
        let Parameters {
            connections,
            rate_per_second,
            ..
        } = scenario.parameters;
        match (scenario.main_metric, connections, rate_per_second) {
            (Some(metric), _, _) => metric,
            (None, 0, _) => Metric::MemoryPerConnection,
            (None, _, Some(_)) => Metric::P99,
            (None, _, None) => Metric::Throughput,
        }
    }
}

fn switches(sample: &Sample) -> Option<f64> {
    let server = &sample.server;
    let (voluntary, forced) = (
        server.voluntary_switches_per_message,
        server.involuntary_switches_per_message,
    );
    voluntary
        .zip(forced)
        .map(|(voluntary, forced)| voluntary + forced)
}
