//! What a local run has done, one JSON line per effect, so that it survives Ctrl-C and kill -9.
//!
//! Comes in: an operation's name and its answer. Goes out: the answer, on replay.
//! Never: two processes at once, or a rewrite. Lines are only added; a torn last line (the process died while writing) is dropped, because
//! its effect is then performed again under the same idempotency key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

#[derive(Serialize, Deserialize)]
struct Line {
    op: String,
    answer: Value,
    /// Not an answer: what is written before an effect that must not happen twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    begun: bool,
}

/// The journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("cannot use the journal {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process runs with it.
    #[error("the journal {path} is in use by another process")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A line that is not the last is not one of ours.
    #[error("line {line} of the journal {path} is not an entry")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// The answers of one execution, in memory and, if it has a file, on disk.
#[derive(Debug, Default)]
pub struct Journal {
    answers: Mutex<Answers>,
    file: Option<(PathBuf, Mutex<File>)>,
}

#[derive(Debug, Default)]
struct Answers {
    by_operation: BTreeMap<String, Value>,
    /// Recorded by an earlier process, and not asked for since.
    ahead: BTreeSet<String>,
    /// Begun by an earlier process.
    begun: BTreeSet<String>,
}

impl Journal {
    /// A journal that lives as long as the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Opens or creates the journal at `path`, readable by its owner only, and reads what was done.
    ///
    /// # Errors
    /// The file cannot be used, another process uses it, or it holds something that is not a journal.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        let mut file = options().open(path).map_err(io)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::InUse { path: path.to_owned() },
            TryLockError::Error(error) => io(error),
        })?;
        for_its_owner(&file).map_err(io)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        // Cut before it is read as text: the torn line may end within a character.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(&[][..], |end| &bytes[..=end]);
        let text = str::from_utf8(whole).map_err(|error| io(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let (by_operation, begun) = read(path, text)?;
        file.set_len(whole.len() as u64).map_err(io)?;
        let ahead = by_operation.keys().cloned().collect();
        let answers = Mutex::new(Answers { by_operation, ahead, begun });
        Ok(Self { answers, file: Some((path.to_owned(), Mutex::new(file))) })
    }

    /// The recorded answer of `op`.
    #[must_use]
    pub fn answer(&self, op: &str) -> Option<Value> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.ahead.remove(op);
        answers.by_operation.get(op).cloned()
    }

    /// The recorded answer of `op`, which was come to by operations of its own (`op/...`): with it they are asked for, too.
    #[must_use]
    pub fn answer_of_all(&self, op: &str) -> Option<Value> {
        let answer = self.answer(op)?;
        let within = format!("{op}/");
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.ahead.retain(|ahead| !ahead.starts_with(&within));
        Some(answer)
    }

    /// Whether an earlier process did something that was not yet asked for again.
    #[must_use]
    pub fn replaying(&self) -> bool {
        !self.answers.lock().unwrap_or_else(PoisonError::into_inner).ahead.is_empty()
    }

    /// Records the answer of `op`, on disk before anything else can happen.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn record(&self, op: &str, answer: &Value) -> Result<(), JournalError> {
        self.write(Line { op: op.to_owned(), answer: answer.clone(), begun: false })?;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.by_operation.insert(op.to_owned(), answer.clone());
        Ok(())
    }

    /// Records that `op` is about to happen, which must not happen twice. On disk before it does.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(&self, op: &str) -> Result<(), JournalError> {
        self.write(Line { op: op.to_owned(), answer: Value::Null, begun: true })
    }

    /// Whether an earlier process began `op` and died before it had an answer.
    #[must_use]
    pub fn interrupted(&self, op: &str) -> bool {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.begun.contains(op) && !answers.by_operation.contains_key(op)
    }

    fn write(&self, line: Line) -> Result<(), JournalError> {
        if let Some((path, file)) = &self.file {
            let io = |source| JournalError::Io { path: path.clone(), source };
            // One write with its end of line: what is whole is not taken for torn.
            let text = serde_json::to_string(&line).map_err(|error| io(error.into()))? + "\n";
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(io)?;
        }
        Ok(())
    }
}

/// Answers of AWS may hold what not every user of a machine should read.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A journal that was there before may have been made by something else.
fn for_its_owner(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// The answers, and what was begun.
fn read(path: &Path, text: &str) -> Result<(BTreeMap<String, Value>, BTreeSet<String>), JournalError> {
    let (mut answers, mut begun) = (BTreeMap::new(), BTreeSet::new());
    for (index, line) in text.lines().enumerate() {
        let corrupt = |source| JournalError::Corrupt { path: path.to_owned(), line: index + 1, source };
        let line: Line = serde_json::from_str(line).map_err(corrupt)?;
        if line.begun {
            begun.insert(line.op);
        } else {
            answers.insert(line.op, line.answer);
        }
    }
    Ok((answers, begun))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_journal_remembers_across_processes_and_forgives_a_torn_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        Journal::open(&path).unwrap().record("a", &json!({"x": 1})).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"op\":\"b\",\"ans").unwrap();
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.answer("a"), Some(json!({"x": 1})));
        assert_eq!(journal.answer("b"), None);
        journal.record("b", &json!(2)).unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path).unwrap().answer("b"), Some(json!(2)));
    }

    #[test]
    fn it_replays_until_everything_recorded_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let journal = Journal::open(&path).unwrap();
        journal.record("a", &json!(1)).unwrap();
        assert!(!journal.replaying(), "what this process did is not ahead of it");
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert!(journal.replaying());
        assert_eq!(journal.answer("a"), Some(json!(1)));
        assert!(!journal.replaying());
    }

    #[test]
    fn what_was_begun_and_has_no_answer_was_interrupted_for_every_later_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let journal = Journal::open(&path).unwrap();
        journal.begin("a").unwrap();
        journal.record("a", &json!(1)).unwrap();
        journal.begin("b").unwrap();
        assert!(!journal.interrupted("b"), "this process is at it");
        drop(journal);
        for _ in 0..2 {
            let journal = Journal::open(&path).unwrap();
            assert_eq!((journal.interrupted("a"), journal.interrupted("b")), (false, true));
            assert_eq!((journal.answer("a"), journal.answer("b")), (Some(json!(1)), None));
        }
    }

    #[test]
    fn a_line_torn_within_a_character_is_forgiven_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        Journal::open(&path).unwrap().record("a", &json!("ü")).unwrap();
        let torn = "{\"op\":\"b\",\"answer\":\"ü".as_bytes();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&torn[..torn.len() - 1]).unwrap();
        let journal = Journal::open(&path).unwrap();
        assert_eq!((journal.answer("a"), journal.answer("b")), (Some(json!("ü")), None));
    }

    #[test]
    fn what_an_answer_was_come_to_by_is_asked_for_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let journal = Journal::open(&path).unwrap();
        for op in ["ask#1/asked", "ask#1/decision/1", "ask#1"] {
            journal.record(op, &json!(1)).unwrap();
        }
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.answer_of_all("ask#1"), Some(json!(1)));
        assert!(!journal.replaying(), "what comes next happens now: it is told, and can be stopped");
    }

    #[cfg(unix)]
    #[test]
    fn a_journal_that_others_could_read_is_closed_to_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(Journal::open(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn two_processes_never_use_one_journal_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.journal");
        let journal = Journal::open(&path).unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::InUse { .. })));
        drop(journal);
        assert!(Journal::open(&path).is_ok());
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "{\"op\":\"a\",\"answer\":1}\nhello\n").unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Corrupt { line: 2, .. })));
    }
}
