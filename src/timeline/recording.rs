//! A recording into a file, as `--trace FILE` asks for: opened before anything runs, written at the end.

use crate::error::Error;
use crate::text::shell_line;
use crate::trace::{self, About};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A recording that is in progress.
pub(crate) struct Recording {
    path: PathBuf,
    file: File,
}

impl Recording {
    /// Opens the file and begins to record. A path that cannot be written to is reported now and not
    /// at the end.
    pub(crate) fn start(path: &Path, about: About) -> Result<Recording, Error> {
        let file = File::create(path).map_err(Error::cannot("write", path))?;
        trace::start(about);
        Ok(Recording {
            path: path.to_owned(),
            file,
        })
    }

    /// Ends the recording and writes it.
    pub(crate) fn save(self) -> Result<(), Error> {
        let Some(trace) = trace::finish() else {
            return Ok(());
        };
        let mut out = BufWriter::new(self.file);
        trace
            .to_chrome_json(&mut out)
            .and_then(|()| out.flush())
            .map_err(Error::cannot("write", &self.path))?;
        let (path, marks) = (self.path.display(), trace.marks());
        let command = shell_line(["timeline", &self.path.to_string_lossy()]);
        log::info!("{marks} marks in {path}; show them with `{command}` or ui.perfetto.dev");
        if trace.dropped > 0 {
            log::warn!(
                "{path} ends after {:.1} s: the memory for marks was full, and {} later ones were dropped",
                trace.wall_ns as f64 / 1e9,
                trace.dropped
            );
        }
        Ok(())
    }
}
