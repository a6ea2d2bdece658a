//! What is wrong with a document, in words a person can act on.
//!
//! Comes in: a rule, a spot in the document and a sentence. Goes out: [`Findings`], sorted by place.
//! Never: only the first fault. Every check runs and everything found is in the list.

use std::fmt;

use serde::Serialize;

use crate::plain::plain;

/// Whether a document with this finding can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document is accepted, and probably does not do what its author meant.
    Warning,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name of the rule (`unknown-step`), for suppressions and documentation.
    pub rule: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// Name of the document as given to [`crate::parse`]; often a file name.
    pub document: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The step concerned, if it is about one.
    pub step: Option<String>,
    /// JSON pointer into the document (`/mainSteps/2/inputs/Api`).
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
    /// A change of the text that puts it right, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A change of the text, at the finding's place or after it within the same value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fix {
    /// The first text `from` becomes `to`.
    Replace {
        /// As it stands.
        from: String,
        /// As it should.
        to: String,
    },
    /// The quotes around the value go.
    Unquote,
}

impl Finding {
    pub(crate) fn hint(&mut self, hint: impl Into<String>) {
        self.hint = Some(hint.into());
    }

    /// The name that was meant, as hint and as fix.
    pub(crate) fn spelt(&mut self, from: &str, to: &str) {
        self.meant(from, to, from, to);
    }

    /// The name `near` that was meant by `name`, and the change of the text around it.
    pub(crate) fn meant(&mut self, name: &str, near: &str, from: &str, to: &str) {
        let same = name.eq_ignore_ascii_case(near);
        self.hint(if same { format!("it is spelt {near}") } else { format!("did you mean {near}?") });
        self.replace(from, to);
    }

    pub(crate) fn replace(&mut self, from: impl Into<String>, to: impl Into<String>) {
        self.fix = Some(Fix::Replace { from: from.into(), to: to.into() });
    }

    /// The hint, and the quotes away.
    pub(crate) fn unquote(&mut self, hint: &str) {
        self.hint(hint);
        self.fix = Some(Fix::Unquote);
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}:{}:{}: {severity}[{}]: ", plain(&self.document), self.line, self.column, self.rule)?;
        if let Some(step) = &self.step {
            write!(f, "step {}: ", plain(step))?;
        }
        f.write_str(&plain(&self.message))?;
        match &self.hint {
            Some(hint) => write!(f, "; {}", plain(hint)),
            None => Ok(()),
        }
    }
}

/// All findings of a document, sorted by place. As an error: the document was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn sorted(mut list: Vec<Finding>) -> Self {
        list.sort_by(|a, b| {
            (a.line, a.column, a.severity, a.rule, &a.message).cmp(&(b.line, b.column, b.severity, b.rule, &b.message))
        });
        list.dedup();
        Self(list)
    }

    /// Whether at least one finding makes the document unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors().next().is_some()
    }

    /// The findings that make the document unusable.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(|f| f.severity == Severity::Error)
    }

    /// The findings worth a look.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(|f| f.severity == Severity::Warning)
    }

    /// All findings in order of their place.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.0.iter()
    }

    /// How many findings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        Self::sorted(findings.into_iter().collect())
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// One finding a line.
impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
