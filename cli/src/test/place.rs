//! Where the cases of a runbook are, and the runbook of cases.
//!
//! Comes in: a path of either. Goes out: the other. Never: a file opened.

use std::path::{Path, PathBuf};

/// What the name of a cases file ends with.
const ENDING: &str = ".cases.yaml";

/// What the names of runbooks end with.
const RUNBOOKS: [&str; 3] = ["yaml", "yml", "json"];

/// The cases file: the path itself, or the one beside a runbook.
pub(super) fn cases_of(path: &Path) -> PathBuf {
    if stem(path).is_some() { path.to_owned() } else { path.with_extension("cases.yaml") }
}

/// The runbook of a cases file: as the file says, else the one of its name beside it.
pub(super) fn runbook_of(cases: &Path, said: Option<&Path>) -> PathBuf {
    let folder = cases.parent().unwrap_or(Path::new(""));
    if let Some(said) = said {
        return folder.join(said);
    }
    let beside = |ending: &str| folder.join(format!("{}.{ending}", stem(cases).unwrap_or_default()));
    RUNBOOKS.into_iter().map(beside).find(|path| path.exists()).unwrap_or_else(|| beside("yaml"))
}

fn stem(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(ENDING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_stand_beside_their_runbook() {
        assert_eq!(cases_of(Path::new("r/a.yaml")), Path::new("r/a.cases.yaml"));
        assert_eq!(cases_of(Path::new("r/a.json")), Path::new("r/a.cases.yaml"));
        assert_eq!(cases_of(Path::new("r/a.cases.yaml")), Path::new("r/a.cases.yaml"));
        assert_eq!(runbook_of(Path::new("r/a.cases.yaml"), None), Path::new("r/a.yaml"));
        assert_eq!(runbook_of(Path::new("r/a.cases.yaml"), Some(Path::new("../b.json"))), Path::new("r/../b.json"));
    }

    #[test]
    fn a_json_runbook_is_found_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.json"), "").unwrap();
        assert_eq!(runbook_of(&folder.path().join("a.cases.yaml"), None), folder.path().join("a.json"));
    }
}
