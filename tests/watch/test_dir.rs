//! A directory for each test, a watch on it, and the log lines about it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once};
use std::time::{Duration, SystemTime};

use gearshift::watch::{Change, Next, Rules, Watch};
use tempfile::TempDir;

/// Far more than any test takes, so that a loaded machine does not fail one.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A directory for one test.
pub(crate) struct TestDir {
    pub(crate) root: TempDir,
}

impl TestDir {
    pub(crate) fn new() -> TestDir {
        TestDir {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes the file and sets its time to `second` seconds after a fixed time.
    pub(crate) fn write(&self, name: &str, text: &str, second: u64) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        date(&path, second);
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    pub(crate) fn watch(&self, targets: &[&str]) -> Watch {
        self.watch_without(targets, &[])
    }

    pub(crate) fn watch_without(&self, targets: &[&str], ignore: &[&str]) -> Watch {
        let targets = targets
            .iter()
            .map(|name| self.path(name).to_str().unwrap().to_owned())
            .collect();
        let ignore = ignore.iter().map(|text| text.to_string()).collect();
        Watch::new(&Rules { targets, ignore }).unwrap()
    }

    /// The changes as lines such as `modified a.txt`, with paths relative to the directory.
    pub(crate) fn lines(&self, changes: &[Change]) -> Vec<String> {
        let line = |change: &Change| {
            let name = change.path.strip_prefix(self.root.path()).unwrap();
            let kind = format!("{:?}", change.kind).to_lowercase();
            format!("{kind} {}", name.display())
        };
        changes.iter().map(line).collect()
    }

    pub(crate) fn scan(&self, watch: &mut Watch) -> Vec<String> {
        self.lines(&scan(watch).0)
    }

    pub(crate) fn recheck(&self, watch: &mut Watch) -> Vec<String> {
        self.lines(&recheck(watch))
    }

    /// A scan and its recheck: everything that one poll of the thread reports.
    pub(crate) fn poll(&self, watch: &mut Watch) -> Vec<String> {
        let mut lines = self.scan(watch);
        lines.extend(self.recheck(watch));
        lines
    }
}

pub(crate) fn scan(watch: &mut Watch) -> (Vec<Change>, Next) {
    let mut changes = Vec::new();
    let next = watch.scan(&mut |change| changes.push(change));
    (changes, next)
}

pub(crate) fn recheck(watch: &mut Watch) -> Vec<Change> {
    let mut changes = Vec::new();
    watch.recheck(&mut |change| changes.push(change));
    changes
}

pub(crate) fn fixed_time(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)
}

pub(crate) fn date(path: &Path, second: u64) {
    File::open(path)
        .unwrap()
        .set_modified(fixed_time(second))
        .unwrap();
}

pub(crate) const NOTHING: [&str; 0] = [];

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps every line of this process. A test finds its own lines by the path of its directory.
pub(crate) struct Log;

impl Log {
    pub(crate) fn start() -> Log {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            log::set_logger(&Log).unwrap();
            log::set_max_level(log::LevelFilter::Info);
        });
        Log
    }

    pub(crate) fn about(&self, dir: &TestDir) -> Vec<String> {
        let dir = dir.root.path().to_str().unwrap();
        LINES
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.contains(dir))
            .cloned()
            .collect()
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LINES
            .lock()
            .unwrap()
            .push(format!("{} {}", record.level(), record.args()));
    }

    fn flush(&self) {}
}
