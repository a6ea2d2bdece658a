//! aws:executeAutomation: many children, under rate control.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use engine::{
    Ability, ApiCall, CallFault, Cause, DocumentFault, DocumentRequest, Execution, ExecutionStatus, FaultKind, Host,
    HostError, Progress, StopRequest,
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::host::{Scripted, context, document, fault, run};
use crate::recording::{Record, Recording};
use crate::typed::{failure, outputs, step};

const CHILD: &str = "parameters: {Id: {type: String}, Mode: {type: String, default: none}}
mainSteps:
  - {name: begin, action: 'aws:executeAwsApi', inputs: {Service: x, Api: PutThing, Id: '{{ Id }}', Mode: '{{ Mode }}'}}
  - {name: rest, action: 'aws:sleep', inputs: {Duration: PT1S}}
  - {name: finish, action: 'aws:executeAwsApi', inputs: {Service: x, Api: EndThing, Id: '{{ Id }}'}}
outputs: [begin.None]
";

fn many(more: &str) -> String {
    step("aws:executeAutomation", "", &format!("{{DocumentName: child, {more}}}"))
}

fn values(values: &str) -> String {
    format!("TargetParameterName: Id, Targets: [{{Key: ParameterValues, Values: [{values}]}}]")
}

fn account() -> Scripted {
    let child = CHILD.replace("outputs: [begin.None]\n", "");
    Scripted::new().document("child", &child).always("PutThing", Ok(Value::Null)).always("EndThing", Ok(Value::Null))
}

