//! aws:deleteStack: deletes a CloudFormation stack and waits until it is gone.
//!
//! Takes StackName (a name or an id), ClientRequestToken, RoleARN and RetainResources, as a list or as the guide writes
//! it (RetainResources.member.1); gives nothing. A stack that is not there is success.
//! Never: waiting for another stack of the same name; what is waited for is the one that was there.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field};
use super::watch::{Sight, Watch, until};
use super::{Answer, COMMON, Call, Run, Runs, Spec, stack};
use crate::document::Step;
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:deleteStack",
    required: &["StackName"],
    // Not closed, because of RetainResources.member.N; see `check`.
    optional: None,
    check,
    calls,
    runs: Runs::Here(&DeleteStack),
    ..COMMON
};

static FIELDS: [Field; 4] = [
    field("StackName", Kind::Id),
    field("ClientRequestToken", Kind::Id),
    field("RetainResources", Kind::Ids(usize::MAX)),
    field("RoleARN", Kind::Id),
];

const MEMBER: &str = "RetainResources.member.";

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    let known = ["StackName", "ClientRequestToken", "RetainResources", "RoleARN"];
    for key in step.inputs.keys().filter(|key| !known.contains(&key.as_str()) && !key.starts_with(MEMBER)) {
        reporter.key_warning("unknown-input", &spot.key(key), format!("aws:deleteStack has no input {key}"));
    }
}

fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let stack = json!({"StackName": inputs.get("StackName")});
    ["DeleteStack", "DescribeStacks", "DescribeStackEvents"]
        .map(|api| ("cloudformation".to_owned(), api.to_owned(), stack.clone()))
        .to_vec()
}

/// The members of the list that the guide writes one by one.
fn gathered(inputs: &Map<String, Value>) -> Map<String, Value> {
    let mut inputs = inputs.clone();
    let numbered = |key: &String| key.strip_prefix(MEMBER)?.parse::<u32>().ok();
    let mut members: Vec<(u32, Value)> =
        inputs.iter().filter_map(|(key, value)| Some((numbered(key)?, value.clone()))).collect();
    members.sort_by_key(|(number, _)| *number);
    if !members.is_empty() {
        inputs.insert("RetainResources".to_owned(), members.into_iter().map(|(_, value)| value).collect());
    }
    inputs
}

struct DeleteStack;

#[async_trait]
impl Run for DeleteStack {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, &gathered(attempt.inputs()))?;
        let name = inputs.needed("StackName")?.to_owned();
        let named = json!({ "StackName": name });
        let stack = match attempt.call("stack", "cloudformation", "DescribeStacks", named).await {
            Ok(answer) => stack::of(&answer).clone(),
            Err(stop) if stack::absent(&stop) => return Ok(Answer::default()),
            Err(stop) => return Err(stop),
        };
        let id = stack["StackId"].as_str().unwrap_or(&name).to_owned();
        if stack["StackStatus"] == "DELETE_COMPLETE" {
            return Ok(Answer::default());
        }
        let mut request = inputs.request();
        request.insert("StackName".to_owned(), id.clone().into());
        attempt.call("delete", "cloudformation", "DeleteStack", Value::Object(request)).await?;
        gone(attempt, &name, &id).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        let input = Value::Object(field::shown(&FIELDS, &gathered(inputs)));
        Some(("cloudformation".into(), "DeleteStack".into(), input))
    }
}

async fn gone(attempt: &mut Attempt<'_>, name: &str, id: &str) -> Result<Answer, Stop> {
    let input = json!({"StackName": id});
    let (what, service, api, absent) = ("gone", "cloudformation", "DescribeStacks", stack::is_absent as fn(&_) -> _);
    let watch = Watch { what, service, api, input, absent };
    let judge = |answer: Result<&Value, &_>| answer.map_or(Sight::Reached(()), |answer| status(name, answer));
    match until(attempt, &watch, judge).await {
        Ok(()) => Ok(Answer::default()),
        Err(Stop::Cancelled) => {
            attempt.warn(format!("the stack {name} goes on being deleted"));
            Err(Stop::Cancelled)
        }
        Err(stop) => Err(stack::explained(attempt, id, stop).await),
    }
}

fn status(name: &str, answer: &Value) -> Sight<()> {
    let stack = stack::of(answer);
    match stack["StackStatus"].as_str() {
        None | Some("DELETE_COMPLETE") => Sight::Reached(()),
        Some("DELETE_FAILED") => {
            Sight::Hopeless { seen: "DELETE_FAILED".into(), message: stack::words(name, stack), root: Value::Null }
        }
        Some(status) => Sight::NotYet(status.into()),
    }
}
