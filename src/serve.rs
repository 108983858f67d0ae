//! `gearshift serve`: one server from start to stop, with its recording and its regular shifts.

use crate::error::Error;
use crate::models::ModelKind;
use crate::output::print;
use crate::server::{Handle, Server};
use crate::settings::Settings;
use crate::text;
use crate::timeline::recording::Recording;
use crate::trace::{self, About, Lane};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Serves until the server is stopped. `on_bind` gets the handle to stop it with, before any client is
/// served. `trace`: the file to record to.
///
/// # Blocks
/// Until the server is stopped, and for its clients to close.
///
/// # Errors
/// An endpoint that cannot be opened, a file that cannot be written, and the errors of `on_bind`.
pub fn run(
    settings: Settings,
    trace: Option<&Path>,
    on_bind: impl FnOnce(Handle) -> Result<(), Error>,
) -> Result<(), Error> {
    let (first, shift_every) = (settings.model, settings.shift_every);
    let server = Server::bind(settings)?;
    on_bind(server.handle())?;
    if let Some(every) = shift_every {
        shift_regularly(server.handle(), first, every)?;
    }
    let about = || about(first, shift_every.is_some());
    let recording = trace.map(|path| Recording::start(path, about()));
    let recording = recording.transpose()?;
    let main_lane = trace::enter(trace::open(trace::Kind::Thread, "main", Lane::NONE));
    let endpoints = server.endpoints().into_iter();
    let lines = endpoints.map(|(name, url)| format!("listening {name} {url}\n"));
    print(&lines.collect::<String>())?;
    let result = server.run();
    log::info!("Server stopped");
    drop(main_lane);
    // Also after a failure: then one wants to see what came before it.
    let saved = recording.map_or(Ok(()), Recording::save);
    result.and(saved)
}

fn about(first: ModelKind, shifts: bool) -> About {
    let model = first.about().name;
    About {
        title: if shifts {
            "serving under one model after another".to_owned()
        } else {
            format!("serving under {model}")
        },
        model: (!shifts).then(|| model.to_owned()),
        command: text::command_line(),
    }
}

/// Goes through all models in their order, beginning after `first`, until the process ends.
fn shift_regularly(server: Handle, first: ModelKind, every: Duration) -> Result<(), Error> {
    let following = ModelKind::ALL.into_iter().cycle();
    let following = following.skip_while(move |kind| *kind != first).skip(1);
    let shift = move || {
        for kind in following {
            thread::sleep(every);
            server.shift(kind);
        }
    };
    let started = thread::Builder::new().name("shift".to_owned()).spawn(shift);
    started
        .map(drop)
        .map_err(|error| Error::failure(format!("cannot start a thread: {error}")))
}
