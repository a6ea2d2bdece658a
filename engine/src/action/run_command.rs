//! aws:runCommand: sends a command document to managed nodes and waits until it has ended on all of them.
//!
//! Takes SendCommand's inputs; InstanceIds or Targets. Gives CommandId and Status; ResponseCode if the document has one
//! step; Output if there is one node, named by InstanceIds. Anything but Success fails the step. A run that is
//! cancelled, and a step whose time runs out, cancel the command.
//! Never: SendCommand a second time for one answer; but it knows no token, so a try whose answer was lost may have sent
//! it all the same.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field, own};
use super::watch::{self, Sight, Watch, until};
use super::{Answer, COMMON, Call, Run, Runs, Spec, command};
use crate::host::{CallFault, FaultKind};
use crate::run::{Attempt, Cause, Stop};

pub(super) static SPEC: Spec = Spec {
    name: "aws:runCommand",
    required: &["DocumentName"],
    optional: Some(&[
        "InstanceIds",
        "Targets",
        "Parameters",
        "CloudWatchOutputConfig",
        "Comment",
        "DocumentHash",
        "DocumentHashType",
        "DocumentVersion",
        "MaxConcurrency",
        "MaxErrors",
        "NotificationConfig",
        "OutputS3BucketName",
        "OutputS3KeyPrefix",
        "OutputS3Region",
        "ServiceRoleArn",
        "TimeoutSeconds",
    ]),
    outputs: &["CommandId", "Status", "ResponseCode", "Output"],
    calls,
    runs: Runs::Here(&RunCommand),
    ..COMMON
};

static FIELDS: [Field; 17] = [
    field("DocumentName", Kind::Id),
    field("InstanceIds", Kind::Ids(50)),
    field("Targets", Kind::Maps(5)),
    own("Parameters", Kind::Map),
    field("CloudWatchOutputConfig", Kind::Map),
    field("Comment", Kind::Text),
    field("DocumentHash", Kind::Id),
    field("DocumentHashType", Kind::OneOf(&["Sha256", "Sha1"])),
    field("DocumentVersion", Kind::Id),
    field("MaxConcurrency", Kind::Id),
    field("MaxErrors", Kind::Id),
    field("NotificationConfig", Kind::Map),
    field("OutputS3BucketName", Kind::Id),
    field("OutputS3KeyPrefix", Kind::Id),
    field("OutputS3Region", Kind::Id),
    field("ServiceRoleArn", Kind::Id),
    field("TimeoutSeconds", Kind::Count(30, 2_592_000)),
];

const NO_TARGET: &str = "InstanceIds or Targets is needed";

fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let sent = request(field::shown(&FIELDS, inputs), inputs.get("Parameters"));
    let other = ["ListCommands", "ListCommandInvocations", "CancelCommand"];
    let other = other.map(|api| ("ssm".to_owned(), api.to_owned(), json!({})));
    [("ssm".to_owned(), "SendCommand".to_owned(), sent)].into_iter().chain(other).collect()
}

/// Each parameter as the list of texts that the API takes; a single value is a list of one.
fn request(mut members: Map<String, Value>, parameters: Option<&Value>) -> Value {
    match parameters {
        Some(Value::Object(parameters)) => {
            let listed = parameters.iter().map(|(name, value)| (name.clone(), super::field::texts(value)));
            members.insert("Parameters".to_owned(), Value::Object(listed.collect()));
        }
        Some(reference) if !reference.is_null() => {
            members.insert("Parameters".to_owned(), reference.clone());
        }
        _ => {}
    }
    Value::Object(members)
}

struct RunCommand;

#[async_trait]
impl Run for RunCommand {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        inputs.needed("DocumentName")?;
        if inputs.items("InstanceIds").is_empty() && inputs.items("Targets").is_empty() {
            return Err(Stop::inputs(NO_TARGET));
        }
        let request = request(inputs.request(), inputs.get("Parameters"));
        let answer = attempt.call("send", "ssm", "SendCommand", request).await?;
        let id = watch::text_in(&answer["Command"], "CommandId")?;
        let one = inputs.items("InstanceIds").len() == 1 && inputs.items("Targets").is_empty();
        ended(attempt, &id, one).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        let sent = request(field::shown(&FIELDS, inputs), inputs.get("Parameters"));
        Some(("ssm".into(), "SendCommand".into(), sent))
    }
}

/// Waits for the command, then asks what it did.
async fn ended(attempt: &mut Attempt<'_>, id: &str, one: bool) -> Result<Answer, Stop> {
    let watch = Watch {
        what: "command",
        service: "ssm",
        api: "ListCommands",
        input: json!({ "CommandId": id }),
        // SSM tells of a new command later than it takes it.
        absent: |fault: &CallFault| fault.code == "InvalidCommandId",
    };
    let judge = |answer: Result<&Value, &_>| answer.map_or(Sight::NotYet(Value::Null), status);
    let status = match until(attempt, &watch, judge).await {
        Ok(status) => status,
        Err(stop @ (Stop::Cancelled | Stop::TimedOut { .. })) => {
            watch::stop(attempt, ("ssm", "CancelCommand", json!({ "CommandId": id }))).await?;
            return Err(stop);
        }
        Err(stop) => return Err(unknown(stop, id)),
    };
    let done = command::invocations(attempt, id, status != "Success").await.map_err(|stop| unknown(stop, id))?;
    let mut root = json!({"CommandId": id, "Status": status, "ResponseCode": command::response_code(&done)});
    if one {
        root["Output"] = command::output(&done);
    }
    if status == "Success" {
        return Ok(Answer::of(root));
    }
    let message = format!("the command {id} is {status}{}", command::reasons(&done));
    Err(Stop::failed(Cause::Property { seen: status.into() }, message).with_outputs(root))
}

/// What the command did cannot be asked for: another attempt would send it once more.
fn unknown(stop: Stop, id: &str) -> Stop {
    let Some(fault) = watch::fault(&stop) else { return stop };
    Stop::call(CallFault {
        kind: FaultKind::NoAnswer,
        code: CallFault::INTERRUPTED.to_owned(),
        message: format!("the command {id} was sent, and what it did is not known: {fault}"),
        ..fault.clone()
    })
}

/// The status of the whole command, once it has ended on every node.
fn status(answer: &Value) -> Sight<String> {
    match answer["Commands"][0]["Status"].as_str() {
        Some(status @ ("Success" | "Cancelled" | "Failed" | "TimedOut")) => Sight::Reached(status.to_owned()),
        _ => Sight::NotYet(answer["Commands"][0]["Status"].clone()),
    }
}
