//! Public runbooks: what is valid is accepted, what is known to be wrong is found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::{Findings, Severity};

pub(crate) struct Entry {
    pub(crate) file: PathBuf,
    pub(crate) name: String,
    class: String,
    notes: String,
}

pub(crate) fn corpus() -> Option<Vec<Entry>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        eprintln!("SKIPPED: the public runbooks are not at {}", folder.display());
        return None;
    };
    let entries = index.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        Entry {
            file: folder.join(columns[0]),
            name: columns[0].to_owned(),
            class: columns[17].to_owned(),
            notes: columns[18].to_owned(),
        }
    });
    Some(entries.collect())
}

fn findings(entry: &Entry) -> Findings {
    let text = std::fs::read_to_string(&entry.file).unwrap_or_else(|e| panic!("{}: {e}", entry.file.display()));
    match engine::parse(&text, &entry.name) {
        Ok(document) => engine::validate(&document),
        Err(findings) => findings,
    }
}

#[test]
fn every_valid_public_runbook_is_accepted_and_every_broken_one_found() {
    let Some(entries) = corpus() else { return };
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut warnings: BTreeMap<&str, u32> = BTreeMap::new();
    let mut refused = Vec::new();
    let mut missed = Vec::new();
    for entry in &entries {
        let findings = findings(entry);
        let count = counts.entry(&entry.class).or_default();
        count.0 += 1;
        count.1 += u32::from(findings.has_errors());
        for finding in findings.iter().filter(|f| f.severity == Severity::Warning) {
            *warnings.entry(finding.rule).or_default() += 1;
        }
        match entry.class.as_str() {
            "invalid-or-suspect" if findings.is_empty() => missed.push(format!("{}: {}", entry.name, entry.notes)),
            // Build tokens leave the structure valid, except where one document repeats a key, or a token stands where
            // only certain values can.
            "template-tokens" => {
                let of_tokens = ["duplicate-key", "input-value", "attachment-file"];
                let other = findings.errors().filter(|f| !of_tokens.contains(&f.rule));
                refused.extend(other.map(ToString::to_string));
            }
            "ok" => refused.extend(findings.errors().map(ToString::to_string)),
            _ => {}
        }
    }
    eprintln!("class: documents, refused: {counts:?}");
    eprintln!("warnings: {warnings:?}");
    eprintln!("broken ones in which nothing was found:\n{}", missed.join("\n"));
    assert!(refused.is_empty(), "refused although valid:\n{}", refused.join("\n"));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
