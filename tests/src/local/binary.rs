//! Binaries of this workspace, run as a person would run them.
//!
//! Comes in: a binary's name. Goes out: its path, or a loud word that there is none on this machine.
//! Never: a build; `make test` builds before it tests.

use std::path::PathBuf;

use world::stack::{Tools, workspace};

use super::ci;

/// The folder this test was built in, when the functions are there too; else the checkout's own.
pub(super) fn folder() -> PathBuf {
    let own = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.to_owned()));
    let own = own.filter(|folder| folder.join("resize-on-cpu-alarm").exists());
    own.unwrap_or_else(|| workspace().join("target/debug"))
}

/// A binary that needs the local world's counterparts, and the folder it lies in.
///
/// # Errors
/// In CI, when it or a counterpart is missing; elsewhere that is `None`.
pub fn with_counterparts(name: &str) -> Result<Option<(PathBuf, PathBuf)>, Box<dyn std::error::Error>> {
    let folder = folder();
    let binary = folder.join(name);
    let missing = match Tools::find() {
        Ok(_) if binary.exists() => return Ok(Some((binary, folder))),
        Ok(_) => format!("{} is not built", binary.display()),
        Err(error) => error.to_string(),
    };
    if ci() {
        return Err(missing.into());
    }
    eprintln!("SKIPPED: {missing}");
    Ok(None)
}
