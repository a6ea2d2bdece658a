//! The token of a call whose model does not say that it has one.
//!
//! Comes in: a call. Goes out: the same with its token, where AWS knows a repetition by it. Never: a token that differs on
//! a replay, or one in the place of the runbook's own.

use engine::ApiCall;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// SSM takes UUIDs only, so that nothing else a runbook knows will do.
const TAKES_UUID: (&str, &str, &str) = ("ssm", "StartAutomationExecution", "ClientToken");

/// With its token.
pub(super) fn with_token(mut call: ApiCall, resolved: (&str, &str)) -> ApiCall {
    let (service, api, member) = TAKES_UUID;
    if resolved == (service, api)
        && let Value::Object(input) = &mut call.input
        && input.get(member).is_none_or(Value::is_null)
    {
        input.insert(member.to_owned(), json!(uuid(&call.idempotency_key)));
    }
    call
}

/// The same UUID for the same key.
fn uuid(key: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-5{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(api: &str, input: Value, key: &str) -> Value {
        let call =
            ApiCall { service: "ssm".into(), api: api.into(), input, idempotency_key: key.into(), timeout: None };
        with_token(call, ("ssm", api)).input["ClientToken"].clone()
    }

    #[test]
    fn an_automation_is_started_with_a_uuid_that_is_the_same_for_the_same_effect() {
        let first = sent("StartAutomationExecution", json!({}), "a/run");
        assert_eq!(first.as_str().unwrap().split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(sent("StartAutomationExecution", json!({}), "a/run"), first);
        assert_ne!(sent("StartAutomationExecution", json!({}), "a/run#2"), first);
        assert_eq!(sent("StartAutomationExecution", json!({"ClientToken": "mine"}), "a/run"), "mine");
        assert_eq!(sent("PutParameter", json!({}), "a/run"), Value::Null);
    }
}
