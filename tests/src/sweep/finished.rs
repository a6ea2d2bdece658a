//! The cases that were played, kept in a file: a sweep that was stopped goes on where it was.
//!
//! Comes in: results, one after the other. Goes out: those of an earlier sweep over the very same binaries.
//! Never: a result of other binaries; what was true of them need not be true of these.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::check::Breach;

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The case.
    pub case: Case,
    /// How it ended.
    pub ending: Ending,
    /// Rules that did not hold.
    pub breaches: Vec<Breach>,
    /// Its story, when a rule did not hold.
    pub story: String,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// How a case ended, for the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ending {
    /// Healed, and seen to be.
    Healed,
    /// As it was, and a ticket says why.
    AsItWas,
    /// Neither, and a ticket says what is left and how to finish.
    Ticket,
    /// The run did not come to the step this time.
    NotReached,
}

/// The file.
#[derive(Debug)]
pub struct Book {
    file: Mutex<File>,
    finished: Mutex<BTreeMap<String, Finished>>,
}

impl Book {
    /// Opens the file, and begins it anew when it is of other binaries than these.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn open(path: &Path, binaries: &[PathBuf]) -> io::Result<Self> {
        let stamp = stamp(binaries)?;
        let known = fs::read_to_string(path).ok().and_then(|text| text.strip_prefix(&stamp).map(str::to_owned));
        if known.is_none() {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            fs::write(path, &stamp)?;
        }
        let lines = known.unwrap_or_default();
        let finished = lines.lines().filter_map(|line| serde_json::from_str::<Finished>(line).ok());
        let finished = finished.map(|finished| (finished.case.id(), finished)).collect();
        Ok(Self { file: Mutex::new(File::options().append(true).open(path)?), finished: Mutex::new(finished) })
    }

    /// A case that was played before and broke no rule. One that did is played again: what was wrong may be mended.
    #[must_use]
    pub fn of(&self, case: &Case) -> Option<Finished> {
        let known = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&case.id()).filter(|finished| finished.breaches.is_empty()).cloned()
    }

    /// Keeps a result.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&self, finished: &Finished) -> io::Result<()> {
        let line = serde_json::to_string(finished).map_err(io::Error::other)?;
        writeln!(self.file.lock().unwrap_or_else(PoisonError::into_inner), "{line}")?;
        let mut known = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(finished.case.id(), finished.clone());
        Ok(())
    }
}

/// Puts files beside the book, so that a build in the middle of a sweep does not change what is swept.
///
/// # Errors
/// A file is not there, or cannot be written.
pub fn keep(files: &[PathBuf], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for file in files {
        let kept = folder.join(file.file_name().unwrap_or_default());
        if kept.exists() {
            fs::remove_file(&kept)?;
        }
        // A build writes a new file and does not touch the old one; elsewhere than on one disk a copy does.
        if fs::hard_link(file, &kept).is_err() {
            fs::copy(file, &kept)?;
        }
    }
    Ok(())
}

/// One line that differs when a binary does.
fn stamp(binaries: &[PathBuf]) -> io::Result<String> {
    let mut parts = Vec::new();
    for binary in binaries {
        let file = fs::metadata(binary)?;
        let changed = file.modified()?.duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
        parts.push(format!("{} {}", file.len(), changed.as_nanos()));
    }
    Ok(format!("{}\n", parts.join(" / ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(runbook: &str, breaches: &[&str]) -> Finished {
        let breach = |rule: &&str| Breach { rule: (*rule).to_owned(), seen: String::new() };
        Finished {
            case: Case::undisturbed(runbook),
            ending: Ending::Healed,
            breaches: breaches.iter().map(breach).collect(),
            story: String::new(),
            seconds: 1.5,
        }
    }

    #[test]
    fn a_sweep_goes_on_where_it_was_plays_again_what_broke_a_rule_and_forgets_all_when_a_binary_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, binary) = (folder.path().join("sweep/finished.jsonl"), folder.path().join("function"));
        fs::write(&binary, "one").unwrap();
        let open = || Book::open(&path, std::slice::from_ref(&binary)).unwrap();
        let (sound, broken) = (finished("sound", &[]), finished("broken", &["Nothing leaks"]));
        let book = open();
        [&sound, &broken].into_iter().for_each(|case| book.add(case).unwrap());
        // Cut off in the middle of a line, as by a kill.
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{\"case\":").unwrap();
        let book = open();
        assert_eq!(book.of(&sound.case), Some(sound.clone()));
        assert_eq!((book.of(&broken.case), book.of(&Case::undisturbed("other"))), (None, None));
        fs::write(&binary, "another").unwrap();
        assert_eq!(open().of(&sound.case), None);
    }

    #[test]
    fn what_is_swept_stays_as_it_was_when_it_is_built_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (binary, kept) = (folder.path().join("function"), folder.path().join("swept"));
        fs::write(&binary, "one").unwrap();
        keep(std::slice::from_ref(&binary), &kept).unwrap();
        fs::remove_file(&binary).unwrap();
        fs::write(&binary, "another").unwrap();
        assert_eq!(fs::read_to_string(kept.join("function")).unwrap(), "one");
        keep(&[binary], &kept).unwrap();
        assert_eq!(fs::read_to_string(kept.join("function")).unwrap(), "another");
    }
}
