//! What is wrong with a document, all of it.
//!
//! Comes in: a parsed document. Goes out: findings with rule, severity, place, message and hint.
//! Never: a network call. Types of references in inputs, Parameter Store names and roles are seen only at run time.

mod defaults;
mod graph;
mod names;
mod parameters;
mod references;
mod steps;

use crate::document::Document;
use crate::finding::Findings;
use crate::report::{Reporter, Spot};

/// SSM's limit for a document's text.
const SSM_LIMIT: usize = 64 * 1024;

/// Checks a document. Findings of severity error make [`crate::run`] and [`crate::plan`] refuse it.
#[must_use]
pub fn validate(document: &Document) -> Findings {
    let mut reporter = Reporter::new(&document.name, &document.places);
    size(document, &mut reporter);
    names::check(document, &mut reporter);
    parameters::check(document, &mut reporter);
    defaults::check(document, &mut reporter);
    steps::check(document, &mut reporter);
    graph::check(document, &mut reporter);
    references::check(document, &mut reporter);
    let mut findings = reporter.into_findings();
    findings.extend(document.noted.iter().cloned());
    Findings::sorted(findings)
}

fn size(document: &Document, reporter: &mut Reporter<'_>) {
    if document.bytes > SSM_LIMIT {
        let message = format!("the document has {} bytes; SSM takes at most {SSM_LIMIT}", document.bytes);
        let hint = "it runs here, and cannot be deployed as AWS::SSM::Document";
        reporter.warning("document-size", &Spot::at(""), message).hint(hint);
    }
}
