//! How checks write findings: a spot in the document, a rule, a sentence.
//!
//! Comes in: spots and sentences. Goes out: findings with line and column.
//! Never: a decision whether the document is usable; that is the reader's of the list.

use crate::finding::{Finding, Severity};
use crate::place::{Place, Places, child};

/// A part of the document: its JSON pointer, and the step it belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spot {
    pub(crate) path: String,
    pub(crate) step: Option<String>,
}

impl Spot {
    pub(crate) fn at(path: impl Into<String>) -> Self {
        Self { path: path.into(), step: None }
    }

    pub(crate) fn of_step(path: &str, step: &str) -> Self {
        Self { path: path.to_owned(), step: (!step.is_empty()).then(|| step.to_owned()) }
    }

    pub(crate) fn key(&self, key: &str) -> Self {
        Self { path: child(&self.path, key), step: self.step.clone() }
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        Self { path: format!("{}/{index}", self.path), step: self.step.clone() }
    }
}

/// Collects findings of one document.
#[derive(Debug)]
pub(crate) struct Reporter<'a> {
    document: &'a str,
    places: &'a Places,
    findings: Vec<Finding>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(document: &'a str, places: &'a Places) -> Self {
        Self { document, places, findings: Vec::new() }
    }

    /// An error at a value.
    pub(crate) fn error(&mut self, rule: &'static str, spot: &Spot, message: impl Into<String>) -> &mut Finding {
        let place = self.places.value(&spot.path);
        self.push(Severity::Error, rule, spot, place, message.into())
    }

    /// A warning at a value.
    pub(crate) fn warning(&mut self, rule: &'static str, spot: &Spot, message: impl Into<String>) -> &mut Finding {
        let place = self.places.value(&spot.path);
        self.push(Severity::Warning, rule, spot, place, message.into())
    }

    /// A warning at the key of a mapping's entry.
    pub(crate) fn key_warning(&mut self, rule: &'static str, spot: &Spot, message: impl Into<String>) -> &mut Finding {
        let place = self.places.key(&spot.path);
        self.push(Severity::Warning, rule, spot, place, message.into())
    }

    /// An error at the key of a mapping's entry.
    pub(crate) fn key_error(&mut self, rule: &'static str, spot: &Spot, message: impl Into<String>) -> &mut Finding {
        let place = self.places.key(&spot.path);
        self.push(Severity::Error, rule, spot, place, message.into())
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    fn push(
        &mut self,
        severity: Severity,
        rule: &'static str,
        spot: &Spot,
        place: Place,
        message: String,
    ) -> &mut Finding {
        let finding = finding(self.document, severity, rule, spot, place, message);
        let index = self.findings.len();
        self.findings.push(finding);
        &mut self.findings[index]
    }
}

/// A finding at a known place, for readers that have no index of places yet.
pub(crate) fn finding(
    document: &str,
    severity: Severity,
    rule: &'static str,
    spot: &Spot,
    place: Place,
    message: String,
) -> Finding {
    debug_assert!(crate::RULES.iter().any(|known| known.id == rule), "{rule} is not in the list of rules");
    Finding {
        rule,
        severity,
        document: document.to_owned(),
        line: place.line,
        column: place.column,
        step: spot.step.clone(),
        path: spot.path.clone(),
        message,
        hint: None,
        fix: None,
    }
}
