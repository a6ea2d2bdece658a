//! What a command did on its nodes.
//!
//! Comes in: answers of ListCommandInvocations. Goes out: response code, output, and reasons of a failure.
//! Never: all output of all nodes; SSM keeps that in S3 or CloudWatch Logs.

use serde_json::{Value, json};

use crate::run::{Attempt, Stop};

const SERVICE: &str = "ssm";
const API: &str = "ListCommandInvocations";
/// So often each page is asked for, where AWS gives no answer.
const LOOKS: u32 = 5;
/// So many pages are read to find a node on which the command failed.
const PAGES: u32 = 20;
/// So many nodes are named in a failure.
const NAMED: usize = 3;
/// So much of a node's output is told: its end, where errors are.
const TOLD: usize = 300;

/// What the nodes did: the first page; of a command that failed all pages up to one that shows a failure.
pub(super) async fn invocations(attempt: &mut Attempt<'_>, id: &str, failed: bool) -> Result<Vec<Value>, Stop> {
    let mut input = json!({"CommandId": id, "Details": true});
    let mut all = Vec::new();
    for page in 1..=PAGES {
        let answer = asked(attempt, page, input.clone()).await?;
        all.extend(answer["CommandInvocations"].as_array().into_iter().flatten().cloned());
        let found = !failed || all.iter().any(|one| one["Status"] != "Success");
        match answer["NextToken"].as_str() {
            Some(token) if !found && !token.is_empty() => input["NextToken"] = token.into(),
            _ => break,
        }
    }
    Ok(all)
}

/// Asked patiently: the command has been run, and is not run again for want of an answer.
async fn asked(attempt: &mut Attempt<'_>, page: u32, input: Value) -> Result<Value, Stop> {
    let what = format!("nodes/{page}");
    for _ in 1..LOOKS {
        match attempt.look(&what, SERVICE, API, input.clone()).await? {
            Some(answer) => return Ok(answer),
            None => attempt.pause(Value::Null).await?,
        }
    }
    attempt.call(&what, SERVICE, API, input).await
}

/// The one step's code, the highest of all nodes; null if the document has several steps.
pub(super) fn response_code(invocations: &[Value]) -> Value {
    let plugins = |one: &Value| one["CommandPlugins"].as_array().map_or(0, Vec::len);
    if invocations.iter().any(|one| plugins(one) != 1) {
        return Value::Null;
    }
    let codes = invocations.iter().filter_map(|one| one["CommandPlugins"][0]["ResponseCode"].as_i64());
    codes.max().map_or(Value::Null, Value::from)
}

/// What the steps wrote on the one node.
pub(super) fn output(invocations: &[Value]) -> Value {
    let plugins = invocations.first().and_then(|one| one["CommandPlugins"].as_array());
    let texts: Vec<&str> = plugins.into_iter().flatten().filter_map(|plugin| plugin["Output"].as_str()).collect();
    if plugins.is_none() { Value::Null } else { texts.join("\n").into() }
}

/// `; i-1: Failed, code 2: last words`, for the first nodes on which it failed.
pub(super) fn reasons(invocations: &[Value]) -> String {
    let failed = invocations.iter().filter(|one| one["Status"] != "Success");
    let (named, rest): (Vec<_>, Vec<_>) = failed.enumerate().partition(|(index, _)| *index < NAMED);
    let mut text: String = named.into_iter().map(|(_, one)| reason(one)).collect();
    if !rest.is_empty() {
        text.push_str(&format!("; and {} more", rest.len()));
    }
    text
}

fn reason(one: &Value) -> String {
    let text = |key: &str| one[key].as_str().unwrap_or_default();
    let status = if text("StatusDetails").is_empty() { text("Status") } else { text("StatusDetails") };
    let mut reason = format!("; {}: {status}", text("InstanceId"));
    let mut plugins = one["CommandPlugins"].as_array().into_iter().flatten();
    if let Some(plugin) = plugins.rfind(|plugin| plugin["Status"] != "Success") {
        if let Some(code) = plugin["ResponseCode"].as_i64() {
            reason.push_str(&format!(", code {code}"));
        }
        let output = plugin["Output"].as_str().unwrap_or_default().trim();
        let skipped = output.chars().count().saturating_sub(TOLD);
        let end: String = output.chars().skip(skipped).collect();
        if !end.is_empty() {
            reason.push_str(&format!(": {end}"));
        }
    }
    reason
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, status: &str, plugins: Value) -> Value {
        json!({"InstanceId": id, "Status": status, "StatusDetails": status, "CommandPlugins": plugins})
    }

    #[test]
    fn a_failure_names_nodes_codes_and_last_words() {
        let plugin = json!([{"Status": "Failed", "ResponseCode": 2, "Output": "no such file\n"}]);
        let nodes = [
            node("i-1", "Success", json!([])),
            node("i-2", "Failed", plugin),
            node("i-3", "Undeliverable", json!([])),
            node("i-4", "Cancelled", json!([])),
            node("i-5", "Cancelled", json!([])),
        ];
        let expected = "; i-2: Failed, code 2: no such file; i-3: Undeliverable; i-4: Cancelled; and 1 more";
        assert_eq!(reasons(&nodes), expected);
    }

    #[test]
    fn several_steps_have_no_response_code() {
        let one = json!([{"ResponseCode": 0, "Output": "a"}]);
        let two = json!([{"ResponseCode": 0, "Output": "a"}, {"ResponseCode": 0, "Output": "b"}]);
        assert_eq!(response_code(&[node("i-1", "Success", one)]), json!(0));
        let two = [node("i-1", "Success", two)];
        assert_eq!((response_code(&two), output(&two)), (Value::Null, json!("a\nb")));
    }
}
