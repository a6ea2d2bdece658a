//! How long it takes to read and check all public runbooks.
//!
//! Comes in: the public runbooks, where they are there. Goes out: the time for all of them together.
//! Never: a judgement; a figure is compared by whoever runs it.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Every runbook's text.
fn texts(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            texts.extend(self::texts(&path));
        } else if path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml" || kind == "json") {
            texts.extend(std::fs::read_to_string(&path));
        }
    }
    texts
}

/// Parsed and validated: how many findings there are.
fn check_all(texts: &[String]) -> usize {
    let findings = texts.iter().map(|text| match engine::parse(text, "runbook") {
        Ok(document) => engine::validate(&document).len(),
        Err(findings) => findings.len(),
    });
    findings.sum()
}

fn corpus(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let texts = texts(&folder);
    if texts.is_empty() {
        eprintln!("SKIPPED: the public runbooks are not at {}", folder.display());
        return;
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("corpus");
    group.sample_size(10).throughput(Throughput::Bytes(bytes as u64));
    let name = format!("parse and check {} runbooks", texts.len());
    group.bench_function(name, |bencher| bencher.iter(|| check_all(black_box(&texts))));
    group.finish();
}

criterion_group!(benches, corpus);
criterion_main!(benches);
