//! The command line, as text. Nothing is decided here: `settings.rs` checks and understands.

mod compare;
mod load;

pub use compare::{Compare, Parameters};
pub use load::{Clients, Load, What};

use crate::models::ModelKind;
use crate::models::thread_pool::{LongLived, WhenFull};
use crate::service::Format;
use clap::{Args, ColorChoice, Parser, Subcommand, value_parser};
use clap_complete::Shell;
use std::path::PathBuf;
use std::time::Duration;

/// One WebSocket service under every classic concurrency model.
#[derive(Debug, Parser)]
#[command(
    name = "gearshift",
    version,
    arg_required_else_help = true,
    propagate_version = true,
    max_term_width = 80 // a projected terminal, and what tests look at
)]
#[command(after_help = "\
Examples:
  gearshift serve                       push changes of watched_file.txt on 8765,
                                        answer messages on 8766
  gearshift serve --model threads --watch 'src/**/*.rs'
  echo hello | gearshift client ws://127.0.0.1:8766
  gearshift load ws://127.0.0.1:8766    how much it can do
  gearshift models                      the models and who waits in each
  gearshift lesson                      the lessons
  gearshift serve --trace run.json      record who waits, then look at it:
  gearshift timeline run.json")]
pub struct Cli {
    /// More log lines on stderr: -v connections and closes, -vv everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    #[command(subcommand)]
    #[allow(missing_docs, reason = "its variants are the documentation")]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service until Ctrl-C
    Serve(Box<Serve>),
    /// Send lines from stdin to a WebSocket server, print what it says
    Client(Client),
    /// Measure a server: how much it does, or how long its users wait
    Load(Box<Load>),
    /// Measure the models beside each other, under the same load
    Compare(Box<Compare>),
    /// List the concurrency models
    Models {
        /// Also where each shines and where it breaks
        #[arg(short, long)]
        long: bool,
    },
    /// Show a recorded timeline: who ran, was ready, waited, and for what
    Timeline(Timeline),
    /// Show, run and explain small programs, from blocking calls to the event loop
    Lesson(Lesson),
    /// Show saved runs of `gearshift compare` again, or several side by side
    Report(Report),
    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
  gearshift completions bash > ~/.local/share/bash-completion/completions/gearshift")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// `gearshift serve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Services (default port): notify (8765), reply (8766), echo (8765),
twin-echo (8765,8766), periodic (8765), mirror (9001), broadcast (9002),
tcp-echo (55555), http-hello (8888). Each prints `listening NAME URL` on stdout
once it accepts.

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
arguments.")]
pub struct Serve {
    /// Who waits, see `gearshift models`
    #[arg(short, long, value_enum, default_value_t = ModelKind::EventLoop, hide_possible_values = true)]
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
    pub watch: Watch,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub threads: Threads,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub limits: LimitArgs,
}

/// What `notify` watches.
#[derive(Debug, Args)]
#[command(next_help_heading = "Watching files")]
pub struct Watch {
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
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Models with threads.
#[derive(Debug, Args)]
#[command(next_help_heading = "Models with threads")]
pub struct Threads {
    /// thread-pool: the workers [default: 20]
    #[arg(short = 't', long = "threads", value_name = "N", value_parser = value_parser!(u32).range(1..=65_536))]
    pub workers: Option<u32>,
    /// thread-pool: clients that may wait for a worker [default: 128 with --when-full wait, else 0]
    #[arg(short = 'b', long, value_name = "N", value_parser = value_parser!(u32).range(..=65_536))]
    pub queue: Option<u32>,
    /// thread-pool: what a worker does with a client that stays: hold it, drop it when it is silent
    /// or slow, requeue it after a slice [default: hold]
    #[arg(long, value_enum, value_name = "POLICY")]
    pub long_lived: Option<LongLived>,
    /// thread-pool: what a client gets for whom there is no worker and no place in the queue: wait,
    /// reject (503), a thread of its own [default: wait]
    #[arg(long, value_enum, value_name = "POLICY")]
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

/// `gearshift client`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 closed in good order, 1 not connected, refused or cut off,
2 wrong arguments.

Examples:
  gearshift client ws://127.0.0.1:8766                  type, see the answers
  echo hello | gearshift client ws://127.0.0.1:8766
  gearshift client --no-close 'ws://127.0.0.1:8765/?format=json' < /dev/null
  gearshift client --count 1 ws://127.0.0.1:8765 < /dev/null && make")]
pub struct Client {
    /// `ws://HOST[:PORT][/PATH][?QUERY]`
    pub url: String,
    /// Stay when the input ends, until the server closes
    #[arg(short, long)]
    pub no_close: bool,
    /// Close after so many messages, and not when the input ends
    #[arg(short, long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Send this Origin header, as a web page would
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,
    /// For connecting and the opening handshake
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "5s")]
    pub connect_timeout: Duration,
}

/// `gearshift timeline`.
#[derive(Debug, Args)]
#[command(after_help = "\
A row is a lane: a thread, a worker of a pool, a task or a callback, below the
one that made it. `gearshift serve --trace FILE` records one; ui.perfetto.dev
opens the file, too.

Examples:
  gearshift timeline run.json                        in the terminal
  gearshift timeline run.json --from 1s --to 1200ms --arrows
  gearshift timeline run.json --html run.html        a page for the browser

Exit codes: 0 shown, 1 a file that cannot be read or is no timeline, 2 wrong
arguments.")]
pub struct Timeline {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Columns to use [default: the terminal's; 100 where there is none]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    /// Begin so long after the start
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Duration>,
    /// End so long after the start
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Duration>,
    /// Only lanes whose name contains TEXT, whatever the case; repeatable
    #[arg(long = "lane", value_name = "TEXT")]
    pub lanes: Vec<String>,
    /// The most lanes; of more the busiest
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u32).range(1..))]
    pub max_lanes: u32,
    /// Also list who woke, cancelled or gave something to whom, and the notes
    #[arg(long)]
    pub arrows: bool,
    /// When to use colours: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto, hide_possible_values = true)]
    pub color: ColorChoice,
    /// Write a page for the browser, complete in one file, instead; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["width", "lanes", "max_lanes", "arrows", "color"])]
    pub html: Option<PathBuf>,
}

