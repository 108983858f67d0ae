//! The log on standard error, and panics in it.

use std::thread;

/// Starts the log. `info` is shown by default if `informs`, else only warnings; `verbose` and `quiet`
/// change that, and the variable `RUST_LOG` overrides them all.
///
/// A panic in a service ends one connection, so it is one line in the log and not a backtrace.
pub fn start(verbose: u8, quiet: bool, informs: bool) {
    let filter = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) if informs => "gearshift=info",
        (false, 0) => "gearshift=warn",
        (false, 1) => "gearshift=debug",
        (false, _) => "trace",
    };
    let env = env_logger::Env::default().default_filter_or(filter);
    env_logger::Builder::from_env(env)
        .format_target(false)
        .init();
    std::panic::set_hook(Box::new(|panic| {
        let thread = thread::current();
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic
            .location()
            .map_or(String::new(), |at| format!(" at {at}"));
        log::error!(
            "panic in thread {}{place}: {message}",
            thread.name().unwrap_or("?")
        );
    }));
}
