//! The states that steps and executions may have, and the ways between them, as SSM Automation has them; and runs that
//! are cancelled, told to complete, timed out and answered by people at any moment, none of which leaves these ways.
//!
//! ```text
//! step:      Pending -> InProgress -> Success | Failed | TimedOut | Cancelled | Exited (loops only)
//!                       InProgress <-> Waiting (aws:approve, aws:pause only)
//!            Pending -> Cancelled (asked to stop before it began)
//! execution: Success    no critical step failed, nobody asked it to stop
//!            Failed     a step aborted it or a critical one failed; TimedOut if that one timed out
//!            Cancelled  somebody asked it to stop, whatever else happened
//! ```

use std::collections::BTreeMap;

use engine::{
    Approval, ApprovalStatus, ApproverDecision, Execution, ExecutionStatus, FaultKind, Progress, Resumption,
    StepRecord, StepStatus,
};
use proptest::prelude::*;
use serde_json::json;

use crate::host::{Scripted, fault};

/// What is illegal in a record and what was told on the way to it.
pub(crate) fn check(execution: &Execution, told: &[Progress]) -> Result<(), String> {
    execution.steps.iter().try_for_each(|step| record(step).map_err(|wrong| format!("{}: {wrong}", step.name)))?;
    status(execution)?;
    order(execution)?;
    progress(execution, told)
}

fn record(step: &StepRecord) -> Result<(), String> {
    use StepStatus as S;
    let legal = match step.status {
        S::Pending => step.visit == 0 && step.started.is_none() && step.ended.is_none() && step.attempts == 0,
        S::Success => step.failure.is_none() && step.attempts > 0,
        S::TimedOut => step.failure.as_ref().is_some_and(|failure| failure.cause.timed_out()),
        // A loop whose body aborted the run has no failure of its own.
        S::Failed if step.action == "aws:loop" => step.failure.as_ref().is_none_or(|f| !f.cause.timed_out()),
        S::Failed => step.failure.as_ref().is_some_and(|failure| !failure.cause.timed_out()),
        S::Cancelled => step.failure.is_none(),
        S::Exited => step.action == "aws:loop" && step.failure.is_none() && step.next_step.is_some(),
        S::InProgress | S::Waiting | S::Cancelling => false,
    };
    let ended = step.status == S::Pending || step.started.is_some() && step.started <= step.ended && step.visit > 0;
    if legal && ended { Ok(()) } else { Err(format!("{:?} is not a legal end: {step:?}", step.status)) }
}

fn status(execution: &Execution) -> Result<(), String> {
    let any = |wanted: StepStatus| execution.steps.iter().any(|step| step.status == wanted);
    let legal = match execution.status {
        ExecutionStatus::Success => !any(StepStatus::Cancelled) && execution.failure.is_none(),
        ExecutionStatus::Failed => !any(StepStatus::Cancelled) && execution.failure.is_some(),
        ExecutionStatus::TimedOut => !any(StepStatus::Cancelled) && any(StepStatus::TimedOut),
        ExecutionStatus::Cancelled => any(StepStatus::Cancelled),
    };
    if legal { Ok(()) } else { Err(format!("the execution is {:?}: {execution:?}", execution.status)) }
}

/// Steps begin one after the other, those in a loop within it, and the next step that is named is the one that follows.
fn order(execution: &Execution) -> Result<(), String> {
    let run: Vec<&StepRecord> = execution.steps.iter().filter(|step| step.status != StepStatus::Pending).collect();
    for pair in run.windows(2) {
        let [before, after] = pair else { continue };
        if before.started > after.started {
            return Err(format!("{} began before {}", after.name, before.name));
        }
        let follows = before.action == "aws:loop" || before.next_step.as_ref().is_none_or(|next| *next == after.name);
        if !follows {
            return Err(format!("{} names {:?}, and {} follows", before.name, before.next_step, after.name));
        }
    }
    let within = |step: &&StepRecord| step.parent.as_ref().is_none_or(|of| execution.step(&of.step).is_some());
    if run.iter().all(within) { Ok(()) } else { Err("a step is in a loop that was not run".to_owned()) }
}

