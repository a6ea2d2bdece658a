//! The pure parts, watched by criterion. `cargo bench -p perf --bench pure`

#![expect(clippy::unwrap_used, reason = "a measurement of work that fails is worth nothing")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use perf::documents::document;
use perf::fleet::alarms;
use perf::pure;
use tokio::runtime::Builder;

fn documents(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("document");
    for steps in [10, 100, 1000] {
        let text = document(steps);
        let parsed = pure::parse(&text).unwrap();
        let of = |what| BenchmarkId::new(what, steps);
        group.bench_function(of("parse"), |b| b.iter(|| pure::parse(black_box(&text)).unwrap()));
        group.bench_function(of("validate"), |b| b.iter(|| pure::validate(black_box(&parsed))));
        group.bench_function(of("run"), |b| b.iter(|| pure::run(&runtime, black_box(&parsed)).unwrap()));
    }
    group.finish();
}

fn events(criterion: &mut Criterion) {
    let bindings = pure::bindings();
    let mut group = criterion.benchmark_group("events");
    for size in [1, 100, 5000] {
        let events = alarms(size);
        group.bench_function(BenchmarkId::new("recognise", size), |b| {
            b.iter(|| pure::recognise(black_box(&events), &bindings).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, documents, events);
criterion_main!(benches);
