//! The folder of one run: logs, and the package the runtime API stands in.
//!
//! Comes in: nothing. Goes out: a fresh folder in the system's temporary folder, removed when dropped.
//! Never: a folder of a run that still goes on is touched.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::error::StackError;

const PREFIX: &str = "kintsugi-world-";
/// Folders of runs that were killed outright stay behind; after this time nobody reads their logs any more.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// A run's folder.
#[derive(Debug)]
pub(crate) struct RunFolder(TempDir);

impl RunFolder {
    pub(crate) fn new() -> Result<Self, StackError> {
        sweep();
        let fault = |source| StackError::File { path: std::env::temp_dir(), source };
        tempfile::Builder::new().prefix(PREFIX).tempdir().map(Self).map_err(fault)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves the folder behind for a person to read.
    pub(crate) fn keep(&mut self) {
        self.0.disable_cleanup(true);
    }
}

/// Removes what killed runs left behind long ago. A folder that cannot be removed is another user's: left alone.
fn sweep() {
    let entries = std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| is_run(path) && is_old(path)) {
        let _left_alone = std::fs::remove_dir_all(path);
    }
}

fn is_run(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX))
}

fn is_old(path: &Path) -> bool {
    let modified = path.metadata().and_then(|metadata| metadata.modified()).ok();
    modified.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > KEPT)
}
