//! A saved run: the JSON that `load` and `compare` write and `report` reads, version 1.
//!
//! Names include the unit. Values that the system does not provide are `null`, never zero. A field may be
//! added without a new version. Renaming one, or changing its meaning, needs a new version.

use super::metric::Metric;
use serde::{Deserialize, Serialize};

/// The version of this schema.
pub const SCHEMA: &str = "gearshift-run/1";

/// One run of `gearshift load` (one scenario, one subject) or `gearshift compare`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA`].
    pub schema: String,
    /// When it began: seconds since 1970, UTC.
    pub began_unix_seconds: u64,
    /// How long it took.
    pub took_seconds: f64,
    /// The command that repeats it.
    pub command: String,
    /// Where it ran.
    pub machine: Machine,
    /// In the order in which they ran.
    pub scenarios: Vec<ScenarioRun>,
    /// Sentences on why the results are less reliable, such as a busy machine.
    pub warnings: Vec<String>,
    /// It was cancelled, and holds the results until then.
    pub interrupted: bool,
}

impl Run {
    /// The scenarios, each with its key: its name, and its index among the scenarios of that name, which is
    /// above 0 only in a sweep.
    pub(crate) fn keyed_scenarios(&self) -> impl Iterator<Item = (&ScenarioRun, (&str, usize))> {
        self.scenarios.iter().enumerate().map(|(index, scenario)| {
            let same_name = |other: &&ScenarioRun| other.name == scenario.name;
            let nth = self.scenarios[..index].iter().filter(same_name).count();
            (scenario, (scenario.name.as_str(), nth))
        })
    }

    /// The scenario with that key.
    pub(crate) fn scenario(&self, (name, nth): (&str, usize)) -> Option<&ScenarioRun> {
        let mut same_name = self.scenarios.iter().filter(|one| one.name == name);
        same_name.nth(nth)
    }
}

/// A machine, as far as the system describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names explain themselves")]
pub struct Machine {
    pub host: Option<String>,
    pub system: String,
    pub kernel: Option<String>,
    pub processor: Option<String>,
    /// Cores that this process may use.
    pub cores: usize,
    pub memory_bytes: Option<u64>,
    /// Whether the processor reports a hypervisor.
    pub virtual_machine: Option<bool>,
    pub frequency_governor: Option<String>,
    pub on_battery: Option<bool>,
    /// Over the last minute before the run.
    pub load_average: Option<f64>,
    pub gearshift_version: String,
    pub debug_build: bool,
}

/// One scenario under all subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioRun {
    /// As on the command line.
    pub name: String,
    /// One paragraph: what it shows.
    pub shows: String,
    /// One paragraph: what theory expects.
    pub expects: String,
    /// The metric by which subjects are ranked; for `null` see [`ranked_by`](ScenarioRun::ranked_by).
    #[serde(default, rename = "main_figure")]
    pub main_metric: Option<Metric>,
    /// The expectations of theory, so that a rule can check whether they came true.
    #[serde(default)]
    pub expected: Vec<Expectation>,
    /// The load.
    pub parameters: Parameters,
    /// The servers that were measured.
    pub subjects: Vec<SubjectRun>,
    /// The order of measurement over all rounds: indices into `subjects`.
    pub order: Vec<usize>,
}

/// One subject is expected to be better than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// A subject's name.
    pub better: String,
    /// A subject's name.
    pub worse: String,
    /// The metric in which it is better; `null`: that by which subjects are ranked.
    #[serde(rename = "figure")]
    pub metric: Option<Metric>,
    /// A clause to follow "because": "a waiting thread costs memory".
    pub because: String,
}

/// A load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Connections that send messages.
    pub connections: usize,
    /// Connections that stay silent.
    pub idle: usize,
    /// Connections that send but never read.
    pub slow_readers: usize,
    /// Messages that a connection may have in flight.
    pub in_flight: usize,
    /// Size of the payload.
    pub message_bytes: usize,
    /// Text messages instead of binary ones.
    pub text: bool,
    /// Open loop: messages per second over all connections. `null`: closed loop.
    pub rate_per_second: Option<f64>,
    /// Pause of a client after each reply.
    pub think_seconds: f64,
    /// How long messages were sent before measuring.
    pub warm_up_seconds: f64,
    /// How long was measured.
    pub duration_seconds: f64,
    /// Messages after which a connection is replaced by a new one. `null`: never.
    pub messages_per_connection: Option<u64>,
    /// One publisher sends to all connections, and deliveries are counted.
    pub fan_out: bool,
    /// Simulated work of the server per message: CPU time.
    pub work_cpu_seconds: f64,
    /// Simulated work of the server per message: a blocking call.
    pub work_block_seconds: f64,
}

