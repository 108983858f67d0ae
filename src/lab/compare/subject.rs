//! The servers to measure: one of our models, or any other server.

use super::server::Server;
use crate::error::Error;
use crate::lab::result::SubjectRun;
use crate::text::shell_line;

/// A server to measure.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    /// In tables.
    pub(super) name: String,
    launch: Launch,
}

#[derive(Debug, Clone)]
enum Launch {
    /// `gearshift` with these arguments.
    Own(Vec<String>),
    /// This command line, and where the server then listens.
    Peer { line: String, url: String },
}

impl Subject {
    /// One of ours, started with these arguments.
    pub(super) fn own(name: &str, arguments: Vec<String>) -> Subject {
        Subject {
            name: name.to_owned(),
            launch: Launch::Own(arguments),
        }
    }

    /// Any server, as `NAME=COMMAND@URL`.
    ///
    /// # Errors
    /// Usage, with the part that is missing.
    pub(super) fn peer(text: &str) -> Result<Subject, Error> {
        let wrong = || {
            Error::usage(format!(
                "--peer '{text}': write it as NAME=COMMAND@URL, as in 'python=python3 echo.py@ws://127.0.0.1:9100/'"
            ))
        };
        let (name, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (line, url) = rest.rsplit_once('@').ok_or_else(wrong)?;
        let has_scheme = url.starts_with("ws://") || url.starts_with("tcp://");
        if name.is_empty() || line.trim().is_empty() || !has_scheme {
            return Err(wrong());
        }
        Ok(Subject {
            name: name.to_owned(),
            launch: Launch::Peer {
                line: line.to_owned(),
                url: url.to_owned(),
            },
        })
    }

    /// Starts the server and waits until it listens. The error is one sentence.
    pub(super) fn start(&self) -> Result<Server, String> {
        match &self.launch {
            Launch::Own(arguments) => Server::start_own(arguments),
            Launch::Peer { line, url } => Server::start_peer(line, url),
        }
    }

    /// Without samples.
    pub(super) fn empty_run(&self) -> SubjectRun {
        let (command, url) = match &self.launch {
            Launch::Own(arguments) => {
                let arguments = arguments.iter().map(String::as_str);
                (shell_line(arguments), String::new())
            }
            Launch::Peer { line, url } => (line.clone(), url.clone()),
        };
        SubjectRun {
            name: self.name.clone(),
            command: Some(command),
            url,
            samples: Vec::new(),
            failure: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_a_name_a_command_and_a_url() {
        let peer = Subject::peer("node=node a=b.js x@y@ws://127.0.0.1:9100/").expect("a peer");
        assert_eq!(peer.name, "node");
        assert_eq!(peer.empty_run().command.as_deref(), Some("node a=b.js x@y"));
        assert_eq!(peer.empty_run().url, "ws://127.0.0.1:9100/");
        for wrong in [
            "node",
            "=a@ws://x:1",
            "a=b",
            "a=@ws://x:1",
            "a=b@http://x:1",
        ] {
            assert!(Subject::peer(wrong).is_err(), "{wrong}");
        }
    }
}
