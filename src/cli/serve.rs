//! `gearshift serve` on the command line, as text.

use super::values::{Choice, choice, duration, model, size};
use crate::models::ModelKind;
use crate::models::thread_pool::{LongLived, WhenFull};
use crate::protocol::parse_origin;
use crate::service::Format;
use crate::service::registry::{SERVICES, ServiceEntry};
use clap::{Args, value_parser};
use std::path::PathBuf;
use std::time::Duration;

/// `gearshift serve`.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub struct Serve {
    /// Concurrency model to begin with, see `gearshift models`
    #[arg(short, long, value_parser = model(), default_value = "event-loop", hide_possible_values = true)]
    pub(crate) model: ModelKind,
    /// Service to run; ADDR is PORT or HOST:PORT; repeatable [default: notify and reply]
    #[arg(short, long = "service", value_name = "NAME[=ADDR]")]
    pub(crate) services: Vec<String>,
    /// Switch to the next model at this interval; clients stay connected
    ///
    /// Models follow each other in the order of `gearshift models`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) shift_every: Option<Duration>,

    /// Record which threads and tasks ran and waited, for `gearshift timeline FILE`
    ///
    /// The file is complete once the server has stopped cleanly.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,

    /// CPU time to use before replying to each message, to see how a model copes
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) work_cpu: Option<Duration>,
    /// Time to block the thread before replying to each message
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) work_block: Option<Duration>,

    #[command(flatten)]
    pub(crate) watch: WatchArgs,
    #[command(flatten)]
    pub(crate) threads: ThreadArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
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

/// What `notify` watches.
#[derive(Debug, Args)]
#[command(next_help_heading = "Watching files")]
pub(crate) struct WatchArgs {
    /// File, directory (with everything below it) or glob; repeatable [default: watched_file.txt]
    #[arg(short = 'w', long = "watch", value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// Paths to ignore in directories and globs; `!GLOB` includes them again; repeatable
    #[arg(short, long = "ignore", value_name = "GLOB")]
    pub(crate) ignore: Vec<String>,
    /// Polling interval
    ///
    /// Each poll makes one metadata call per file, which takes about 1 µs: at 200ms, 10,000 files take
    /// about 5 % of a core. A file that appears and vanishes between two polls is not seen.
    #[arg(long, alias = "poll", value_name = "TIME", value_parser = duration, default_value = "200ms")]
    pub(crate) interval: Duration,
    /// Default format of changes; a client can ask for another with ?format=
    #[arg(long, value_parser = choice(&FORMATS), default_value = "text")]
    pub(crate) format: Format,
}

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

/// Models with threads.
#[derive(Debug, Args)]
#[command(next_help_heading = "Models with threads")]
pub(crate) struct ThreadArgs {
    /// thread-pool: number of workers [default: 20]
    #[arg(short = 't', long = "threads", value_name = "N", value_parser = value_parser!(u32).range(1..=65_536))]
    pub(crate) workers: Option<u32>,
    /// thread-pool: number of clients that may wait for a worker [default: 128 with --when-full
    /// wait, otherwise 0]
    #[arg(short = 'b', long, value_name = "N", value_parser = value_parser!(u32).range(..=65_536))]
    pub(crate) queue: Option<u32>,
    /// thread-pool: what a worker does with a client that stays connected [default: hold]
    #[arg(long, value_name = "POLICY", value_parser = choice(&LONG_LIVED))]
    pub(crate) long_lived: Option<LongLived>,
    /// thread-pool: what to do with a new client when every worker is busy and the queue is full
    /// [default: wait]
    #[arg(long, value_name = "POLICY", value_parser = choice(&WHEN_FULL))]
    pub(crate) when_full: Option<WhenFull>,
    /// thread-pool: with --long-lived drop or requeue, how long a worker serves one client [default:
    /// 100ms to requeue, 2s to drop]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) slice: Option<Duration>,
    /// thread-pool: with --long-lived drop, drop a client that sends fewer bytes per second in a slice
    /// [default: 1]
    #[arg(long, value_name = "BYTES", value_parser = size)]
    pub(crate) min_rate: Option<usize>,
    /// thread-per-connection, thread-pool: maximum number of threads that serve one client each
    ///
    /// Clients beyond this are rejected: new ones with status 503, and connected ones with close code
    /// 1013 when a model takes them over.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_threads: u32,
    /// multi-loop: number of event loops [default: one per core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    pub(crate) loops: Option<u32>,
}

/// How much one client may take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Maximum number of clients; others get status 503 [default: 16384, or as many as the descriptor
    /// limit allows]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_connections: Option<u32>,
    /// Origin of web pages that may connect, in addition to pages of this machine; repeatable
    ///
    /// Write it like `https://example.org`, `null` for pages opened as files, or `*` for all.
    #[arg(long = "allow-origin", value_name = "ORIGIN", value_parser = parse_origin)]
    pub(crate) allowed_origins: Vec<String>,
    /// Name of this host, whose pages may connect, in addition to the system's host name; repeatable
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) host_names: Vec<String>,
    /// Size of the largest message
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "1MiB")]
    pub(crate) max_message: usize,
    /// Maximum number of fragments in a message
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_fragments: u32,
    /// Bytes to keep for a client that does not read; beyond this it is disconnected
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "1MiB")]
    pub(crate) max_unsent: usize,
    /// Size of the largest request head
    #[arg(long, value_name = "BYTES", value_parser = size, default_value = "16KiB")]
    pub(crate) max_head: usize,
    /// Maximum number of header lines in a request
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    pub(crate) max_headers: u32,
    /// Time limit for the opening handshake
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub(crate) handshake_timeout: Duration,
    /// Time limit for receiving one message, first byte to last
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub(crate) message_timeout: Duration,
    /// How long a client may be silent before it is disconnected; it is pinged halfway
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    pub(crate) idle_timeout: Duration,
    /// How long a client may go without reading before it is disconnected
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub(crate) stall_timeout: Duration,
    /// How long clients may take for the closing handshake when the server stops
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1s")]
    pub(crate) drain: Duration,
}

fn after_help() -> String {
    let row = |service: &ServiceEntry| {
        let ports = service.endpoints.iter().map(|(port, _)| port.to_string());
        let ports = ports.collect::<Vec<String>>().join(",");
        let name = format!("{} ({ports})", service.name);
        format!("  {name:<22} {}\n", service.about)
    };
    let services: String = SERVICES.iter().map(row).collect();
    format!(
        "\
Services and their default ports:
{services}
Each endpoint prints `listening NAME URL` on stdout once it accepts clients.

Examples:
  gearshift serve --service notify=0 --service reply=0   any free ports
  gearshift serve --service echo=0.0.0.0:8080            also for other machines
  gearshift serve --service twin-echo=8001,8002
  gearshift serve --watch notes.txt --watch docs --format json
  gearshift serve --model pool --threads 20 --long-lived requeue
  gearshift serve --shift-every 10s                      one model after another

Signals: Ctrl-C or SIGTERM closes every client with code 1001; a second one
exits at once.
Exit codes: 0 stopped cleanly, 1 a failure such as a port in use, 2 wrong
arguments, 130 stopped by a second signal."
    )
}