impl ScenarioRun {
    /// The metric by which subjects are ranked. Runs that do not name one are ranked by memory if no client
    /// sends, by tail latency if a rate is given, and else by throughput.
    pub fn ranked_by(&self) -> Metric {
        let parameters = &self.parameters;
        let usual = match (parameters.connections, parameters.rate_per_second) {
            (0, _) => Metric::MemoryPerConnection,
            (_, Some(_)) => Metric::P99,
            (_, None) => Metric::Throughput,
        };
        self.main_metric.unwrap_or(usual)
    }

    /// The subject of that name.
    pub(crate) fn subject(&self, name: &str) -> Option<&SubjectRun> {
        self.subjects.iter().find(|subject| subject.name == name)
    }
}

/// One server under one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectRun {
    /// The name of a model or of a peer.
    pub name: String,
    /// The command that started it; `null` for a server that was already running.
    pub command: Option<String>,
    /// Where it listened.
    pub url: String,
    /// One per round.
    pub samples: Vec<Sample>,
    /// Why there are no samples, or no more: one sentence.
    pub failure: Option<String>,
}

/// One measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Counted from 1.
    pub round: u32,
    /// How long was measured.
    pub elapsed_seconds: f64,
    /// Replies, or deliveries in a fan-out.
    pub messages: u64,
    /// Connections that were opened.
    pub connected: u64,
    /// Failed connections, and wrong or missing replies.
    pub errors: u64,
    /// Each kind of error with its count.
    pub error_kinds: Vec<(String, u64)>,
    /// From the time at which a message was due (open loop) or sent (closed loop) to its reply. If
    /// connections are replaced, the first message of each was due when it began to connect.
    pub latency: Latency,
    /// From the time at which a message was sent to its reply. The same as `latency` in a closed loop,
    /// unless connections are replaced.
    pub latency_from_send: Latency,
    /// The cost for the server.
    pub server: ServerCost,
    /// How busy the generator was.
    pub generator: Generator,
    /// Replies in each full second.
    pub per_second: Vec<u64>,
}

impl Sample {
    /// `None` if the system did not provide it, or there was nothing to measure.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        let latency = (self.latency.count > 0).then_some(&self.latency);
        let server = &self.server;
        let per_second =
            |count: u64| (self.elapsed_seconds > 0.0).then(|| count as f64 / self.elapsed_seconds);
        let switches = server
            .voluntary_switches_per_message
            .zip(server.involuntary_switches_per_message);
        let value = match metric {
            Metric::Throughput => per_second(self.messages),
            Metric::ConnectionRate => per_second(self.connected),
            Metric::P50 => latency.map(|latency| latency.p50_us),
            Metric::P99 => latency.map(|latency| latency.p99_us),
            Metric::Max => latency.map(|latency| latency.max_us),
            Metric::Cpu => server.cpu_us_per_message,
            Metric::Cores => server.cores_used,
            Metric::Memory => server.memory_bytes.map(|bytes| bytes as f64),
            Metric::MemoryPerConnection => server.memory_bytes_per_connection,
            Metric::Threads => server.threads.map(|threads| threads as f64),
            Metric::Switches => switches.map(|(voluntary, involuntary)| voluntary + involuntary),
        };
        // A larger value was not measured but comes from a damaged file, and sums of it are not finite.
        value.filter(|value| (0.0..1e30).contains(value))
    }
}

/// A distribution of times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names explain themselves")]
pub struct Latency {
    pub count: u64,
    pub min_us: f64,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p99_us: f64,
    pub p99_9_us: f64,
    pub p99_99_us: f64,
    pub max_us: f64,
    /// `(value_us, count)`, ascending: `count` latencies are at most this value and more than the value
    /// before. Enough to draw the distribution and to merge samples.
    pub buckets: Vec<(f64, u64)>,
}

/// The cost of a sample for the server, as the system counts it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names explain themselves")]
pub struct ServerCost {
    pub cpu_us_per_message: Option<f64>,
    pub user_us_per_message: Option<f64>,
    pub system_us_per_message: Option<f64>,
    /// 2.0 is two cores all the time.
    pub cores_used: Option<f64>,
    /// Proportional set size with all clients connected.
    pub memory_bytes: Option<u64>,
    /// The same per connection, less that of the server without clients.
    pub memory_bytes_per_connection: Option<f64>,
    pub threads: Option<u64>,
    pub voluntary_switches_per_message: Option<f64>,
    pub involuntary_switches_per_message: Option<f64>,
    /// The most clients that waited in the kernel to be accepted.
    pub accept_queue: Option<u64>,
}

/// How busy the generator was, which shows whether it was the bottleneck.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names explain themselves")]
pub struct Generator {
    pub threads: usize,
    /// CPU time of its threads as a share of elapsed time: 1.0 leaves no time.
    pub busy_share: Option<f64>,
    /// Open loop: messages per second that were sent.
    pub achieved_rate_per_second: Option<f64>,
    /// Open loop: messages that the generator sent more than a millisecond late.
    pub late_sends: u64,
    pub worst_lateness_us: f64,
}
