//! What a case expects, against what came of its run.
//!
//! Comes in: the record of a run, the fake account at its end. Goes out: problems, all of them.
//! Never: a run.

use engine::{Execution, StepRecord};
use serde_json::Value;

use super::account::{Account, Made};
use super::align::{self, Wanted};
use super::catalog::Catalog;
use super::compare::missing;
use super::file::{Case, Expect};
use super::host::Noted;
use super::short::{ExpectedCall, ExpectedStep};
use super::template::fill;

/// Everything that is not as the case expects.
pub(super) fn problems(
    case: &Case,
    execution: &Execution,
    account: &Account,
    noted: &Noted,
    catalog: &Catalog,
) -> Vec<String> {
    let Some(expect) = &case.expect else { return Vec::new() };
    let mut problems: Vec<String> = Vec::new();
    problems.extend(status(expect, execution));
    problems.extend(steps(expect, execution));
    problems.extend(calls(case, expect, account, catalog));
    problems.extend(outputs(expect, execution));
    problems.extend(failure(expect, execution));
    let known = align::known(&case.parameters, &account.state);
    let state = fill(&Value::Object(expect.state.clone()), &known);
    problems
        .extend(missing(&state, &Value::Object(account.state.clone())).into_iter().map(|line| format!("state {line}")));
    problems.extend(within(expect, execution));
    problems.extend(noted.problems.iter().cloned());
    problems.extend(idle(case, account, noted));
    problems
}

fn status(expect: &Expect, execution: &Execution) -> Option<String> {
    let expected = expect.status.filter(|status| *status != execution.status)?;
    let why = execution.failure.as_ref().map(|failure| format!(" ({failure})")).unwrap_or_default();
    Some(format!("status: expected {expected}, got {}{why}", execution.status))
}

/// The steps that were run, in the order in which they were.
pub(super) fn visited(execution: &Execution) -> impl Iterator<Item = &StepRecord> {
    execution.steps.iter().filter(|step| step.visit > 0)
}

fn steps(expect: &Expect, execution: &Execution) -> Option<String> {
    let expected = expect.steps.as_ref()?;
    let got: Vec<&StepRecord> = visited(execution).collect();
    let is = |(expected, got): (&ExpectedStep, &&StepRecord)| {
        expected.name == got.name && expected.status.is_none_or(|status| status == got.status)
    };
    if expected.len() == got.len() && expected.iter().zip(&got).all(is) {
        return None;
    }
    let wanted = expected.iter().map(|step| match step.status {
        Some(status) => format!("{} ({status})", step.name),
        None => step.name.clone(),
    });
    let got = got.iter().map(|step| format!("{} ({})", step.name, step.status));
    Some(format!("steps: expected {}\n       got      {}", join(wanted), join(got)))
}

fn join(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn calls(case: &Case, expect: &Expect, account: &Account, catalog: &Catalog) -> Vec<String> {
    let known = align::known(&case.parameters, &account.state);
    let mut problems = Vec::new();
    let mut wanted = |calls: &[ExpectedCall]| -> Vec<Wanted> {
        let mut read = |call: &ExpectedCall| {
            let (service, api) = call.call.split_once(':').unwrap_or((&call.call, ""));
            let operation = catalog.operation(service, api);
            operation.map_err(|error| problems.push(format!("expected call {}: {error}", call.call))).ok()
        };
        calls.iter().filter_map(|call| Some(Wanted::new(call, read(call)?, &known))).collect()
    };
    let writes = expect.writes.as_ref().map(|calls| wanted(calls));
    let some = expect.calls.as_ref().map(|calls| wanted(calls));
    if let Some(wanted) = writes {
        let made: Vec<&Made> = account.made.iter().filter(|made| made.write).collect();
        problems.extend(align::compare(&wanted, &made).map(|diff| format!("writes:\n{}", indent(&diff))));
    }
    if let Some(wanted) = some {
        problems.extend(align::in_order(&wanted, &account.made).map(|line| format!("calls: {line}")));
    }
    problems
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn outputs(expect: &Expect, execution: &Execution) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, expected) in &expect.outputs {
        match execution.outputs.get(name) {
            Some(got) if got == expected => {}
            Some(got) => problems.push(format!("output {name}: expected {expected:?}, got {got:?}")),
            None => problems.push(format!("output {name}: the runbook has no such output")),
        }
    }
    problems
}

fn failure(expect: &Expect, execution: &Execution) -> Option<String> {
    let expected = expect.failure.as_ref()?;
    let Some(got) = &execution.failure else { return Some("failure: there was none".to_owned()) };
    let step = expected.step.as_ref().is_none_or(|step| *step == got.step);
    let message = expected.message.as_ref().is_none_or(|part| got.message.contains(part));
    if step && message {
        return None;
    }
    let wanted = [
        expected.step.as_ref().map(|step| format!("of step {step}")),
        expected.message.as_ref().map(|message| format!("with {message:?} in it")),
    ];
    let wanted = wanted.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Some(format!("failure: expected one {wanted}, got: {got}"))
}

fn within(expect: &Expect, execution: &Execution) -> Option<String> {
    let most = expect.within?;
    let took = execution.ended.duration_since(execution.started).as_secs();
    (u64::try_from(took).unwrap_or(0) > most).then(|| format!("within: expected at most {most} s, it took {took} s"))
}

/// What the case says and nobody asked for: either the case or the runbook is not what its author thinks.
fn idle(case: &Case, account: &Account, noted: &Noted) -> Vec<String> {
    let mut idle: Vec<String> =
        account.unused().map(|call| format!("an answer of this case was never asked for: {call}")).collect();
    if case.cancel.is_some() && !noted.cancelled {
        idle.push("cancel: the run did not come to the moment at which the case cancels it".to_owned());
    }
    idle
}
