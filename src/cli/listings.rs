//! What the program says about itself: its models, and its completion scripts.

use super::Cli;
use crate::error::Error;
use crate::models::ModelKind;
use crate::output::print;
use clap::CommandFactory;
use clap_complete::Shell;

/// `gearshift models`; with `long` also where each model shines and where it breaks.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print_models(long: bool) -> Result<(), Error> {
    let mut table = String::new();
    let mut row = |left: &str, right: &str| table.push_str(&format!("{left:<32}{right}\n"));
    row("MODEL (SHORT)", "WHICH THREAD WAITS");
    for kind in ModelKind::ALL {
        let about = kind.about();
        let alias = about.alias.map(|alias| format!(" ({alias})"));
        let name = format!("{}{}", about.name, alias.unwrap_or_default());
        row(&name, about.who_waits);
        if long {
            row("    shines", about.shines);
            row("    breaks", about.breaks);
        }
    }
    print(&table)
}

/// `gearshift completions`.
///
/// # Errors
/// When standard output cannot be written to.
pub fn print_completions(shell: Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gearshift", &mut script);
    print(&String::from_utf8_lossy(&script))
}
