//! Remediation exceptions: resources that somebody does not want to be put right.
//!
//! Comes in: the operations about them. Goes out: what AWS Config answers. Never: one whose time is up.

use serde_json::{Map, Value, json};

use super::service::Config;
use crate::clock;
use crate::gateway::respond::AwsError;

type Input = Map<String, Value>;
type Answer = Result<Value, AwsError>;

/// `PutRemediationExceptions`: one for each resource, in place of what was said of it before.
pub(super) async fn put(config: &Config, input: &Input) -> Answer {
    let mut kept = config.exceptions().await;
    for key in keys(input) {
        kept.retain(|exception| !is_about(exception, input, key));
        let mut exception = json!({ "ConfigRuleName": input.get("ConfigRuleName") });
        for member in ["ResourceType", "ResourceId"] {
            exception[member] = key[member].clone();
        }
        for member in ["Message", "ExpirationTime"] {
            if let Some(value) = input.get(member) {
                exception[member] = value.clone();
            }
        }
        kept.push(exception);
    }
    Ok(json!({ "FailedBatches": [] }))
}

/// `DescribeRemediationExceptions`: of a rule, and of the resources named.
pub(super) async fn describe(config: &Config, input: &Input) -> Answer {
    let now = clock::epoch(config.now());
    let kept = config.exceptions().await;
    let valid = |exception: &&Value| exception["ExpirationTime"].as_f64().is_none_or(|end| end > now);
    let wanted = |exception: &&Value| {
        exception["ConfigRuleName"] == input["ConfigRuleName"]
            && (keys(input).next().is_none() || keys(input).any(|key| is_about(exception, input, key)))
    };
    let found: Vec<&Value> = kept.iter().filter(valid).filter(wanted).collect();
    Ok(json!({ "RemediationExceptions": found }))
}

/// `DeleteRemediationExceptions`.
pub(super) async fn delete(config: &Config, input: &Input) -> Answer {
    let mut kept = config.exceptions().await;
    for key in keys(input) {
        kept.retain(|exception| !is_about(exception, input, key));
    }
    Ok(json!({ "FailedBatches": [] }))
}

fn keys(input: &Input) -> impl Iterator<Item = &Value> {
    input.get("ResourceKeys").and_then(Value::as_array).into_iter().flatten()
}

fn is_about(exception: &Value, input: &Input, key: &Value) -> bool {
    exception["ConfigRuleName"] == input["ConfigRuleName"]
        && exception["ResourceType"] == key["ResourceType"]
        && exception["ResourceId"] == key["ResourceId"]
}
