//! The folder of one run: logs, and the package the runtime API stands in.
//!
//! Comes in: nothing. Goes out: a fresh folder in the system's temporary folder, removed when dropped; what a run could
//! not remove itself (a test binary that has ended, a run that was killed), the next run does.
//! Never: a folder of a run that still goes on is touched.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::error::StackError;

/// Behind it the process that owns the folder, then a part that makes it unique.
const PREFIX: &str = "kintsugi-world-";

/// A run's folder.
#[derive(Debug)]
pub(crate) struct RunFolder(TempDir);

impl RunFolder {
    pub(crate) fn new() -> Result<Self, StackError> {
        sweep(&std::env::temp_dir());
        let fault = |source| StackError::File { path: std::env::temp_dir(), source };
        let prefix = format!("{PREFIX}{}-", std::process::id());
        tempfile::Builder::new().prefix(&prefix).tempdir().map(Self).map_err(fault)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves the folder behind for a person to read, until the next run.
    pub(crate) fn keep(&mut self) {
        self.0.disable_cleanup(true);
    }
}

/// Removes what ended runs left behind. A folder that cannot be removed is another user's: left alone.
fn sweep(temporary: &Path) {
    let entries = std::fs::read_dir(temporary).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if owner(&path).is_some_and(|owner| !runs(owner)) {
            let _left_alone = std::fs::remove_dir_all(path);
        }
    }
}

fn owner(folder: &Path) -> Option<u32> {
    let name = folder.file_name()?.to_str()?;
    name.strip_prefix(PREFIX)?.split_once('-')?.0.parse().ok()
}

/// Whether there is such a process. What cannot be told is taken for running.
fn runs(process: u32) -> bool {
    let ps = Command::new("ps").args(["-p", &process.to_string()]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ps.map_or(true, |status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ended_runs_left_behind_is_swept() {
        let temporary = tempfile::tempdir().unwrap();
        let mut ended = Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let folders = [
            (format!("{PREFIX}{}-abc", ended.id()), false),
            (format!("{PREFIX}{}-abc", std::process::id()), true),
            (format!("{PREFIX}somebody"), true),
            ("other".to_owned(), true),
        ];
        for (name, _) in &folders {
            std::fs::create_dir(temporary.path().join(name)).unwrap();
        }
        sweep(temporary.path());
        for (name, kept) in &folders {
            assert_eq!(temporary.path().join(name).exists(), *kept, "{name}");
        }
    }
}
