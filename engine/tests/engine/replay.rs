//! A run can be stopped after any effect and taken up again from what was recorded.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, Approval, ApprovalRequest, ApprovalStatus, CallFault, Execution, FaultKind, Host, HostError,
    PauseRequest, Progress, Resumption, RunError, StopRequest,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::host::{Answer, Scripted, context, document, fault};

#[derive(Debug, Clone, PartialEq)]
enum Entry {
    Call(Box<(ApiCall, Result<Value, CallFault>)>),
    Slept(Duration),
    Now(Timestamp),
    Stop(Option<StopRequest>),
    Approved(Approval),
    Resumed(Resumption),
}

/// Gives recorded answers as long as there are any, then asks the world; stops for good after `limit` effects.
struct Journal<'a> {
    world: &'a Scripted,
    entries: Mutex<Vec<(String, Entry)>>,
    at: Mutex<usize>,
    limit: usize,
}

impl<'a> Journal<'a> {
    fn new(world: &'a Scripted, recorded: Vec<(String, Entry)>, limit: usize) -> Self {
        Self { world, entries: Mutex::new(recorded), at: Mutex::new(0), limit }
    }

    /// The recorded entry at this place; the test fails if the run asks for something else.
    fn recorded(&self, operation: &str) -> Result<Option<Entry>, HostError> {
        let mut at = self.at.lock().unwrap();
        if *at >= self.limit {
            return Err(HostError { operation: operation.to_owned(), source: "killed".into() });
        }
        let entry = self.entries.lock().unwrap().get(*at).cloned();
        *at += 1;
        Ok(entry.map(|(name, entry)| {
            assert_eq!(name, operation, "the replay takes another path");
            entry
        }))
    }

    fn record(&self, operation: &str, entry: Entry) {
        self.entries.lock().unwrap().push((operation.to_owned(), entry));
    }
}

#[async_trait]
impl Host for Journal<'_> {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Answer, HostError> {
        match self.recorded(op)? {
            Some(Entry::Call(recorded)) => {
                assert_eq!(recorded.0, call);
                Ok(recorded.1)
            }
            Some(other) => panic!("{op} was {other:?}"),
            None => {
                let answer = self.world.call(op, call.clone()).await?;
                self.record(op, Entry::Call(Box::new((call, answer.clone()))));
                Ok(answer)
            }
        }
    }

    async fn sleep(&self, op: &str, pause: Duration) -> Result<(), HostError> {
        match self.recorded(op)? {
            Some(entry) => assert_eq!(entry, Entry::Slept(pause)),
            None => {
                self.world.sleep(op, pause).await?;
                self.record(op, Entry::Slept(pause));
            }
        }
        Ok(())
    }

    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        match self.recorded(op)? {
            Some(Entry::Now(now)) => Ok(now),
            Some(other) => panic!("{op} was {other:?}"),
            None => {
                let now = self.world.now(op).await?;
                self.record(op, Entry::Now(now));
                Ok(now)
            }
        }
    }

    fn is_read(&self, service: &str, api: &str) -> bool {
        self.world.is_read(service, api)
    }

    async fn cancelled(&self, op: &str) -> Result<bool, HostError> {
        Ok(self.stop(op).await?.is_some())
    }

    async fn stop(&self, op: &str) -> Result<Option<StopRequest>, HostError> {
        match self.recorded(op)? {
            Some(Entry::Stop(stop)) => Ok(stop),
            Some(other) => panic!("{op} was {other:?}"),
            None => {
                let stop = self.world.stop(op).await?;
                self.record(op, Entry::Stop(stop));
                Ok(stop)
            }
        }
    }

    fn lacks(&self, ability: Ability) -> Option<String> {
        self.world.lacks(ability)
    }

    async fn approve(&self, op: &str, request: ApprovalRequest) -> Result<Approval, HostError> {
        match self.recorded(op)? {
            Some(Entry::Approved(approval)) => Ok(approval),
            Some(other) => panic!("{op} was {other:?}"),
            None => {
                let approval = self.world.approve(op, request).await?;
                self.record(op, Entry::Approved(approval.clone()));
                Ok(approval)
            }
        }
    }

    async fn pause(&self, op: &str, request: PauseRequest) -> Result<Resumption, HostError> {
        match self.recorded(op)? {
            Some(Entry::Resumed(resumption)) => Ok(resumption),
            Some(other) => panic!("{op} was {other:?}"),
            None => {
                let resumption = self.world.pause(op, request).await?;
                self.record(op, Entry::Resumed(resumption));
                Ok(resumption)
            }
        }
    }

    fn report(&self, _progress: Progress) {}
}