/// Each step begins before it waits, waits only if it may, and ends once for each visit.
fn progress(execution: &Execution, told: &[Progress]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
    for event in told {
        match event {
            Progress::StepStarted { step, attempt, .. } => match open.last() {
                Some(last) if *last == step => {
                    if *attempt == 1 {
                        return Err(format!("{step} began twice"));
                    }
                }
                _ if *attempt == 1 => open.push(step),
                _ => return Err(format!("attempt {attempt} of {step} without the first")),
            },
            Progress::StepWaiting { step, action } => {
                let may = matches!(action.as_str(), "aws:approve" | "aws:pause");
                if !may || open.last() != Some(&step.as_str()) {
                    return Err(format!("{step} ({action}) waits"));
                }
            }
            Progress::IterationStarted { step, .. } | Progress::StepPolled { step, .. }
                if open.last() != Some(&step.as_str()) =>
            {
                return Err(format!("{step} goes on without having begun"));
            }
            Progress::StepEnded { step, status, .. } => {
                *ended.entry(step).or_default() += 1;
                // A step that is cancelled before it begins has only an end.
                match open.last() {
                    Some(last) if *last == step => _ = open.pop(),
                    _ if *status == StepStatus::Cancelled || *status == StepStatus::Failed => {}
                    _ => return Err(format!("{step} ended {status} without having begun")),
                }
            }
            _ => {}
        }
    }
    let visits = |name: &str| execution.steps.iter().filter(|s| s.name == name && s.visit > 0).count();
    match ended.iter().find(|(name, count)| visits(name) != **count) {
        None if open.is_empty() => Ok(()),
        None => Err(format!("{open:?} never ended")),
        Some((name, count)) => Err(format!("{name} ended {count} times and was visited {}", visits(name))),
    }
}

/// Everything that can wait, fail, be cancelled or be repeated, with ways back inside and outside the loop.
const TEXT: &str = "variables:
  Seen: {type: String, default: ''}
mainSteps:
  - name: ask
    action: aws:approve
    onFailure: step:tell
    onCancel: step:tell
    maxAttempts: 2
    inputs: {Approvers: [kim, lee]}
  - name: each
    action: aws:loop
    timeoutSeconds: 200
    onFailure: step:tell
    inputs:
      Iterators: [a, b, c]
      Steps:
        - name: change
          action: aws:executeAwsApi
          maxAttempts: 2
          onFailure: step:repair
          onCancel: step:repair
          inputs: {Service: s3, Api: PutThing}
        - name: wait
          action: aws:waitForAwsResourceProperty
          timeoutSeconds: 20
          maxAttempts: 2
          onFailure: step:undo
          onCancel: step:undo
          inputs: {Service: s3, Api: GetThing, PropertySelector: $.Ready, DesiredValues: ['True']}
        - name: note
          action: aws:updateVariable
          isEnd: true
          inputs: {Name: 'variable:Seen', Value: '{{ variable:Seen }}{{ each.CurrentIteratorValue }}'}
        - name: repair
          action: aws:executeAwsApi
          onFailure: Continue
          inputs: {Service: s3, Api: PutRepair}
  - name: hold
    action: aws:pause
    timeoutSeconds: 60
    onFailure: Continue
    onCancel: step:undo
    inputs: {}
  - name: rest
    action: aws:sleep
    timeoutSeconds: 5
    onFailure: step:undo
    isEnd: true
    inputs: {Duration: PT3S}
  - name: undo
    action: aws:executeAwsApi
    maxAttempts: 2
    inputs: {Service: s3, Api: DeleteThing}
  - name: tell
    action: aws:sleep
    inputs: {Duration: PT1S}
";

#[derive(Debug, Clone)]
struct World {
    approvals: Vec<ApprovalStatus>,
    resumption: Resumption,
    answers: Vec<(usize, bool)>,
    ready: Vec<bool>,
}

