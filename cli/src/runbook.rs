//! A runbook from a file.
//!
//! Comes in: a path, and AWS's models where names are to be checked. Goes out: the document with all its findings.
//! Never: a document with errors handed on as usable.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use aws_api::Models;
use engine::{Document, Findings};

use crate::check::{aws, bindings};
use crate::error::CliError;
use crate::findings;

/// A file that was read, usable or not.
pub(crate) struct Checked {
    /// The file as named on the command line.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Absent where the text is no document at all.
    pub(crate) document: Option<Document>,
    /// Everything that was found, sorted by place.
    pub(crate) findings: Findings,
}

/// A runbook without errors.
pub(crate) struct Runbook {
    pub(crate) text: String,
    pub(crate) document: Document,
}

/// Bytes of a file that are read at most; the parser refuses far less, and says so.
pub(crate) const LONGEST: u64 = 16 * 1024 * 1024;

/// The file's text.
pub(crate) fn read(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map(|_| text).map_err(|source| CliError::Unreadable { path: path.to_owned(), source })
}

/// Parses and validates; with models, everything about services too. Bindings are checked as such.
pub(crate) fn check(name: &str, text: String, models: Option<&Models>) -> Result<Checked, CliError> {
    let name = name.to_owned();
    if bindings::are_bindings(&text) {
        let findings = bindings::check(&name, &text).into_iter().collect();
        return Ok(Checked { name, text, document: None, findings });
    }
    let document = match engine::parse(&text, &name) {
        Ok(document) => document,
        Err(findings) => return Ok(Checked { name, text, document: None, findings }),
    };
    let mut all: Vec<_> = engine::validate(&document).into_iter().collect();
    if let Some(models) = models {
        // The models know the usual spelling; the engine only guesses it.
        all.retain(|finding| finding.rule != "spelling" || !finding.path.ends_with("/Api"));
        all.extend(aws::check(&document, models)?);
    }
    Ok(Checked { name, text, document: Some(document), findings: all.into_iter().collect() })
}

/// The runbook in a file, checked with models.
pub(crate) fn open(path: &Path, models: &Models) -> Result<Runbook, CliError> {
    check(&path.to_string_lossy(), read(path)?, Some(models))?.usable()
}

impl Checked {
    /// The runbook, unless it has errors.
    pub(crate) fn usable(self) -> Result<Runbook, CliError> {
        match self.document {
            Some(document) if !self.findings.has_errors() => Ok(Runbook { text: self.text, document }),
            _ => {
                let mut findings = Vec::new();
                findings::write(&mut findings, &self.text, self.findings.errors())?;
                let findings = String::from_utf8_lossy(&findings).into_owned();
                Err(CliError::Runbook { name: self.name, findings })
            }
        }
    }
}
