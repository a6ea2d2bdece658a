//! Where the runbooks are that a runbook runs (aws:executeAutomation).
//!
//! Comes in: folders, as arguments. Goes out: whole paths, so that a run can go on from any folder.
//! Never: a search below a folder; a runbook is in one of them, or it is SSM's.

use std::io;
use std::path::{Path, PathBuf};

/// The argument `--documents`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Folders {
    /// A folder with the runbooks that this one runs, looked into before SSM; may be repeated
    /// [default: the runbook's own folder]
    #[arg(long = "documents", value_name = "DIR")]
    folders: Vec<PathBuf>,
}

impl Folders {
    /// Whole paths, in their order.
    pub(crate) fn of(&self, runbook: &Path) -> io::Result<Vec<PathBuf>> {
        if self.folders.is_empty() {
            let folder = runbook.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
            return Ok(vec![std::path::absolute(folder)?]);
        }
        self.folders.iter().map(std::path::absolute).collect()
    }
}
