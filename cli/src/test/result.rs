//! Results for programs.
//!
//! Comes in: what came of the cases. Goes out: the shape of `kintsugi test --json`, which docs/cli.md describes.
//! Never: a key that changes its meaning.

use engine::ExecutionStatus;
use serde::Serialize;
use serde_json::Value;

use super::Tested;
use super::coverage::Coverage;
use super::judge;

#[derive(Serialize)]
pub(super) struct Results<'a> {
    passed: usize,
    failed: usize,
    runbooks: Vec<Runbook<'a>>,
}

#[derive(Serialize)]
struct Runbook<'a> {
    runbook: String,
    cases: Vec<Case<'a>>,
    coverage: &'a Coverage,
}

#[derive(Serialize)]
struct Case<'a> {
    name: &'a str,
    passed: bool,
    problems: &'a [String],
    /// Null where the run was refused or could not go on.
    status: Option<ExecutionStatus>,
    steps: Vec<&'a str>,
    calls: Vec<Call<'a>>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Call<'a> {
    service: &'a str,
    api: &'a str,
    write: bool,
    input: &'a Value,
}

pub(super) fn of(all: &[Tested]) -> Results<'_> {
    let passed = all.iter().flat_map(|tested| &tested.ran).filter(|ran| ran.passed()).count();
    let every: usize = all.iter().map(|tested| tested.ran.len()).sum();
    Results { passed, failed: every - passed, runbooks: all.iter().map(runbook).collect() }
}

fn runbook(tested: &Tested) -> Runbook<'_> {
    let cases = tested.ran.iter().map(|ran| Case {
        name: &ran.name,
        passed: ran.passed(),
        problems: &ran.problems,
        status: ran.execution.as_ref().map(|execution| execution.status),
        steps: ran.execution.iter().flat_map(judge::visited).map(|step| step.name.as_str()).collect(),
        calls: ran.calls.iter().map(call).collect(),
        warnings: &ran.warnings,
    });
    let runbook = tested.runbook.to_string_lossy().into_owned();
    Runbook { runbook, cases: cases.collect(), coverage: &tested.coverage }
}

fn call(made: &super::account::Made) -> Call<'_> {
    Call { service: &made.operation.service, api: &made.operation.api, write: made.write, input: &made.input }
}
