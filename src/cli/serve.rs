//! `gearshift serve` on the command line, as text.

use super::values::{Choice, choice, duration, model, size};
use crate::models::ModelKind;
use crate::models::thread_pool::{LongLived, WhenFull};
use crate::service::Format;
use crate::service::registry::{SERVICES, ServiceEntry};
use clap::{Args, value_parser};
use std::path::PathBuf;
use std::time::Duration;

/// The services as rows of the help.
fn services() -> String {
    let row = |service: &ServiceEntry| {
        let ports = service.endpoints.iter().map(|(port, _)| port.to_string());
        let ports = ports.collect::<Vec<String>>().join(",");
        let name = format!("{} ({ports})", service.name);
        format!("  {name:<22} {}\n", service.about)
    };
    SERVICES.iter().map(row).collect()
}

const EXAMPLES: &str = "\
Examples:
  gearshift serve --service notify=0 --service reply=0     any free ports
  gearshift serve --service echo=0.0.0.0:8080              for other machines, too
  gearshift serve --service twin-echo=8001,8002
  gearshift serve --watch notes.txt --watch docs --format json
  gearshift serve --model pool --threads 20 --long-lived requeue
  gearshift serve --shift-every 10s                        one model after another

Signals: Ctrl-C or SIGTERM closes every client with 1001 and exits with 0;
a second one exits at once with 130.
Exit codes: 0 stopped in good order, 1 a port in use and the like, 2 wrong
arguments.";

/// `gearshift serve`.
#[derive(Debug, Args)]
#[command(after_help = format!("\
Services and their default ports:
{}
Each prints `listening NAME URL` on stdout once it accepts.

{EXAMPLES}", services()))]
pub struct Serve {
    /// Who waits, see `gearshift models`
    #[arg(short, long, value_parser = model(), default_value = "event-loop", hide_possible_values = true)]
    pub model: ModelKind,
    /// What to serve and where; PORT or HOST:PORT; repeatable [default: notify and reply]
    #[arg(short, long = "service", value_name = "NAME[=ADDR]")]
    pub services: Vec<String>,
    /// Go to the next model every so often, in the order of `gearshift models`, while clients stay
    /// connected
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub shift_every: Option<Duration>,

    /// Record who ran and who waited for what, until the server stops in good order; to be looked at
    /// with `gearshift timeline FILE`
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,

    /// What each message costs before its answer, to see how a model bears it: processor time
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub work_cpu: Option<Duration>,
    /// The same: a call that blocks the thread
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub work_block: Option<Duration>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub watch: WatchArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub threads: ThreadArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub limits: LimitArgs,
}

/// What `notify` watches.
#[derive(Debug, Args)]
#[command(next_help_heading = "Watching files")]
pub struct WatchArgs {
    /// A file, a directory (with all below it) or a glob; repeatable [default: watched_file.txt]
    #[arg(short = 'w', long = "watch", value_name = "PATH")]
    pub paths: Vec<String>,
    /// Leave out what matches, in directories and globs; `!GLOB` takes it back in; repeatable
    #[arg(short, long = "ignore", value_name = "GLOB")]
    pub ignore: Vec<String>,
    /// Time between two looks. Costs one metadata call a file and look, some 1 us each: at 200ms,
    /// 10,000 files take about 5 % of a core. What comes and goes between two looks is not seen
    #[arg(long, alias = "poll", value_name = "TIME", value_parser = duration, default_value = "200ms")]
    pub interval: Duration,
    /// How clients are told that do not ask with ?format=text or ?format=json
    #[arg(long, value_parser = choice(&FORMATS), default_value = "text")]
    pub format: Format,
}

/// Models with threads.
#[derive(Debug, Args)]
#[command(next_help_heading = "Models with threads")]
pub struct ThreadArgs {
    /// thread-pool: the workers [default: 20]
    #[arg(short = 't', long = "threads", value_name = "N", value_parser = value_parser!(u32).range(1..=65_536))]
    pub workers: Option<u32>,
    /// thread-pool: clients that may wait for a worker [default: 128 with --when-full wait, else 0]
    #[arg(short = 'b', long, value_name = "N", value_parser = value_parser!(u32).range(..=65_536))]
    pub queue: Option<u32>,
    /// thread-pool: what a worker does with a client that stays: hold it, drop it when it is silent
    /// or slow, requeue it after a slice [default: hold]
    #[arg(long, value_name = "POLICY", value_parser = choice(&LONG_LIVED))]
    pub long_lived: Option<LongLived>,
    /// thread-pool: what a client gets for whom there is no worker and no place in the queue: wait,
    /// reject (503), a thread of its own [default: wait]
    #[arg(long, value_name = "POLICY", value_parser = choice(&WHEN_FULL))]
    pub when_full: Option<WhenFull>,
    /// thread-pool: how long a worker stays with a client before it drops or requeues it
    /// [default: 100ms to requeue, 2s to drop]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub slice: Option<Duration>,
    /// thread-pool: what a client has to say a second, over a slice, not to be dropped [default: 1]
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub min_rate: Option<usize>,
    /// The most threads that serve one client each; more clients are turned away, newcomers with 503
    /// and, when a model takes over, connected ones with close 1013
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_threads: u32,
    /// multi-loop: the event loops [default: one a core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    pub loops: Option<u32>,
}

const FORMATS: [Choice<Format>; 2] = [
    (
        "text",
        "`File has been modified` when a file appears or changes, nothing when it is removed",
        Format::Text,
    ),
    (
        "json",
        "One JSON object per change: created, modified or removed",
        Format::Json,
    ),
];

const LONG_LIVED: [Choice<LongLived>; 3] = [
    ("hold", "Keep the client until it closes", LongLived::Hold),
    (
        "drop",
        "Close the client when it is silent or slow",
        LongLived::Drop,
    ),
    (
        "requeue",
        "Put the client back into the queue after a slice",
        LongLived::Requeue,
    ),
];

const WHEN_FULL: [Choice<WhenFull>; 3] = [
    (
        "wait",
        "Leave the client in the kernel's backlog",
        WhenFull::Wait,
    ),
    (
        "reject",
        "Tell the client to try again later (503)",
        WhenFull::Reject,
    ),
    ("thread", "Start a thread for the client", WhenFull::Thread),
];

/// What one client may take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// The most clients; more get 503 [default: 16384, or what the descriptor limit allows]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: Option<u32>,
    /// Web pages that may connect besides those of this machine, as in
    /// `https://example.org`; `null` for pages opened as files, `*` for all; repeatable
    #[arg(long = "allow-origin", value_name = "ORIGIN")]
    pub allowed_origins: Vec<String>,
    /// The largest message
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "1MiB")]
    pub max_message: usize,
    /// The most fragments of a message
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub max_fragments: u32,
    /// Bytes kept for a client that does not read; one that needs more is dropped
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "1MiB")]
    pub max_unsent: usize,
    /// The largest request head
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "16KiB")]
    pub max_head: usize,
    /// The most header lines of a request
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    pub max_headers: u32,
    /// For the whole opening handshake
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub handshake_timeout: Duration,
    /// For one message, from its first byte to its last
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub message_timeout: Duration,
    /// Silence after which a client is given up; it is pinged halfway
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    pub idle_timeout: Duration,
    /// How long a client may leave its answers unread before it is dropped
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub stall_timeout: Duration,
    /// How long clients may take to say goodbye when the server stops
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    pub drain: Duration,
}
