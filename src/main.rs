//! Arguments → settings → one call → exit code. Signals are caught here, because a process has one
//! handler for them.

use clap::Parser;
use gearshift::cli::{self, Cli, Command};
use gearshift::error::Error;
use gearshift::lab::{self, Ending};
use gearshift::server::Handle;
use gearshift::settings::Settings;
use gearshift::{aio, classroom, client, jobs, logging, serve, timeline};
use std::io::{self, BufReader, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// As shells report a program that Ctrl-C ended: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    // Before the arguments are parsed: a worker process is this program, too, and has none.
    if aio::serve_as_worker(&jobs::all()) {
        return ExitCode::SUCCESS;
    }
    let cli = Cli::parse();
    // Someone who types messages wants to see whether the client is connected; a script does not.
    let informs = !matches!(cli.command, Command::Client(_)) || io::stdin().is_terminal();
    logging::start(cli.verbose, cli.quiet, informs);
    let result = run(cli);
    logging::flush();
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "gearshift: {error}");
        ExitCode::from(error.exit_code())
    })
}

fn run(cli: Cli) -> Result<ExitCode, Error> {
    match cli.command {
        Command::Serve(args) => {
            let settings = Settings::from_args(&args)?;
            serve::run(settings, args.trace.as_deref(), stop_on_signals)?;
        }
        Command::Client(args) => {
            let input = BufReader::new(io::stdin());
            client::run(&args.options(), input, &mut io::stdout())?;
        }
        Command::Load(args) => return load(&args, cli.quiet),
        Command::Compare(args) => return compare(&args, cli.quiet),
        Command::Report(args) => lab::report::command::report(
            &args.files,
            args.baseline.to_baseline().as_ref(),
            &args.exports.to_exports(),
            args.width,
        )?,
        Command::Timeline(args) => timeline::command::run(args.options())?,
        Command::Lesson(args) => classroom::run(&args.options(), &mut io::stdin().lock())?,
        Command::Models { long } => cli::print_models(long)?,
        Command::Completions { shell } => cli::print_completions(shell)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn load(args: &cli::Load, quiet: bool) -> Result<ExitCode, Error> {
    let (plan, output) = (args.plan()?, args.output(quiet));
    lab::load::command::load(&plan, &output, cancel_on_signals()?).map(exit_code)
}

fn compare(args: &cli::Compare, quiet: bool) -> Result<ExitCode, Error> {
    let (plan, output) = (args.plan()?, args.output(quiet));
    lab::compare::command::compare(&plan, &output, cancel_on_signals()?).map(exit_code)
}

fn exit_code(ending: Ending) -> ExitCode {
    match ending {
        Ending::Complete => ExitCode::SUCCESS,
        Ending::WithErrors => ExitCode::FAILURE,
        Ending::Interrupted => ExitCode::from(INTERRUPTED),
    }
}

/// The first signal ends a measurement, whose results so far are reported. The second one exits at once.
fn cancel_on_signals() -> Result<&'static AtomicBool, Error> {
    static CANCEL: AtomicBool = AtomicBool::new(false);
    on_signals(|| CANCEL.store(true, Ordering::SeqCst))?;
    Ok(&CANCEL)
}

/// The first signal stops the server cleanly. The second one exits at once.
fn stop_on_signals(server: Handle) -> Result<(), Error> {
    on_signals(move || server.stop())
}

fn on_signals(mut first: impl FnMut() + Send + 'static) -> Result<(), Error> {
    let again = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if again.swap(true, Ordering::SeqCst) {
            logging::flush();
            std::process::exit(INTERRUPTED.into());
        }
        first();
    })
    .map_err(|error| Error::failure(format!("cannot catch signals: {error}")))
}
