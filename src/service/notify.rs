//! `notify`: sends every client the changes of watched files, and ignores what clients send.

use super::{Hub, Message, Notice, Peer, Prepared, Reply, Request, Service, Session};
use crate::watch::{Change, Kind};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The format of a change. The server has a default; a client can ask for another with `?format=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The line `File has been modified` when a file appears or changes; nothing when it is removed.
    #[default]
    Text,
    /// One JSON object per change: `created`, `modified` or `removed`.
    Json,
}

/// Pushes the changes that the watcher publishes on the hub.
#[derive(Debug)]
pub struct Notify {
    hub: Arc<Hub>,
    format: Format,
}

impl Notify {
    /// `format` is for clients that do not ask for one.
    pub fn new(hub: Arc<Hub>, format: Format) -> Notify {
        Notify { hub, format }
    }

    /// Publishes one change to every client of `hub`. Runs on the watcher's thread.
    pub fn publish(hub: &Hub, change: &Change) {
        let prepared = |text| Prepared::new(Message::Text(text));
        hub.publish(|seq| {
            let plain = (change.kind != Kind::Removed)
                .then(|| prepared("File has been modified".to_owned()));
            let json = prepared(as_json(seq, change));
            Notice {
                from: None,
                forms: vec![plain, Some(json)], // in the order of `Format`
            }
        });
    }
}

/// `{"seq","kind","path","mtime","size"}`: mtime in seconds since 1970 and size in bytes, both null for
/// a removed file. In a path that is not UTF-8, the bytes that do not fit are replaced by U+FFFD.
fn as_json(seq: u64, change: &Change) -> String {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        seq: u64,
        kind: Kind,
        path: &'a str,
        mtime: Option<f64>,
        size: Option<u64>,
    }
    let seconds = |time: SystemTime| match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    };
    let line = Line {
        seq,
        kind: change.kind,
        path: &change.path.to_string_lossy(),
        mtime: change.mtime.map(seconds),
        size: change.size,
    };
    serde_json::to_string(&line).expect("numbers and strings always have a JSON form")
}

impl Service for Notify {
    fn open(&self, peer: &Peer, _now: Instant) -> Result<Box<dyn Session>, String> {
        let format = match peer.query("format") {
            None => self.format,
            Some("text") => Format::Text,
            Some("json") => Format::Json,
            Some(_) => return Err("format must be text or json, as in /?format=json".to_owned()),
        };
        Ok(Box::new(Subscriber { format }))
    }

    fn hub(&self) -> Option<&Arc<Hub>> {
        Some(&self.hub)
    }
}

struct Subscriber {
    format: Format,
}

impl Session for Subscriber {
    fn handle(&mut self, _request: Request<'_>, _reply: &mut dyn Reply) {}

    fn notice(&mut self, notice: &Notice, reply: &mut dyn Reply) {
        if let Some(message) = notice.form(self.format as usize) {
            reply.prepared(message);
        }
    }
}