/// `gearshift report`.
#[derive(Debug, Args)]
#[command(after_help = "\
With several files there is a table of them side by side first; machines that
differ are named.

Examples:
  gearshift report run.json                          in the terminal
  gearshift report run.json --export-html run.html
  gearshift report anna.json ben.json                two machines side by side
  gearshift report today.json --baseline last.json   exit code 1 if it got worse

Exit codes: 0 shown, 1 a file that cannot be read or written, or a regression,
2 wrong arguments.")]
pub struct Report {
    /// Saved runs; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Columns to use [default: the terminal's up to 100; 80 where there is none]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(40..=1000))]
    pub width: Option<u16>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub exports: ExportArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "flattened")]
    pub baseline: BaselineArgs,
}

/// Where a run goes besides the terminal.
#[derive(Debug, Args)]
#[command(next_help_heading = "Writing it down")]
pub struct ExportArgs {
    /// A page with tables and plots, complete in one file; `-` is standard output, here and below,
    /// and then nothing else is printed there
    #[arg(long, value_name = "FILE")]
    pub export_html: Option<PathBuf>,
    /// The run as it is, to be shown or compared again
    #[arg(long, value_name = "FILE")]
    pub export_json: Option<PathBuf>,
    /// A row a round, for spreadsheets
    #[arg(long, value_name = "FILE")]
    pub export_csv: Option<PathBuf>,
    /// Tables and sentences for an issue or a notebook
    #[arg(long, value_name = "FILE")]
    pub export_markdown: Option<PathBuf>,
}

/// A run beside an older one.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparing with a saved run")]
pub struct BaselineArgs {
    /// A saved run: did it get worse since? Refused if the machine, the build or the load is another
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// A change below counts for nothing, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent, requires = "baseline")]
    pub threshold: f64,
    /// Compare also what cannot be compared, and say so
    #[arg(long, requires = "baseline")]
    pub force: bool,
}

/// `5`, `2.5`: more than nothing.
fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse() {
        Ok(value) if value > 0.0 && value <= 1000.0 => Ok(value),
        _ => Err("must be a number above 0 and at most 1000".to_owned()),
    }
}

/// As [`duration`], but it may be nothing.
fn moment(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Ok(Duration::ZERO),
        _ => duration(text),
    }
}

/// `gearshift lesson`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gearshift lesson                      the list
  gearshift lesson 8                    source, run, explanation
  gearshift lesson flow --virtual       the same without waiting for its clock
  gearshift lesson lock --predict       first say in which order it prints
  gearshift lesson lock --check answer.txt   judge an answer; for scripts
  gearshift lesson 16 --trace flow.json      then: gearshift timeline flow.json

An answer is letters as --predict deals them (C A B), or the lines themselves.
Exit codes: 0 done, --check: all lines right; 1 the program failed, a file
cannot be read or written, --check: not all right; 2 wrong arguments.")]
pub struct Lesson {
    /// Its name, the beginning of it, or its number; without one, all are listed
    pub name: Option<String>,
    /// Print what the program prints, as it prints it, and nothing else
    #[arg(short, long, requires = "name", conflicts_with_all = ["predict", "check"])]
    pub output_only: bool,
    /// A clock that jumps over all waiting. What threads and child processes do still takes its time
    #[arg(long = "virtual", requires = "name")]
    pub virtual_clock: bool,
    /// Run what is ready at the same time in an order that N decides: shows what depends on it
    #[arg(long, value_name = "N", requires = "name")]
    pub seed: Option<u64>,
    /// Ask for the order of the lines first, on standard input, and judge the answer
    #[arg(long, requires = "name", conflicts_with = "check")]
    pub predict: bool,
    /// Judge the answer in FILE (- is standard input) and print how much of it is right
    #[arg(long, value_name = "FILE", requires = "name", conflicts_with_all = ["virtual_clock", "trace"])]
    pub check: Option<PathBuf>,
    /// Write who ran, was ready and waited for what to FILE, as a Chrome trace
    #[arg(long, value_name = "FILE", requires = "name")]
    pub trace: Option<PathBuf>,
}

/// `200ms`, `2s`, `1m 30s`; never zero, which would mean "never" in one place and "at once" in another.
fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("must be more than nothing".to_owned()),
        Ok(duration) if duration > Duration::from_secs(31_536_000) => {
            Err("must be at most a year".to_owned())
        }
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error} (write it like 200ms, 2s or 1m)")),
    }
}

/// `4096`, `16k`, `1MiB`: powers of 1,024 whatever the spelling. At most a gigabyte: these are limits
/// of one client, and the codec takes memory for a message on the word of its header.
fn size(text: &str) -> Result<usize, String> {
    let bytes = parse_size::Config::new()
        .with_binary()
        .parse_size(text)
        .map_err(|error| format!("{error} (write it like 4096, 16k or 1MiB)"))?;
    if bytes > 1 << 30 {
        return Err("must be at most 1GiB".to_owned());
    }
    Ok(bytes as usize)
}
