//! Arguments → settings → one call → exit code. Everything that is the *process's* business and not
//! the service's is here: the log, signals, standard streams, panics.

use clap::{CommandFactory, Parser};
use gearshift::classroom;
use gearshift::cli::{self, Cli, Command};
use gearshift::client;
use gearshift::error::Error;
use gearshift::models::ModelKind;
use gearshift::server::{Handle, Server};
use gearshift::settings::Settings;
use std::io::{self, BufReader, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// As shells report a program that Ctrl-C ended: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A person who types wants to know whether the server is there; a script does not.
    let talkative = !matches!(cli.command, Command::Client(_)) || io::stdin().is_terminal();
    start_log(cli.verbose, cli.quiet, talkative);
    let done = match cli.command {
        Command::Serve(args) => serve(&args),
        Command::Client(args) => talk(&args),
        Command::Models { long } => print(&models_table(long)),
        Command::Lesson(args) => classroom::run(&args, &mut io::stdin().lock(), colours()),
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
    let listening = |(name, url): (String, String)| format!("listening {name} {url}\n");
    print(
        &server
            .endpoints()
            .into_iter()
            .map(listening)
            .collect::<String>(),
    )?;
    server.run()
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

/// Prints all of it now, also into a pipe. A reader that has gone (`| head -1`) is no failure.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::failure(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
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
