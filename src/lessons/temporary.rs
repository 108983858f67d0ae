//! A file that is gone when nobody needs it any more.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, process};

/// In the directory that the system has for such things. Removed when it is dropped.
pub(super) struct TemporaryFile(PathBuf);

impl TemporaryFile {
    /// One with these bytes in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn with(content: &[u8]) -> io::Result<TemporaryFile> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("gearshift-lesson-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        // Never one that is there: everybody may write into that directory, links included.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        let temporary = TemporaryFile(path);
        file.write_all(content)?;
        Ok(temporary)
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.clone()
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0); // it may be gone, and nobody is there to be told
    }
}
