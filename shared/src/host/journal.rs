//! What a local run has done, one JSON line per effect, so that it survives Ctrl-C and kill -9.
//!
//! Comes in: an operation's name and its answer. Goes out: the answer, on replay.
//! Never: a rewrite. Lines are only added; a torn last line (the process died while writing) is dropped, because
//! its effect is then performed again under the same idempotency key.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

#[derive(Serialize, Deserialize)]
struct Line {
    op: String,
    answer: Value,
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
    answers: Mutex<BTreeMap<String, Value>>,
    file: Option<(PathBuf, Mutex<File>)>,
}

impl Journal {
    /// A journal that lives as long as the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Opens or creates the journal at `path` and reads what was done.
    ///
    /// # Errors
    /// The file cannot be used, or holds something that is not a journal.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io { path: path.to_owned(), source };
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            other => other.map_err(io)?,
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let answers = read(path, whole)?;
        let file = OpenOptions::new().create(true).append(true).open(path).map_err(io)?;
        file.set_len(whole.len() as u64).map_err(io)?;
        Ok(Self { answers: Mutex::new(answers), file: Some((path.to_owned(), Mutex::new(file))) })
    }

    /// The recorded answer of `op`.
    #[must_use]
    pub fn answer(&self, op: &str) -> Option<Value> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(op).cloned()
    }

    /// Records the answer of `op`, on disk before anything else can happen.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn record(&self, op: &str, answer: &Value) -> Result<(), JournalError> {
        if let Some((path, file)) = &self.file {
            let io = |source| JournalError::Io { path: path.clone(), source };
            let line = Line { op: op.to_owned(), answer: answer.clone() };
            let text = serde_json::to_string(&line).map_err(|error| io(error.into()))?;
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(file, "{text}").and_then(|()| file.sync_data()).map_err(io)?;
        }
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(op.to_owned(), answer.clone());
        Ok(())
    }
}

fn read(path: &Path, text: &str) -> Result<BTreeMap<String, Value>, JournalError> {
    let entry = |(index, line): (usize, &str)| {
        let corrupt = |source| JournalError::Corrupt { path: path.to_owned(), line: index + 1, source };
        serde_json::from_str::<Line>(line).map(|line| (line.op, line.answer)).map_err(corrupt)
    };
    text.lines().enumerate().map(entry).collect()
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
        assert_eq!(Journal::open(&path).unwrap().answer("b"), Some(json!(2)));
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "{\"op\":\"a\",\"answer\":1}\nhello\n").unwrap();
        assert!(matches!(Journal::open(&path), Err(JournalError::Corrupt { line: 2, .. })));
    }
}