fn world() -> impl Strategy<Value = World> {
    use ApprovalStatus as A;
    let approval = prop_oneof![
        4 => Just(A::Approved),
        1 => Just(A::Rejected),
        1 => Just(A::TimedOut),
        1 => Just(A::Cancelled)
    ];
    let resumption = prop_oneof![Just(Resumption::Resumed), Just(Resumption::TimedOut), Just(Resumption::Cancelled)];
    let answers = prop::collection::vec((0_usize..3, prop::bool::weighted(0.7)), 0..12);
    (prop::collection::vec(approval, 2), resumption, answers, prop::collection::vec(any::<bool>(), 0..20))
        .prop_map(|(approvals, resumption, answers, ready)| World { approvals, resumption, answers, ready })
}

fn host(world: &World) -> Scripted {
    let decision = |approved| ApproverDecision {
        approver: "kim".into(),
        approved,
        comment: None,
        at: "2026-11-22T10:00:00Z".parse().unwrap(),
    };
    let approvals = world.approvals.iter().map(|status| Approval {
        status: *status,
        decisions: match status {
            ApprovalStatus::Approved => vec![decision(true)],
            ApprovalStatus::Rejected => vec![decision(false)],
            ApprovalStatus::TimedOut | ApprovalStatus::Cancelled => Vec::new(),
        },
    });
    let answer = |ok| if ok { Ok(json!({})) } else { fault(FaultKind::Refused, "No") };
    let mut host = Scripted::new().approvals(approvals).resumptions([world.resumption]);
    for (which, ok) in &world.answers {
        host = host.answers(["PutThing", "PutRepair", "DeleteThing"][*which], [answer(*ok)]);
    }
    let looks = world.ready.iter().map(|ready| Ok(json!({ "Ready": ready })));
    let host = host.answers("GetThing", looks).always("GetThing", Ok(json!({"Ready": false})));
    ["PutThing", "PutRepair", "DeleteThing"].into_iter().fold(host, |host, api| host.always(api, Ok(json!({}))))
}

async fn run(host: &Scripted) -> Execution {
    crate::host::run(TEXT, host).await
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A run without a stop names the moments at which it could be stopped; it is run again and stopped at one.
    #[test]
    fn no_order_of_answers_signals_and_stops_leads_to_an_illegal_state(
        world in world(),
        at in any::<prop::sample::Index>(),
        complete in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let quiet = host(&world);
        let execution = runtime.block_on(run(&quiet));
        prop_assert_eq!(check(&execution, &quiet.told()), Ok(()));
        let operations = quiet.operations();
        let moment = &operations[at.index(operations.len())];
        let host = if complete { host(&world).complete_at(moment) } else { host(&world).cancel_at(moment) };
        let execution = runtime.block_on(run(&host));
        prop_assert_eq!(check(&execution, &host.told()), Ok(()), "stopped at {}", moment);
        let asked = host.operations();
        let twice = asked.iter().filter(|operation| operation.ends_with("cancelled"));
        let after: Vec<&String> = twice.skip_while(|operation| *operation != moment).collect();
        if moment.ends_with("cancelled") && !complete {
            prop_assert_eq!(after.len(), 1, "asked again after it said yes: {:?}", after);
            prop_assert_eq!(execution.status, ExecutionStatus::Cancelled);
        }
    }
}

#[test]
fn the_check_sees_what_is_illegal() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let world = World {
        approvals: vec![ApprovalStatus::Approved; 2],
        resumption: Resumption::Resumed,
        answers: Vec::new(),
        ready: vec![true; 3],
    };
    let host = host(&world);
    let good = runtime.block_on(run(&host));
    assert_eq!((good.status, check(&good, &host.told())), (ExecutionStatus::Success, Ok(())));
    let broken: [fn(&mut Execution); 5] = [
        |execution| execution.steps[0].status = StepStatus::Waiting,
        |execution| execution.steps[2].status = StepStatus::Exited,
        |execution| execution.status = ExecutionStatus::Cancelled,
        |execution| execution.steps[0].next_step = Some("undo".into()),
        |execution| execution.steps.remove(0).started.map_or((), |_| ()),
    ];
    for (index, break_it) in broken.into_iter().enumerate() {
        let mut execution = good.clone();
        break_it(&mut execution);
        assert!(check(&execution, &host.told()).is_err(), "{index}");
    }
}
