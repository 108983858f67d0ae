//! When and where a run began, and the command that repeats it.

use super::machine;
use super::result::{Machine, Run, SCHEMA, ScenarioRun};
use crate::clock;
use crate::text::command_line;
use std::time::{Instant, UNIX_EPOCH};

/// Taken before anything is measured, because measuring changes the load average.
pub(super) struct RunStart {
    pub(super) machine: Machine,
    unix_seconds: u64,
    began: Instant,
}

impl RunStart {
    pub(super) fn now() -> RunStart {
        let since_1970 = clock::system_time().duration_since(UNIX_EPOCH);
        RunStart {
            machine: machine::this(),
            unix_seconds: since_1970.unwrap_or_default().as_secs(),
            began: clock::now(),
        }
    }

    /// The run, which is over now.
    pub(super) fn finish(
        self,
        scenarios: Vec<ScenarioRun>,
        warnings: Vec<String>,
        interrupted: bool,
    ) -> Run {
        Run {
            schema: SCHEMA.to_owned(),
            began_unix_seconds: self.unix_seconds,
            took_seconds: (clock::now() - self.began).as_secs_f64(),
            command: command_line(),
            machine: self.machine,
            scenarios,
            warnings,
            interrupted,
        }
    }
}