const TEXT: &str = "variables:
  Seen: {type: String, default: ''}
parameters:
  Ami: {type: String, default: '{{ ssm:/ami }}'}
mainSteps:
  - name: find
    action: aws:executeAwsApi
    maxAttempts: 2
    inputs: {Service: ec2, Api: DescribeThings, Ami: '{{ Ami }}'}
    outputs:
      - {Name: Id, Selector: $.Id, Type: String}
  - name: wait
    action: aws:waitForAwsResourceProperty
    timeoutSeconds: 60
    onFailure: step:undo
    inputs: {Service: ec2, Api: GetThing, Id: '{{ find.Id }}', PropertySelector: $.State, DesiredValues: [ready]}
  - name: choose
    action: aws:branch
    inputs:
      Choices:
        - {NextStep: rest, Variable: '{{ find.Id }}', StringEquals: t-1}
  - name: rest
    action: aws:sleep
    inputs: {Duration: PT5S}
  - name: ask
    action: aws:approve
    inputs: {Approvers: [kim]}
  - name: each
    action: aws:loop
    inputs:
      Iterators: [a, b]
      Steps:
        - {name: keep, action: 'aws:updateVariable', inputs: {Name: 'variable:Seen', Value: '{{ variable:Seen }}{{ each.CurrentIteratorValue }}'}}
        - name: again
          action: aws:loop
          inputs:
            LoopCondition: {Variable: '{{ again.CurrentIteration }}', NumericLesser: 2}
            Steps:
              - {name: put, action: 'aws:executeAwsApi', maxAttempts: 2, inputs: {Service: ec2, Api: PutThing, Seen: '{{ variable:Seen }}'}}
  - name: hold
    action: aws:pause
    isEnd: true
    inputs: {}
  - name: undo
    action: aws:executeAwsApi
    inputs: {Service: ec2, Api: DeleteThing, Id: '{{ find.Id }}', At: '{{ global:DATE_TIME }}'}
";

fn world(ready: bool) -> Scripted {
    let states = ["new", "new", if ready { "ready" } else { "broken" }].map(|state| Ok(json!({ "State": state })));
    Scripted::new()
        .answers("GetParameter", [Ok(json!({"Parameter": {"Type": "String", "Value": "ami-1"}}))])
        .answers("DescribeThings", [fault(FaultKind::Refused, "NotYet"), Ok(json!({"Id": "t-1"}))])
        .answers("GetThing", states)
        .always("GetThing", fault(FaultKind::Refused, "Gone"))
        .always("DeleteThing", Ok(json!({})))
        .answers("PutThing", [Ok(json!({})), fault(FaultKind::Refused, "Busy")])
        .always("PutThing", Ok(json!({})))
        .approvals([Approval { status: ApprovalStatus::Approved, decisions: Vec::new() }])
        .resumptions([Resumption::Resumed])
}

async fn play(host: &Journal<'_>) -> Result<Execution, RunError> {
    engine::run(&document(TEXT), Map::new(), &context(), host).await
}

#[tokio::test]
async fn a_run_killed_after_any_effect_ends_as_if_it_had_not_been() {
    for ready in [true, false] {
        let quiet = world(ready);
        let whole = Journal::new(&quiet, Vec::new(), usize::MAX);
        let expected = play(&whole).await.unwrap();
        let recorded = whole.entries.into_inner().unwrap();
        assert!(recorded.len() > 15, "{}", recorded.len());
        for limit in 0..recorded.len() {
            let world = world(ready);
            let first = Journal::new(&world, Vec::new(), limit);
            assert!(matches!(play(&first).await, Err(RunError::Host(_))));
            let kept = first.entries.into_inner().unwrap();
            let second = Journal::new(&world, kept, usize::MAX);
            assert_eq!(play(&second).await.unwrap(), expected, "killed after {limit}");
            assert_eq!(second.entries.into_inner().unwrap(), recorded);
            assert_eq!(world.calls(), quiet.calls(), "every call is made once");
            assert_eq!(world.asked(), quiet.asked(), "people are asked once");
        }
    }
}

#[tokio::test]
async fn a_failure_of_the_host_is_not_the_runbooks_to_handle() {
    let world = world(true);
    let killed = Journal::new(&world, Vec::new(), 0);
    let Err(RunError::Host(error)) = play(&killed).await else { panic!("went on") };
    assert_eq!(error.operation, "parameters//ami");
}
