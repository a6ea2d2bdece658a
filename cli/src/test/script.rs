//! The script of a step, run for real because the case says `run: true`.
//!
//! Comes in: a script with its payload. Goes out: what it gave, after seconds that the virtual clock does not see.
//! Never: a credential or an endpoint; a script that calls AWS fails in a case as it would without a role.

use std::path::Path;

use aws_config::{BehaviorVersion, SdkConfig};
use engine::{ScriptAnswer, ScriptFault, ScriptRequest};
use shared::host::Scripts;

use crate::error::CliError;
use crate::models;

/// Runs it; attachments are looked for in `folder`.
pub(super) async fn run(request: ScriptRequest, folder: &Path) -> Result<Result<ScriptAnswer, ScriptFault>, CliError> {
    let settings = models::settings()?;
    let scripts = Scripts::new(settings.scripts).attachments(Some(folder.to_owned()));
    let nowhere = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    Ok(scripts.run(nowhere, request).await)
}
