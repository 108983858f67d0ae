//! stub
pub mod hub;
use std::{path::PathBuf, time::SystemTime};
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Created,
    Modified,
    Removed,
}
pub struct Change {
    pub kind: Kind,
    pub path: PathBuf,
    pub mtime: Option<SystemTime>,
    pub size: Option<u64>,
}
#[derive(Debug, Clone)]
pub struct Rules {
    pub targets: Vec<String>,
    pub ignore: Vec<String>,
}
pub struct Watch;
impl Watch {
    pub fn new(_: &Rules) -> Result<Watch, crate::error::Error> {
        Ok(Watch)
    }
}
pub struct Watcher;
impl Watcher {
    pub fn spawn(
        _: Watch,
        _: std::time::Duration,
        _: impl FnMut(Change) + Send + 'static,
    ) -> Result<Watcher, crate::error::Error> {
        Ok(Watcher)
    }
}
