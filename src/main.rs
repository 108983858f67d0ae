//! Arguments → settings → one call → exit code. Everything that is the *process's* business and not
//! the service's is here: the log, signals, standard streams, panics.

use clap::{ColorChoice, CommandFactory, Parser};
use gearshift::aio;
use gearshift::classroom;
use gearshift::cli::{self, Cli, Command};
use gearshift::client;
use gearshift::error::Error;
use gearshift::jobs;
use gearshift::lab;
use gearshift::lab::load::command::{self, Ended};
use gearshift::models::ModelKind;
use gearshift::output::print;
use gearshift::server::{Handle, Server};
use gearshift::settings::Settings;
use gearshift::timeline::{self, Timeline, Window, gantt};
use gearshift::trace::{self, About, Entered, Lane};
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// As shells report a program that Ctrl-C ended: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    // Before anything else: a worker is this program, and nothing of the rest is its business.
    if aio::serve_as_worker(&jobs::all()) {
        return ExitCode::SUCCESS;
    }
    let cli = Cli::parse();
    // A person who types wants to know whether the server is there; a script does not.
    let talkative = !matches!(cli.command, Command::Client(_)) || io::stdin().is_terminal();
    start_log(cli.verbose, cli.quiet, talkative);
    let done = match cli.command {
        Command::Serve(args) => serve(&args),
        Command::Client(args) => talk(&args),
        Command::Load(args) => match load(&args, cli.quiet) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Models { long } => print(&models_table(long)),
        Command::Timeline(args) => show_timeline(&args),
        Command::Lesson(args) => classroom::run(&args, &mut io::stdin().lock(), colours()),
        Command::Report(args) => lab::command::report(&args),
        Command::Compare(args) => match compare(&args, cli.quiet) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "gearshift", &mut script);
            print(&String::from_utf8_lossy(&script))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "gearshift: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn serve(args: &cli::Serve) -> Result<(), Error> {
    let settings = Settings::from_args(args)?;
    let (first, shift_every) = (settings.model, settings.shift_every);
    let server = Server::bind(settings)?;
    end_on_signals(server.handle())?;
    if let Some(every) = shift_every {
        shift_regularly(server.handle(), first, every)?;
    }
    let recording = match &args.trace {
        Some(path) => Some(Recording::start(path, args)?),
        None => None,
    };
    let listening = |(name, url): (String, String)| format!("listening {name} {url}\n");
    print(
        &server
            .endpoints()
            .into_iter()
            .map(listening)
            .collect::<String>(),
    )?;
    let done = server.run();
    log::info!("Server stopped");
    // Also of a server that failed: what came before is what one wants to see then.
    let saved = recording.map_or(Ok(()), Recording::save);
    done.and(saved)
}

/// `serve --trace FILE`.
struct Recording {
    path: PathBuf,
    /// Opened before anything is served: a path that cannot be written to is no surprise at the end.
    file: File,
    main: Entered,
}

impl Recording {
    fn start(path: &Path, args: &cli::Serve) -> Result<Recording, Error> {
        let file = File::create(path)
            .map_err(|error| Error::failure(format!("cannot write {}: {error}", path.display())))?;
        let model = args.model.about().name;
        let words: Vec<String> = std::env::args().skip(1).collect();
        trace::start(About {
            title: match args.shift_every {
                None => format!("serving under {model}"),
                Some(_) => "serving under one model after another".to_owned(),
            },
            model: args.shift_every.is_none().then(|| model.to_owned()),
            command: format!("gearshift {}", words.join(" ")),
        });
        let main = trace::open(trace::Kind::Thread, "main", Lane::NONE);
        Ok(Recording {
            path: path.to_owned(),
            file,
            main: trace::enter(main),
        })
    }

    fn save(self) -> Result<(), Error> {
        drop(self.main);
        let Some(trace) = trace::finish() else {
            return Ok(());
        };
        let path = self.path.display();
        let mut out = BufWriter::new(self.file);
        trace
            .to_chrome_json(&mut out)
            .and_then(|()| out.flush())
            .map_err(|error| Error::failure(format!("cannot write {path}: {error}")))?;
        let marks = trace.marks();
        log::info!(
            "{marks} marks in {path}; see them with `gearshift timeline {path}` or ui.perfetto.dev"
        );
        if trace.dropped > 0 {
            log::warn!(
                "memory for marks ended after {:.1} s: {} more were dropped, {path} ends there",
                trace.wall_ns as f64 / 1e9,
                trace.dropped
            );
        }
        Ok(())
    }
}

fn talk(args: &cli::Client) -> Result<(), Error> {
    let options = client::Options {
        // Who counts messages wants them, whenever the input ends.
        no_close: args.no_close || args.count.is_some(),
        count: args.count,
        pretty: io::stdout().is_terminal(),
        origin: args.origin.clone(),
        connect_timeout: args.connect_timeout,
        ..client::Options::new(&args.url)
    };
    client::run(&options, BufReader::new(io::stdin()), &mut io::stdout())
}

fn load(args: &cli::Load, quiet: bool) -> Result<ExitCode, Error> {
    Ok(match command::load(args, quiet, cancel_on_signals()?)? {
        Ended::Well => ExitCode::SUCCESS,
        Ended::WithErrors => ExitCode::FAILURE,
        Ended::Interrupted => ExitCode::from(INTERRUPTED as u8),
    })
}

