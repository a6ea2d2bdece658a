//! One call by name beside the same call with the typed SDK, in one run: requests written, answers read, first calls.
//!
//! Both clients get the same configuration and the same answer from memory. `cargo bench -p bench --bench api_call`

#![expect(clippy::unwrap_used, reason = "a measurement of a call that fails is worth nothing")]

use std::hint::black_box;
use std::sync::Arc;

use aws_api::{Client, Models};
use bench::requests::{describe, describe_typed, tag, tag_typed, tags, tags_typed};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use perf::answers::described_instances;
use perf::canned::configuration;
use tokio::runtime::{Builder, Runtime};

const TAGGED: &str = "<CreateTagsResponse><requestId>1</requestId><return>true</return></CreateTagsResponse>";

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A call again and again, with answers of few and of many instances.
fn next_calls(criterion: &mut Criterion) {
    let (runtime, models) = (runtime(), Arc::new(Models::open(perf::models()).unwrap()));
    let mut group = criterion.benchmark_group("answer");
    for instances in [1, 100, 1000] {
        let configuration = configuration(described_instances(instances));
        let (named, typed) =
            (Client::new(models.clone(), configuration.clone()), aws_sdk_ec2::Client::new(&configuration));
        group.bench_function(BenchmarkId::new("by name", instances), |b| {
            b.iter(|| runtime.block_on(describe(black_box(&named))).unwrap());
        });
        group.bench_function(BenchmarkId::new("typed", instances), |b| {
            b.iter(|| runtime.block_on(describe_typed(black_box(&typed))).unwrap());
        });
    }
    group.finish();
}

/// A request of many members: handed over and sent; and the same with what its caller does to put it together.
fn requests(criterion: &mut Criterion) {
    let (runtime, models) = (runtime(), Arc::new(Models::open(perf::models()).unwrap()));
    let configuration = configuration(TAGGED.to_owned());
    let (named, typed) = (Client::new(models, configuration.clone()), aws_sdk_ec2::Client::new(&configuration));
    let mut group = criterion.benchmark_group("request");
    for resources in [1, 1000] {
        let by_name = |input| runtime.block_on(tag(black_box(&named), input)).unwrap();
        let by_type = |request| runtime.block_on(tag_typed(black_box(request))).unwrap();
        group.bench_function(BenchmarkId::new("by name", resources), |b| {
            b.iter_batched(|| tags(resources), by_name, BatchSize::SmallInput);
        });
        group.bench_function(BenchmarkId::new("typed", resources), |b| {
            b.iter_batched(|| tags_typed(&typed, resources), by_type, BatchSize::SmallInput);
        });
        group.bench_function(BenchmarkId::new("by name, put together", resources), |b| {
            b.iter(|| by_name(tags(resources)));
        });
        group.bench_function(BenchmarkId::new("typed, put together", resources), |b| {
            b.iter(|| by_type(tags_typed(&typed, resources)));
        });
    }
    group.finish();
}

/// From nothing to the first answer: models opened, the service inflated, the operation compiled.
fn first_call(criterion: &mut Criterion) {
    let (runtime, configuration) = (runtime(), configuration(described_instances(1)));
    let mut group = criterion.benchmark_group("first call");
    group.bench_function("by name", |b| {
        b.iter(|| {
            let models = Arc::new(Models::open(perf::models()).unwrap());
            runtime.block_on(describe(&Client::new(models, configuration.clone()))).unwrap()
        });
    });
    group.bench_function("typed", |b| {
        b.iter(|| runtime.block_on(describe_typed(&aws_sdk_ec2::Client::new(&configuration))).unwrap());
    });
    group.finish();
}

/// The models file opened; services used for the first time, each with one operation inflated and compiled.
fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.bench_function("open the models", |b| b.iter(|| Models::open(perf::models()).unwrap()));
    for service in ["ec2", "s3", "ssm", "dynamodb"] {
        let api = match service {
            "ec2" => "DescribeInstances",
            "s3" => "GetPublicAccessBlock",
            "ssm" => "GetParameter",
            _ => "GetItem",
        };
        group.bench_function(BenchmarkId::new("a service and an operation of it", service), |b| {
            b.iter_batched(
                || Models::open(perf::models()).unwrap(),
                |models| black_box(models.output_members(service, api).unwrap().len()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, next_calls, requests, first_call, load);
criterion_main!(benches);
