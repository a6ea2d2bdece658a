//! The interpreter against a naive one, on generated documents: same steps, same attempts, same status.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use engine::{ExecutionStatus, FaultKind, StepStatus};
use proptest::prelude::*;
use serde_json::json;

use crate::host::{Scripted, fault};

#[derive(Debug, Clone)]
struct Step {
    /// How many of its attempts fail before one succeeds.
    fails: u32,
    attempts: u32,
    /// To which later step, counted from the next one.
    next: Option<usize>,
    end: bool,
    on_failure: OnFailure,
    critical: Option<bool>,
    /// A branch that takes this way instead of a call.
    branch: Option<(bool, usize)>,
}

#[derive(Debug, Clone, Copy)]
enum OnFailure {
    Abort,
    Continue,
    Step(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let on_failure =
        prop_oneof![Just(OnFailure::Abort), Just(OnFailure::Continue), (0_usize..4).prop_map(OnFailure::Step)];
    let ways = (prop::option::of(0_usize..4), any::<bool>(), prop::option::weighted(0.2, (any::<bool>(), 0_usize..4)));
    (0_u32..4, 1_u32..4, ways, on_failure, prop::option::of(any::<bool>())).prop_map(
        |(fails, attempts, (next, end, branch), on_failure, critical)| Step {
            fails,
            attempts,
            next,
            // nextStep and isEnd exclude each other.
            end: end && next.is_none(),
            on_failure,
            critical,
            branch,
        },
    )
}

/// The step `offset` places after the one that follows `index`; the last one at most, which is why jumps go forward.
fn target(steps: &[Step], index: usize, offset: usize) -> Option<usize> {
    (index + 1 < steps.len()).then(|| (index + 1 + offset).min(steps.len() - 1))
}

fn text(steps: &[Step]) -> String {
    let mut text = "mainSteps:\n".to_owned();
    for (index, step) in steps.iter().enumerate() {
        let jump = |offset: usize| target(steps, index, offset);
        match step.branch.and_then(|(taken, offset)| Some((taken, jump(offset)?))) {
            Some((taken, to)) => {
                let choice = format!("{{NextStep: s{to}, Variable: {taken}, BooleanEquals: true}}");
                writeln!(text, "- name: s{index}\n  action: aws:branch\n  inputs: {{Choices: [{choice}]}}").unwrap();
            }
            None => {
                let api = format!("Put{index}");
                let inputs = format!("{{Service: s3, Api: {api}}}");
                writeln!(text, "- name: s{index}\n  action: aws:executeAwsApi\n  inputs: {inputs}").unwrap();
            }
        }
        writeln!(text, "  maxAttempts: {}\n  isEnd: {}", step.attempts, step.end).unwrap();
        if let Some(to) = step.next.and_then(jump) {
            writeln!(text, "  nextStep: s{to}").unwrap();
        }
        match step.on_failure {
            OnFailure::Abort => {}
            OnFailure::Continue => writeln!(text, "  onFailure: Continue").unwrap(),
            OnFailure::Step(offset) => {
                if let Some(to) = jump(offset) {
                    writeln!(text, "  onFailure: step:s{to}").unwrap();
                }
            }
        }
        if let Some(critical) = step.critical {
            writeln!(text, "  isCritical: {critical}").unwrap();
        }
    }
    text
}

/// The rules, as directly as they can be said: visited steps with attempts and success, and the final status.
fn model(steps: &[Step]) -> (Vec<(usize, u32, bool)>, ExecutionStatus) {
    let mut visited = Vec::new();
    let mut failed = false;
    let mut at = Some(0);
    while let Some(index) = at {
        let step = &steps[index];
        let in_order = if step.end {
            None
        } else {
            step.next.and_then(|offset| target(steps, index, offset)).or(target(steps, index, 0))
        };
        if let Some((taken, to)) = step.branch.and_then(|(taken, offset)| Some((taken, target(steps, index, offset)?)))
        {
            visited.push((index, 1, true));
            at = if taken { Some(to) } else { in_order };
            continue;
        }
        let succeeds = step.fails < step.attempts;
        visited.push((index, step.attempts.min(step.fails + 1), succeeds));
        if succeeds {
            at = in_order;
            continue;
        }
        let jump = match step.on_failure {
            OnFailure::Step(offset) => target(steps, index, offset),
            OnFailure::Abort | OnFailure::Continue => None,
        };
        let continues = matches!(step.on_failure, OnFailure::Continue);
        let aborts = !continues && jump.is_none();
        failed |= aborts || step.critical.unwrap_or(!continues);
        at = if aborts { None } else { jump.or(if continues { in_order } else { None }) };
    }
    (visited, if failed { ExecutionStatus::Failed } else { ExecutionStatus::Success })
}

fn host(steps: &[Step]) -> Scripted {
    let mut host = Scripted::new();
    for (index, step) in steps.iter().enumerate() {
        let refused = (0..step.fails).map(|_| fault(FaultKind::Refused, "No"));
        host = host.answers(&format!("Put{index}"), refused).always(&format!("Put{index}"), Ok(json!({})));
    }
    host
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_interpreter_does_what_the_model_does(steps in prop::collection::vec(step(), 1..8)) {
        let host = host(&steps);
        let text = text(&steps);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let execution = runtime.block_on(crate::host::run(&text, &host));
        let (expected, status) = model(&steps);
        let visited: Vec<(usize, u32, bool)> = execution.steps.iter()
            .filter(|step| step.status != StepStatus::Pending)
            .map(|step| (step.name[1..].parse().unwrap(), step.attempts, step.status == StepStatus::Success))
            .collect();
        prop_assert_eq!(visited, expected, "{}", &text);
        prop_assert_eq!(execution.status, status, "{}", &text);
        prop_assert_eq!(execution.failure.is_some(), status == ExecutionStatus::Failed);
        prop_assert_eq!(execution.steps.len(), steps.len());
        let mut calls: BTreeMap<String, u32> = BTreeMap::new();
        for api in host.apis() {
            *calls.entry(api).or_default() += 1;
        }
        for (index, attempts, _) in model(&steps).0 {
            if let Some(count) = calls.get(&format!("Put{index}")) {
                prop_assert_eq!(*count, attempts);
            }
        }
    }
}
