//! aws:executeStateMachine: starts a Step Functions state machine and waits for its end.
//!
//! Takes stateMachineArn, name, input; gives what DescribeExecution tells of the execution. Only SUCCEEDED is success.
//! Without a name of the document's, one is derived from the step: a repeated try is one execution, and one whose
//! answer was lost is found again. A cancelled run stops it; one whose time ran out leaves it, for the next attempt to
//! go on with.
//! Never: express state machines; Step Functions does not tell how those end.

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::field::{self, Field, Inputs, Kind, field};
use super::watch::{self, Sight, Watch, text_in, until};
use super::{Answer, COMMON, Call, Run, Runs, Spec};
use crate::host::CallFault;
use crate::run::{Attempt, Stop};

const OUTPUTS: &[&str] =
    &["executionArn", "input", "name", "output", "startDate", "stateMachineArn", "status", "stopDate"];

pub(super) static SPEC: Spec = Spec {
    name: "aws:executeStateMachine",
    required: &["stateMachineArn"],
    optional: Some(&["name", "input"]),
    outputs: OUTPUTS,
    calls,
    runs: Runs::Here(&ExecuteStateMachine),
    ..COMMON
};

static FIELDS: [Field; 3] = [field("stateMachineArn", Kind::Id), field("name", Kind::Id), field("input", Kind::Any)];

const SERVICE: &str = "stepfunctions";

fn calls(inputs: &Map<String, Value>) -> Vec<Call> {
    let machine = json!({"stateMachineArn": inputs.get("stateMachineArn")});
    let other = ["DescribeExecution", "StopExecution"].map(|api| (SERVICE.to_owned(), api.to_owned(), json!({})));
    [(SERVICE.to_owned(), "StartExecution".to_owned(), machine)].into_iter().chain(other).collect()
}

struct ExecuteStateMachine;

#[async_trait]
impl Run for ExecuteStateMachine {
    async fn attempt(&self, attempt: &mut Attempt<'_>) -> Result<Answer, Stop> {
        let inputs = Inputs::read(&FIELDS, attempt.inputs())?;
        let machine = inputs.needed("stateMachineArn")?;
        let mut request = inputs.request();
        as_json_text(&mut request);
        let named = inputs.text("name").map(str::to_owned);
        let name = named.clone().unwrap_or_else(|| attempt.token());
        request.insert("name".to_owned(), name.clone().into());
        let execution = match attempt.call("start", SERVICE, "StartExecution", Value::Object(request)).await {
            Ok(answer) => text_in(&answer, "executionArn")?,
            // Our own name: it was started by an earlier try, and has ended since.
            Err(stop) if named.is_none() && watch::refused(&stop, &["ExecutionAlreadyExists"]) => {
                execution_of(machine, &name).ok_or(stop)?
            }
            Err(stop) => return Err(stop),
        };
        ended(attempt, &execution).await
    }

    fn request(&self, inputs: &Map<String, Value>) -> Option<Call> {
        Some((SERVICE.into(), "StartExecution".into(), Value::Object(field::shown(&FIELDS, inputs))))
    }
}

/// The input is JSON as text; written as a map it means the same.
fn as_json_text(request: &mut Map<String, Value>) {
    if let Some(input) = request.get_mut("input").filter(|input| !input.is_string()) {
        *input = input.to_string().into();
    }
}

/// The ARN of an execution by this name, from that of its state machine (without version or alias).
fn execution_of(machine: &str, name: &str) -> Option<String> {
    let parts: Vec<&str> = machine.split(':').collect();
    match parts.as_slice() {
        [arn, partition, states, region, account, "stateMachine", machine, ..] => {
            Some([arn, partition, states, region, account, "execution", machine, name].join(":"))
        }
        _ => None,
    }
}

async fn ended(attempt: &mut Attempt<'_>, execution: &str) -> Result<Answer, Stop> {
    let watch = Watch {
        what: "execution",
        service: SERVICE,
        api: "DescribeExecution",
        input: json!({ "executionArn": execution }),
        // Step Functions tells of a new execution later than it starts it.
        absent: |fault: &CallFault| fault.code == "ExecutionDoesNotExist",
    };
    let judge = |answer: Result<&Value, &_>| answer.map_or(Sight::NotYet(Value::Null), status);
    let result = until(attempt, &watch, judge).await;
    if let Err(Stop::Cancelled) = result {
        let input = json!({"executionArn": execution, "cause": "the runbook was cancelled"});
        watch::stop(attempt, (SERVICE, "StopExecution", input)).await?;
    }
    result.map(Answer::of)
}

fn status(answer: &Value) -> Sight<Value> {
    let outputs = || OUTPUTS.iter().map(|key| ((*key).to_owned(), answer[*key].clone())).collect();
    match answer["status"].as_str() {
        Some("SUCCEEDED") => Sight::Reached(outputs()),
        Some(status @ ("FAILED" | "TIMED_OUT" | "ABORTED")) => {
            let why = ["error", "cause"].into_iter().filter_map(|key| answer[key].as_str());
            let why: String = why.map(|why| format!(": {why}")).collect();
            let name = answer["name"].as_str().unwrap_or_default();
            let message = format!("the execution {name} is {status}{why}");
            Sight::Hopeless { seen: status.into(), message, root: outputs() }
        }
        _ => Sight::NotYet(answer["status"].clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_found_by_the_name_of_its_machine() {
        let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:mend:3";
        let expected = "arn:aws:states:eu-west-1:123456789012:execution:mend:n1";
        assert_eq!(execution_of(machine, "n1").as_deref(), Some(expected));
        assert_eq!(execution_of("mend", "n1"), None);
    }
}
