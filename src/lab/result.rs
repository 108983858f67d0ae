//! What a run is: the JSON that `load` and `compare` write and `report` reads, version 1.
//!
//! Units are in the names. What a system does not tell is `null`, never zero. A field may be added
//! without a new version; one that is renamed or changes its meaning needs one.

use super::metric::Metric;
use serde::{Deserialize, Serialize};

/// The version of this schema.
pub const SCHEMA: &str = "gearshift-run/1";

/// One run of `gearshift load` (one scenario, one subject) or `gearshift compare`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA`].
    pub schema: String,
    /// When it began, in seconds since 1970, UTC.
    pub began_unix_seconds: u64,
    /// How long it took as a whole.
    pub took_seconds: f64,
    /// The command that repeats it.
    pub command: String,
    /// What it ran on.
    pub machine: Machine,
    /// What was run, in order.
    pub scenarios: Vec<ScenarioRun>,
    /// Whole sentences on what makes the figures less worth: a noisy machine, a debug build.
    pub warnings: Vec<String>,
    /// It was ended before its end, and holds what there was.
    pub interrupted: bool,
}

/// A machine, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Machine {
    pub host: Option<String>,
    pub system: String,
    pub kernel: Option<String>,
    pub processor: Option<String>,
    /// That this process may use.
    pub cores: usize,
    pub memory_bytes: Option<u64>,
    /// A hypervisor is named by the processor's flags.
    pub virtual_machine: Option<bool>,
    pub frequency_governor: Option<String>,
    pub on_battery: Option<bool>,
    /// Over the minute before the run.
    pub load_average: Option<f64>,
    pub gearshift_version: String,
    pub debug_build: bool,
}

/// One scenario under all subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioRun {
    /// As on the command line.
    pub name: String,
    /// One sentence: what it shows.
    pub shows: String,
    /// One sentence: what theory says.
    pub expects: String,
    /// By which its subjects are ranked; `null`: see [`Metric::main`].
    #[serde(default, rename = "main_figure")]
    pub main_metric: Option<Metric>,
    /// What theory says, so that a rule can look whether it came true.
    #[serde(default)]
    pub expected: Vec<Expectation>,
    /// What was asked of the generator and the server.
    pub parameters: Parameters,
    /// Who was measured.
    pub subjects: Vec<SubjectRun>,
    /// The order in which they were measured, by index into `subjects`, over all rounds.
    pub order: Vec<usize>,
}

/// That one subject is better than another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expectation {
    /// A subject's name.
    pub better: String,
    /// A subject's name.
    pub worse: String,
    /// In what; `null`: in the main figure of the scenario.
    #[serde(rename = "figure")]
    pub metric: Option<Metric>,
    /// As it goes on after "because": "a thread that waits costs memory".
    pub because: String,
}

/// A load, completely.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Connections that talk.
    pub connections: usize,
    /// Connections that are silent all the while.
    pub idle: usize,
    /// Connections that send and do not read.
    pub slow_readers: usize,
    /// Requests under way on a connection before one has to be answered.
    pub in_flight: usize,
    /// Payload of a message.
    pub message_bytes: usize,
    /// Text messages, not binary ones.
    pub text: bool,
    /// Messages a second over all connections: an open loop. `null`: a closed one.
    pub rate_per_second: Option<f64>,
    /// Pause of a client after an answer.
    pub think_seconds: f64,
    /// Not measured, before the rest.
    pub warm_up_seconds: f64,
    /// A sample's duration.
    pub duration_seconds: f64,
    /// A connection's life: so many messages, then a new one. `null`: it stays.
    pub messages_per_connection: Option<u64>,
    /// One publisher's messages go to all connections, and deliveries are counted.
    pub fan_out: bool,
    /// The simulated cost of a message in the server: processor time.
    pub work_cpu_seconds: f64,
    /// The simulated cost of a message in the server: a blocking call.
    pub work_block_seconds: f64,
}

/// One server under one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectRun {
    /// A model's name or a peer's.
    pub name: String,
    /// The command that started it; nothing for a server that ran already.
    pub command: Option<String>,
    /// Where it was spoken to.
    pub url: String,
    /// A sample a round.
    pub samples: Vec<Sample>,
    /// Why there are none, or no more: one sentence.
    pub failure: Option<String>,
}

/// One measurement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Counted from 1.
    pub round: u32,
    /// How long was measured.
    pub elapsed_seconds: f64,
    /// Messages answered, or deliveries in a fan-out.
    pub messages: u64,
    /// Connections that were opened.
    pub connected: u64,
    /// Connections that failed, answers that were wrong or missing.
    pub errors: u64,
    /// What went wrong, each kind once with its count.
    pub error_kinds: Vec<(String, u64)>,
    /// From the time at which a message should have left (open loop) or left (closed loop) to its
    /// answer. Where connections live short, the first message of each should have left when it began
    /// to connect.
    pub latency: Latency,
    /// From the time at which it really left. The same as `latency` in a closed loop of connections
    /// that stay.
    pub latency_from_send: Latency,
    /// What it cost the server.
    pub server: ServerCost,
    /// How the generator fared.
    pub generator: Generator,
    /// Messages answered in each full second.
    pub per_second: Vec<u64>,
}

/// A distribution of times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
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
    /// `(value_us, how many at most that and more than the one before)`, ascending: enough to draw the
    /// distribution and to merge samples.
    pub buckets: Vec<(f64, u64)>,
}

/// What a sample cost the server, as the system counts it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct ServerCost {
    pub cpu_us_per_message: Option<f64>,
    pub user_us_per_message: Option<f64>,
    pub system_us_per_message: Option<f64>,
    /// Of one core, over the sample: 2.0 is two cores.
    pub cores_used: Option<f64>,
    /// Proportional set size with everybody connected.
    pub memory_bytes: Option<u64>,
    /// The same, less that of the server without clients, a connection.
    pub memory_bytes_per_connection: Option<f64>,
    pub threads: Option<u64>,
    pub voluntary_switches_per_message: Option<f64>,
    pub involuntary_switches_per_message: Option<f64>,
    /// Clients that waited in the kernel to be accepted, at most.
    pub accept_queue: Option<u64>,
}

/// How the generator fared: whether its figures are the server's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Generator {
    pub threads: usize,
    /// Of its threads' time, over the sample: 1.0 is no time left.
    pub busy_share: Option<f64>,
    /// Open loop: messages a second that were really sent.
    pub achieved_rate_per_second: Option<f64>,
    /// Open loop: messages that left more than a millisecond late because the generator was.
    pub late_sends: u64,
    pub worst_lateness_us: f64,
}