fn compare(args: &cli::Compare, quiet: bool) -> Result<ExitCode, Error> {
    let chosen: &[ModelKind] = match args.models.is_empty() {
        true => &ModelKind::ALL,
        false => &args.models,
    };
    let names: Vec<String> = chosen
        .iter()
        .map(|kind| kind.about().name.to_owned())
        .collect();
    let cancel = cancel_on_signals()?;
    Ok(match lab::command::compare(args, &names, quiet, cancel)? {
        lab::command::Ended::Well => ExitCode::SUCCESS,
        lab::command::Ended::Interrupted => ExitCode::from(INTERRUPTED as u8),
    })
}

/// The first signal ends a measurement, and what there was is reported; the second does not ask.
fn cancel_on_signals() -> Result<&'static AtomicBool, Error> {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| {
        if CANCEL.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED);
        }
    })
    .map_err(|error| Error::failure(format!("cannot catch signals: {error}")))?;
    Ok(&CANCEL)
}

/// The first signal asks for an orderly end, the second does not ask.
fn end_on_signals(server: Handle) -> Result<(), Error> {
    let again = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if again.swap(true, Ordering::SeqCst) {
            std::process::exit(INTERRUPTED);
        }
        server.stop();
    })
    .map_err(|error| Error::failure(format!("cannot catch signals: {error}")))
}

fn shift_regularly(server: Handle, first: ModelKind, every: Duration) -> Result<(), Error> {
    let start = ModelKind::ALL
        .iter()
        .position(|kind| *kind == first)
        .unwrap_or(0);
    let shift = move || {
        for kind in ModelKind::ALL.into_iter().cycle().skip(start + 1) {
            thread::sleep(every);
            server.shift(kind);
        }
    };
    thread::Builder::new()
        .name("shift".to_owned())
        .spawn(shift)
        .map(drop)
        .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))
}

fn show_timeline(args: &cli::Timeline) -> Result<(), Error> {
    let name = args.file.display();
    let text = if args.file.as_os_str() == "-" {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(&args.file)
    };
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::failure(format!("{name} is no JSON: it is no UTF-8")),
        _ => Error::failure(format!("cannot read {name}: {error}")),
    })?;
    let timeline = timeline::read::read(&text)
        .map_err(|problem| Error::failure(format!("{name} {problem}")))?;
    drop(text);
    let window = window(args, &timeline)?;
    let Some(path) = &args.html else {
        let is_terminal = io::stdout().is_terminal();
        let columns = args.width.or_else(|| {
            let (columns, _) = terminal_size::terminal_size().filter(|_| is_terminal)?;
            Some(columns.0.max(40))
        });
        return print(&gantt::draw(
            &timeline,
            &gantt::View {
                columns: columns.unwrap_or(100).into(),
                colour: match args.color {
                    ColorChoice::Auto => colours(),
                    choice => choice == ColorChoice::Always,
                },
                window,
                filter: timeline::LaneFilter {
                    names: args.lanes.clone(),
                    max_lanes: args.max_lanes as usize,
                },
                arrows: args.arrows,
            },
        ));
    };
    let page = timeline::html::page(&timeline, window);
    if path.as_os_str() == "-" {
        return print(&page);
    }
    fs::write(path, page)
        .map_err(|error| Error::failure(format!("cannot write {}: {error}", path.display())))
}

/// The part to show: within the timeline, and not empty but for one that is.
fn window(args: &cli::Timeline, timeline: &Timeline) -> Result<Window, Error> {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let from = args.from.map_or(0, nanoseconds);
    let until = args.to.map_or(timeline.wall, nanoseconds);
    if args.to.is_some() && from >= until {
        return Err(Error::usage("--from must be before --to"));
    }
    if from > timeline.wall {
        return Err(Error::failure(format!(
            "the timeline ends before --from, after {:.3} s",
            timeline.wall as f64 / 1e9
        )));
    }
    Ok(Window {
        from,
        until: until.min(timeline.wall),
    })
}

fn models_table(long: bool) -> String {
    let mut table = format!("{:<32}{}\n", "MODEL (SHORT)", "WHO WAITS");
    for kind in ModelKind::ALL {
        let about = kind.about();
        let short = about
            .alias
            .map_or(String::new(), |alias| format!(" ({alias})"));
        let mut row = |left: &str, right: &str| table.push_str(&format!("{left:<32}{right}\n"));
        row(&format!("{}{short}", about.name), about.who_waits);
        if long {
            row("    shines", about.shines);
            row("    breaks", about.breaks);
        }
    }
    table
}

/// Whether whoever reads standard output sees colours and wants them (<https://no-color.org>).
fn colours() -> bool {
    let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
    io::stdout().is_terminal() && unset("NO_COLOR")
}

fn start_log(verbose: u8, quiet: bool, talkative: bool) {
    let filter = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) if talkative => "gearshift=info",
        (false, 0) => "gearshift=warn",
        (false, 1) => "gearshift=debug",
        (false, _) => "trace",
    };
    let env = env_logger::Env::default().default_filter_or(filter);
    env_logger::Builder::from_env(env)
        .format_target(false)
        .init();
    // A panic in a service ends one connection. It is one line in the log like any other fault, and
    // not a backtrace in the middle of it.
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let words = panic.payload_as_str().unwrap_or("no message");
        let place = panic
            .location()
            .map_or(String::new(), |at| format!(" at {at}"));
        log::error!(
            "panic in thread {}{place}: {words}",
            thread.name().unwrap_or("?")
        );
    }));
}
