//! May a call be made a second time when nobody knows whether the first was performed?
//!
//! A process that dies between a call and the record of its answer leaves that question behind. Comes in: a call.
//! Goes out: yes, with the reason, or no. Never: a yes for an operation that nobody has thought about.

use engine::{ApiCall, CallFault, FaultKind};
use serde_json::Value;

use crate::aws::Services;

/// First words of operations that say how something shall be: said twice, it is so once.
const SAY_HOW_IT_SHALL_BE: [&str; 10] =
    ["Put", "Set", "Modify", "Update", "Enable", "Disable", "Tag", "Untag", "Stop", "Terminate"];

/// Operations that begin so and add something all the same.
const ADD: [&str; 8] = [
    "PutEvents",
    "PutLogEvents",
    "PutMetricData",
    "PutRecord",
    "PutRecordBatch",
    "PutRecords",
    "UpdateItem",
    "PutRetentionSettings",
];

/// Operations that begin otherwise and do nothing the second time.
const NOTHING_THE_SECOND_TIME: [&str; 11] = [
    // A name is used once; the engine finds the image that has it.
    "CreateImage",
    "CreateTags",
    "DeleteTags",
    "AddTagsToResource",
    "RemoveTagsFromResource",
    // Also of an instance that is starting.
    "StartInstances",
    "CancelCommand",
    "DeleteStack",
    "DeletePublicAccessBlock",
    "DeregisterImage",
    "DeleteSnapshot",
];

/// Members by which a caller makes a call one effect itself.
const TOKENS: [&str; 5] = ["ClientToken", "ClientRequestToken", "IdempotencyToken", "clientToken", "idempotencyToken"];

/// Whether a call may simply be made again.
pub(super) fn is_one_effect(services: &Services, call: &ApiCall) -> bool {
    services.is_read(&call.service, &call.api)
        || services.api.models().has_idempotency_token(&call.service, &call.api).unwrap_or(false)
        || has_token(&call.input)
        || services
            .api
            .resolve(&call.service, &call.api)
            .is_ok_and(|(_, api)| says_how_it_shall_be(api.as_str(), &call.input))
}

fn has_token(input: &Value) -> bool {
    TOKENS.iter().any(|token| input.get(token).is_some_and(Value::is_string))
}

fn says_how_it_shall_be(api: &str, input: &Value) -> bool {
    // A name of one's own makes a state machine's execution one.
    let named = api == "StartExecution" && input.get("name").is_some_and(Value::is_string);
    named
        || NOTHING_THE_SECOND_TIME.contains(&api)
        || (!ADD.contains(&api) && SAY_HOW_IT_SHALL_BE.iter().any(|word| begins_with_word(api, word)))
}

fn begins_with_word(api: &str, word: &str) -> bool {
    api.strip_prefix(word).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// What is said instead of an answer of a call that was cut short and is not made again.
pub(super) fn interrupted(service: &str, api: &str) -> CallFault {
    CallFault {
        service: service.to_owned(),
        api: api.to_owned(),
        kind: FaultKind::Interrupted,
        code: "Interrupted".to_owned(),
        message: "the process ended during the call; nobody knows whether it was performed, and a second one might be \
                  a second effect"
            .to_owned(),
        request_id: None,
        http_status: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_says_how_it_shall_be_is_one_effect_and_what_adds_or_takes_away_is_not() {
        let cases = [
            ("StopInstances", true),
            ("StartInstances", true),
            ("ModifyInstanceAttribute", true),
            ("PutPublicAccessBlock", true),
            ("CreateTags", true),
            ("PutEvents", false),
            ("PutRecord", false),
            ("UpdateItem", false),
            ("RevokeSecurityGroupIngress", false),
            ("SendCommand", false),
            ("Invoke", false),
            ("CreateSnapshot", false),
            ("DeleteVolume", false),
            ("RebootInstances", false),
            ("StartExecution", false),
            ("SetupSomething", false),
        ];
        for (api, expected) in cases {
            assert_eq!(says_how_it_shall_be(api, &json!({})), expected, "{api}");
        }
        assert!(says_how_it_shall_be("StartExecution", &json!({"name": "kintsugi-1"})));
    }

    #[test]
    fn a_token_of_the_callers_own_makes_a_call_one_effect() {
        assert!(has_token(&json!({"ClientRequestToken": "t"})));
        assert!(!has_token(&json!({"NextToken": "t"})));
    }
}
