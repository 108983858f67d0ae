//! `gearshift timeline`: reads the file, shows the wanted part of it.

use super::{LaneFilter, Timeline, Window, gantt, html, read};
use crate::error::Error;
use crate::output;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

/// Columns where there is no terminal.
const DEFAULT_COLUMNS: u16 = 100;

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; `-` is standard input.
    pub(crate) file: PathBuf,
    /// Begin here; the start of the recording by default.
    pub(crate) from: Option<Duration>,
    /// End here; the end of the recording by default.
    pub(crate) to: Option<Duration>,
    /// Columns to use; those of the terminal by default.
    pub(crate) columns: Option<u16>,
    /// Whether to use colours; by default if standard output shows them.
    pub(crate) colours: Option<bool>,
    /// Which lanes to show.
    pub(crate) filter: LaneFilter,
    /// Also list arrows and notes.
    pub(crate) arrows: bool,
    /// Write a page to this file instead; `-` is standard output.
    pub(crate) html: Option<PathBuf>,
}

/// Shows a timeline in the terminal, or writes it as a page.
///
/// # Errors
/// A file that cannot be read or written or is not a timeline; a window of time that is empty.
pub fn run(options: Options) -> Result<(), Error> {
    let timeline = open(&options.file)?;
    let window = window(&options, &timeline)?;
    if let Some(path) = &options.html {
        let page = html::page(&timeline, window);
        if path.as_os_str() == "-" {
            return output::print(&page);
        }
        return fs::write(path, page).map_err(Error::cannot("write", path));
    }
    let columns = options
        .columns
        .or_else(|| Some(output::columns()?.max(40)))
        .unwrap_or(DEFAULT_COLUMNS);
    let view = gantt::View {
        columns: columns.into(),
        colour: options.colours.unwrap_or_else(output::colours),
        window,
        filter: options.filter,
        arrows: options.arrows,
    };
    output::print(&gantt::draw(&timeline, &view))
}

fn open(file: &Path) -> Result<Timeline, Error> {
    let text = if file.as_os_str() == "-" {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(file)
    };
    let name = file.display();
    let text = text.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::failure(format!("{name} is not valid UTF-8")),
        _ => Error::cannot("read", file)(error),
    })?;
    read::read(&text).map_err(|problem| Error::failure(format!("{name} {problem}")))
}

/// The part to show. It lies within the timeline, and is empty only if the timeline is.
fn window(options: &Options, timeline: &Timeline) -> Result<Window, Error> {
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let from = options.from.map_or(0, nanoseconds);
    let until = options.to.map_or(timeline.wall, nanoseconds);
    if options.to.is_some() && from >= until {
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
