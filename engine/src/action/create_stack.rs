//! aws:createStack: makes a CloudFormation stack and waits until it is there.
//!
//! Takes CreateStack's inputs; gives StackId, StackStatus and StackStatusReason. Only CREATE_COMPLETE is success.
//! Without a ClientRequestToken of the document's, one is derived from the step: a repeated try is one stack.
//! Never: an end of the stack because the run is cancelled; onCancel may delete it.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field};
use super::watch::{Sight, Watch, text_in, until};
use super::{Answer, COMMON, Call, Run, Runs, Spec, stack};
use crate::document::Step;
use crate::report::{Reporter, Spot};
use crate::run::{Attempt, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:createStack",
    required: &["StackName"],
    optional: Some(&[
        "Capabilities",
        "ClientRequestToken",
        "DisableRollback",
        "NotificationARNs",
        "OnFailure",
        "Parameters",
        "ResourceTypes",
        "RoleARN",
        "StackPolicyBody",
        "StackPolicyURL",
        "Tags",
        "TemplateBody",
        "TemplateURL",
        "TimeoutInMinutes",
    ]),
    outputs: &["StackId", "StackStatus", "StackStatusReason"],
    cancel_target: false,
    check,
    calls,
    runs: Runs::Here(&CreateStack),
    ..COMMON
};

static FIELDS: [Field; 15] = [
    field("StackName", Kind::Id),
    field("Capabilities", Kind::Ids(3)),
    field("ClientRequestToken", Kind::Id),
    field("DisableRollback", Kind::Flag),
    field("NotificationARNs", Kind::Ids(5)),
    field("OnFailure", Kind::OneOf(&["DO_NOTHING", "ROLLBACK", "DELETE"])),
    field("Parameters", Kind::Maps(usize::MAX)),
    field("ResourceTypes", Kind::Ids(usize::MAX)),
    field("RoleARN", Kind::Id),
    field("StackPolicyBody", Kind::Text),
    field("StackPolicyURL", Kind::Id),
    field("Tags", Kind::Maps(10)),
    field("TemplateBody", Kind::Text),
    field("TemplateURL", Kind::Id),
    field("TimeoutInMinutes", Kind::Whole(1, i64::MAX)),
];

/// Only one of each pair is possible.
const PAIRS: [(&str, &str); 3] =
    [("TemplateBody", "TemplateURL"), ("StackPolicyBody", "StackPolicyURL"), ("DisableRollback", "OnFailure")];

const NO_TEMPLATE: &str = "TemplateBody or TemplateURL is needed";
/// CreateStack takes no longer text.
const LONGEST_BODY: usize = 51_200;

fn check(step: &Step, spot: &Spot, reporter: &mut Reporter<'_>) {
    if step.max_attempts.is_some() && !step.inputs.contains_key("ClientRequestToken") {
        let message = "on SSM Automation a repeated attempt may create the stack twice";
        reporter.warning("repeated-create", spot, message).hint("give a ClientRequestToken");
    }
}

fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let stack = json!({"StackName": inputs.get("StackName")});
    ["CreateStack", "DescribeStacks", "DescribeStackEvents"]
        .map(|api| ("cloudformation".to_owned(), api.to_owned(), stack.clone()))
        .to_vec()
}

/// What the types do not say.
fn fit(inputs: &Inputs) -> Result<(), Stop> {
    inputs.needed("StackName")?;
    if let Some((one, other)) = PAIRS.iter().find(|(one, other)| inputs.get(one).and(inputs.get(other)).is_some()) {
        return Err(Stop::inputs(format!("only one of {one} and {other} is possible")));
    }
    let body = inputs.text("TemplateBody").map(str::len);
    match (body, inputs.text("TemplateURL")) {
        (None, None) => Err(Stop::inputs(NO_TEMPLATE)),
        (Some(bytes), _) if bytes > LONGEST_BODY => {
            let message = format!("TemplateBody has {bytes} bytes; CloudFormation takes {LONGEST_BODY}");
            Err(Stop::inputs(message + ", and more by TemplateURL"))
        }
        _ => Ok(()),
    }
}

struct CreateStack;

#[async_trait]
impl Run for CreateStack {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        fit(&inputs)?;
        let name = inputs.needed("StackName")?.to_owned();
        let mut request = inputs.request();
        request.entry("ClientRequestToken").or_insert_with(|| attempt.token().into());
        let answer = attempt.call("create", "cloudformation", "CreateStack", Value::Object(request)).await?;
        let id = text_in(&answer, "StackId")?;
        created(attempt, &name, &id).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        let input = Value::Object(field::shown(&FIELDS, inputs));
        Some(("cloudformation".into(), "CreateStack".into(), input))
    }
}

/// Looks until the stack is there, or has come to another end.
async fn created(attempt: &mut Attempt<'_>, name: &str, id: &str) -> Result<Answer, Stop> {
    let input = json!({"StackName": id});
    let (what, service, api, absent) = ("stack", "cloudformation", "DescribeStacks", stack::is_absent as fn(&_) -> _);
    let watch = Watch { what, service, api, input, absent };
    let judge = |answer: Result<&Value, &_>| match answer {
        Ok(answer) => status(name, stack::of(answer)),
        // CloudFormation tells of a new stack later than it makes it.
        Err(_) => Sight::NotYet(Value::Null),
    };
    match until(attempt, &watch, judge).await {
        Ok(root) => Ok(Answer::of(root)),
        Err(Stop::Cancelled) => {
            attempt.warn(format!("the stack {name} goes on being made"));
            Err(Stop::Cancelled)
        }
        Err(stop) => Err(stack::explained(attempt, id, stop).await),
    }
}

fn status(name: &str, stack: &Value) -> Sight<Value> {
    match stack["StackStatus"].as_str() {
        Some("CREATE_COMPLETE") => Sight::Reached(outputs(stack)),
        Some(status) if !status.ends_with("_IN_PROGRESS") => {
            Sight::Hopeless { seen: status.into(), message: stack::words(name, stack), root: outputs(stack) }
        }
        _ => Sight::NotYet(stack["StackStatus"].clone()),
    }
}

fn outputs(stack: &Value) -> Value {
    let keys = ["StackId", "StackStatus", "StackStatusReason"];
    keys.iter().map(|key| ((*key).to_owned(), stack[*key].clone())).collect()
}
