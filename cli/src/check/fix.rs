//! Puts right what can be put right.
//!
//! Comes in: a text with its findings. Goes out: the text with every change that helped.
//! Never: a change that leaves as many findings as before, or that makes another one.

use std::io;
use std::path::Path;

use engine::Findings;

use super::edit::Edit;
use crate::error::CliError;
use crate::runbook::Checked;

/// More than any document has that a person would want changed at once.
const MOST: usize = 500;

/// Makes one change after the other, each proved by checking again.
pub(super) fn all(
    text: &str,
    findings: &Findings,
    again: impl Fn(&str) -> Result<Checked, CliError>,
) -> Result<String, CliError> {
    let (mut text, mut findings) = (text.to_owned(), findings.clone());
    let mut given_up = Vec::new();
    for _ in 0..MOST {
        let next = findings.iter().find_map(|finding| {
            let key = (finding.rule, finding.path.clone(), finding.message.clone());
            let edit = Edit::of(&text, finding).filter(|_| !given_up.contains(&key))?;
            Some((key, edit))
        });
        let Some((key, edit)) = next else { break };
        let changed = edit.apply(&text);
        let checked = again(&changed)?;
        if checked.findings.len() < findings.len() && checked.findings.errors().count() <= findings.errors().count() {
            (text, findings) = (changed, checked.findings);
        } else {
            given_up.push(key);
        }
    }
    Ok(text)
}

/// Puts a text in the place of a file as a whole, so that no crash leaves half of one. Unless the file is no longer as
/// it was read: somebody may have gone on with it while the changes were looked at.
pub(super) fn replace(path: &Path, before: &str, after: &str) -> io::Result<()> {
    // What a link leads to, not the link.
    let path = path.canonicalize()?;
    if std::fs::read(&path)? != before.as_bytes() {
        return Err(io::Error::other("it was changed meanwhile"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || {
        std::fs::write(&beside, after)?;
        std::fs::set_permissions(&beside, path.metadata()?.permissions())?;
        std::fs::File::open(&beside)?.sync_all()?;
        std::fs::rename(&beside, &path)
    };
    write().inspect_err(|_| {
        let _ = std::fs::remove_file(&beside);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_meanwhile_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        std::fs::write(&path, "new").unwrap();
        assert!(replace(&path, "old", "fixed").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        replace(&path, "new", "fixed").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "fixed");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