fn ids(host: &Scripted) -> Vec<String> {
    let calls = host.calls().into_iter().filter(|call| call.api == "PutThing");
    calls.map(|call| call.input["Id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_value_is_a_child_and_the_common_parameters_are_everyones() {
    let host = account();
    let text = many(&format!("RuntimeParameters: {{Mode: fast}}, {}", values("a, b, a, c")));
    let execution = run(&text, &host).await;
    let given = outputs(&execution);
    assert_eq!((&given["Status"], given["ExecutionId"].as_array().unwrap().len()), (&json!("Success"), 3));
    assert_eq!(ids(&host), ["a", "b", "c"]);
    assert!(host.calls().iter().filter(|call| call.api == "PutThing").all(|call| call.input["Mode"] == "fast"));
}

#[tokio::test]
async fn each_map_is_a_child() {
    let host = account();
    outputs(&run(&many("TargetMaps: [{Id: [a], Mode: [slow]}, {Id: b}]"), &host).await);
    let inputs: Vec<Value> =
        host.calls().into_iter().filter(|call| call.api == "PutThing").map(|call| call.input).collect();
    assert_eq!(inputs, [json!({"Id": "a", "Mode": "slow"}), json!({"Id": "b", "Mode": "none"})]);
}

#[tokio::test]
async fn a_tag_a_resource_group_and_all_instances_are_asked_for_page_by_page() {
    let arn = |id: &str| json!({"ResourceARN": format!("arn:aws:ec2:r:1:instance/{id}")});
    let host = account()
        .answers(
            "GetResources",
            [
                Ok(json!({"ResourceTagMappingList": [arn("i-1")], "PaginationToken": "t"})),
                Ok(json!({"ResourceTagMappingList": [arn("i-2")], "PaginationToken": ""})),
            ],
        )
        .answers("ListGroupResources", [Ok(json!({"Resources": [{"Identifier": {"ResourceArn": "arn:aws:s3:::b"}}]}))])
        .answers(
            "DescribeInstanceInformation",
            [Ok(json!({"InstanceInformationList": [{"InstanceId": "i-2"}, {"InstanceId": "mi-3"}]}))],
        );
    let targets = "TargetParameterName: Id, Targets: [{Key: 'tag:Env', Values: [prod]}, {Key: ResourceGroup, Values: [g]}, {Key: InstanceIds, Values: ['*']}]";
    outputs(&run(&many(targets), &host).await);
    assert_eq!(ids(&host), ["i-1", "i-2", "b", "mi-3"]);
    let calls = host.calls();
    assert_eq!(calls[0].input, json!({"TagFilters": [{"Key": "Env", "Values": ["prod"]}]}));
    assert_eq!(calls[1].input["PaginationToken"], "t");
    assert_eq!(calls[2].input, json!({"Group": "g"}));
}

#[tokio::test]
async fn targets_that_stand_for_nothing_or_cannot_be_understood_fail_the_step() {
    let host = account().answers("GetResources", [Ok(json!({"ResourceTagMappingList": []}))]);
    let text = many("TargetParameterName: Id, Targets: [{Key: 'tag:Env', Values: [prod]}]");
    assert_eq!(failure(&run(&text, &host).await).1, "the targets name nothing");
    let text = many(&values("a").replace("ParameterValues", "Colour"));
    let message = "the target key Colour is not one of ParameterValues, tag:NAME, ResourceGroup, InstanceIds";
    assert_eq!(failure(&run(&text, &account()).await), (&Cause::Inputs, message));
    let text = many(&values("a").replace("TargetParameterName: Id", "TargetParameterName: Name"));
    let message = "TargetParameterName is Name, which child does not have";
    assert_eq!(failure(&run(&text, &account()).await), (&Cause::Inputs, message));
}

#[tokio::test]
async fn the_first_error_stops_the_starting_unless_more_are_allowed() {
    let failing = || account().answers("PutThing", [Ok(Value::Null), fault(FaultKind::Refused, "No")]);
    let host = failing();
    let execution = run(&many(&values("a, b, c, d")), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Failed);
    let message = failure(&execution).1;
    let expected =
        "1 of 4 children ended in an error, 2 were not started; 0 errors are allowed; child 2: child is Failed";
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(ids(&host), ["a", "b"]);
    let host = failing();
    let execution = run(&many(&format!("{}, MaxErrors: 25%", values("a, b, c, d"))), &host).await;
    assert_eq!(outputs(&execution)["Status"], "Success");
    assert_eq!(ids(&host), ["a", "b", "c", "d"]);
    assert!(host.warnings()[0].starts_with("child 2: child is Failed"), "{:?}", host.warnings());
}

#[tokio::test]
async fn a_cancelled_parent_starts_no_more_children() {
    let host = account().cancel_at("only#1/1/2:rest#1/cancelled");
    let execution = run(&many(&values("a, b, c, d")), &host).await;
    assert_eq!(execution.status, ExecutionStatus::Cancelled);
    assert_eq!(ids(&host), ["a", "b"]);
}

/// An account in which some things cannot be ended, and which looks at what happens at the same time.
#[derive(Default)]
struct Busy {
    failing: BTreeSet<u32>,
    most_errors: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// How often each call was made for each thing.
    calls: BTreeMap<(String, String), u32>,
    /// Children that began, ended, and whose ends were noticed.
    began: BTreeSet<u32>,
    ended: BTreeSet<u32>,
    noticed: BTreeSet<u32>,
    most_at_once: usize,
    seconds: i64,
}

/// The child whose operation this is, and what it does.
fn of_child(op: &str) -> Option<(u32, &str)> {
    let (child, what) = op.strip_prefix("only#1/1/")?.split_once(':')?;
    Some((child.parse().unwrap(), what))
}

#[async_trait]
impl Host for Busy {
    async fn call(&self, op: &str, call: ApiCall) -> Result<Result<Value, CallFault>, HostError> {
        let (child, _) = of_child(op).unwrap();
        let id = call.input["Id"].as_str().unwrap().to_owned();
        *self.seen.lock().unwrap().calls.entry((call.api.clone(), id)).or_default() += 1;
        let fails = call.api == "EndThing" && self.failing.contains(&child);
        Ok(if fails { fault(FaultKind::Refused, "No") } else { Ok(Value::Null) })
    }

    async fn sleep(&self, _: &str, _: Duration) -> Result<(), HostError> {
        Ok(())
    }

    /// The time is the first thing that a child asks for, and the last.
    async fn now(&self, op: &str) -> Result<Timestamp, HostError> {
        let mut seen = self.seen.lock().unwrap();
        seen.seconds += 1;
        match of_child(op) {
            Some((child, "start")) => {
                let errors = seen.noticed.intersection(&self.failing).count();
                assert!(errors <= self.most_errors, "child {child} starts after {errors} errors");
                assert!(seen.began.insert(child), "child {child} starts twice");
                seen.most_at_once = seen.most_at_once.max(seen.began.len() - seen.ended.len());
            }
            Some((child, "finish#1/end")) => assert!(seen.ended.insert(child), "child {child} ends twice"),
            _ => {}
        }
        Ok(Timestamp::from_second(seen.seconds).unwrap())
    }

    async fn decide(&self, _: &str, decision: Value) -> Result<Value, HostError> {
        let mut seen = self.seen.lock().unwrap();
        let ready: BTreeSet<u32> = serde_json::from_value(decision.clone()).unwrap();
        seen.noticed.extend(&ready);
        assert_eq!(seen.noticed, seen.ended, "an end is noticed when it is there");
        Ok(decision)
    }

    fn is_read(&self, _: &str, _: &str) -> bool {
        false
    }

    async fn cancelled(&self, _: &str) -> Result<bool, HostError> {
        Ok(false)
    }

    async fn stop(&self, _: &str) -> Result<Option<StopRequest>, HostError> {
        Ok(None)
    }

    fn report(&self, _: Progress) {}

    fn lacks(&self, _: Ability) -> Option<String> {
        None
    }

    async fn document(&self, _: &str, _: DocumentRequest) -> Result<Result<String, DocumentFault>, HostError> {
        Ok(Ok(format!("schemaVersion: '0.3'\n{}", CHILD.replace("outputs: [begin.None]\n", ""))))
    }
}

impl Busy {
    fn new(failing: &BTreeSet<u32>, most_errors: usize) -> Self {
        Self { failing: failing.clone(), most_errors, seen: Mutex::default() }
    }

    /// What must hold in the end, however things fell out.
    fn check(&self, concurrency: usize) {
        let seen = self.seen.lock().unwrap();
        assert!(seen.most_at_once <= concurrency, "{} at once", seen.most_at_once);
        assert!(seen.calls.values().all(|times| *times == 1), "{:?}", seen.calls);
        assert_eq!(seen.began, seen.ended, "a child that was started is walked to its end");
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

async fn play(text: &str, host: &Recording<'_>) -> Option<Execution> {
    engine::run(&document(text), Map::new(), &context(), host).await.ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever ends first, wherever the process is killed, whatever ends first after that.
    #[test]
    fn rate_control_holds_and_is_replayed_whatever_ends_first_and_wherever_it_is_killed(
        total in 1_u32..12,
        concurrency in 1_usize..6,
        errors in 0_usize..4,
        failing in prop::collection::btree_set(1_u32..12, 0..5),
        kill in 0_usize..160,
        seeds in any::<[u64; 3]>(),
    ) {
        let ids: Vec<String> = (1..=total).map(|child| format!("t{child}")).collect();
        let text = many(&format!("{}, MaxConcurrency: '{concurrency}', MaxErrors: '{errors}'", values(&ids.join(", "))));
        block(async {
            let world = Busy::new(&failing, errors);
            let first = Recording::new(&world, Record::new(), kill, seeds[0]);
            let early = play(&text, &first).await;
            let second = Recording::new(&world, first.record(), usize::MAX, seeds[1]);
            let done = play(&text, &second).await.unwrap();
            world.check(concurrency);
            if let Some(early) = early {
                assert_eq!(early, done, "it had ended before");
            }
            let record = second.record();
            let nothing = Busy::default();
            let third = Recording::new(&nothing, record.clone(), 0, seeds[2]);
            assert_eq!(play(&text, &third).await, Some(done), "a replay of the whole record");
            assert_eq!(third.record(), record);
        });
    }
}
