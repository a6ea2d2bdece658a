//! How the scripts of a runbook are run from here.
//!
//! Comes in: `--attachments`, `--script-credentials`. Goes out: the way for the host; a refusal of a runbook whose
//! attachments are not at hand. Never: a credential for a script that nobody asked for.

use std::path::{Path, PathBuf};

use engine::Document;
use shared::aws::Services;
use shared::host::Scripts;

use crate::error::CliError;

/// What an operator may say about scripts.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ScriptArgs {
    /// The folder of the files that the runbook attaches [default: the runbook's own]
    #[arg(long, value_name = "DIR")]
    attachments: Option<PathBuf>,
    /// Give your AWS credentials to the runbook's scripts, which have none otherwise
    #[arg(long)]
    script_credentials: bool,
}

impl ScriptArgs {
    /// For a runbook that was named so.
    pub(crate) fn of(&self, runbook: &Path, services: &Services) -> Scripts {
        let beside = || runbook.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = self.attachments.clone().unwrap_or_else(|| beside().to_owned());
        let scripts = Scripts::new(services.settings.scripts.clone());
        scripts.attachments(Some(folder)).credentials(self.script_credentials)
    }
}

/// Refuses a runbook whose scripts would be missing or be others half-way.
pub(crate) fn check(scripts: &Scripts, document: &Document) -> Result<(), CliError> {
    match scripts.unusable(document) {
        unusable if unusable.is_empty() => Ok(()),
        unusable => Err(CliError::Attachments(unusable)),
    }
}

/// Whether a script could run, which may do anything.
pub(crate) fn any(document: &Document) -> bool {
    document.all_steps().iter().any(|step| step.action == "aws:executeScript")
}
