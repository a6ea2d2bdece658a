//! What is wrong with a document, all of it.
//!
//! Comes in: a parsed document. Goes out: findings with rule, severity, place, message and hint.
//! Never: a network call. Types of references in inputs, Parameter Store names and roles are seen only at run time.

mod defaults;
mod graph;
mod inputs;
mod limits;
mod names;
mod parameters;
mod references;
mod steps;

use crate::document::Document;
use crate::finding::Findings;
use crate::report::Reporter;

/// Checks a document. Findings of severity error make [`crate::run`] and [`crate::plan`] refuse it.
#[must_use]
pub fn validate(document: &Document) -> Findings {
    let mut reporter = Reporter::new(&document.name, &document.places);
    limits::document(document, &mut reporter);
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
