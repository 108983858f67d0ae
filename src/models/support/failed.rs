//! What a model that the system refused leaves behind.

use crate::connection::Connection;
use std::io;

/// A model could not start or continue.
pub struct Failed {
    /// What the system refused.
    pub error: io::Error,
    /// The clients that are still connected.
    pub live: Vec<Connection>,
}

impl Failed {
    /// Sorts the clients of a model by how it ended.
    pub(crate) fn unless(
        result: io::Result<()>,
        live: Vec<Connection>,
    ) -> Result<Vec<Connection>, Failed> {
        match result {
            Ok(()) => Ok(live),
            Err(error) => Err(Failed { error, live }),
        }
    }
}
