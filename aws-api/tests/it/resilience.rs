//! Retries, their budget, and clocks that are wrong.

use std::time::Duration;

use crate::support::{Service, answer, call, client, now, ok};
use aws_api::{ApiError, FaultSide};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::json;

/// Lasts as long as it says, as nothing but time can show it.
#[tokio::test]
async fn a_call_that_is_never_answered_ends_when_ssm_automation_would_end_it() {
    let service = Service::answering([ok("{}").after(Duration::from_secs(60))]).await;
    let Some(client) = client(&service) else { return };
    let asked = std::time::Instant::now();
    let error = call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap_err();
    let seconds = asked.elapsed().as_secs();
    assert_eq!(error.to_string(), "ssm:GetParameter had no answer within 25 s");
    assert!((25..35).contains(&seconds), "{seconds} s");
}

#[tokio::test]
async fn a_call_with_a_wrong_clock_is_signed_anew_with_the_services_time() {
    let theirs = now() + Duration::from_secs(3 * 3600);
    let date = DateTime::from(theirs).fmt(Format::HttpDate).unwrap();
    let late = r#"{"__type":"InvalidSignatureException","message":"Signature expired"}"#;
    let service = Service::answering([answer(403, late).header("date", &date), ok("{}").header("date", &date)]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    call(&client, "ssm", "GetParameter", json!({"Name": "/a"})).await.unwrap();
    let asked = service.asked();
    assert_eq!(asked.len(), 3);
    let signed = |i: usize| asked[i].header("x-amz-date").to_owned();
    let their_hour = DateTime::from(theirs).fmt(Format::DateTime).unwrap().replace(['-', ':'], "");
    assert_ne!(signed(0)[..11], their_hour[..11], "the first try has our time");
    for i in [1, 2] {
        assert_eq!(signed(i)[..11], their_hour[..11], "the retry and the next call have theirs");
    }
}

#[tokio::test]
async fn s3s_word_for_a_wrong_clock_is_understood_too() {
    let theirs = now() - Duration::from_secs(3 * 3600);
    let date = DateTime::from(theirs).fmt(Format::HttpDate).unwrap();
    let late = "<Error><Code>RequestTimeTooSkewed</Code><Message>m</Message></Error>";
    let service = Service::answering([answer(403, late).header("date", &date), ok("<ListAllMyBucketsResult/>")]).await;
    let Some(client) = client(&service) else { return };
    call(&client, "s3", "ListBuckets", json!({})).await.unwrap();
    let their_hour = DateTime::from(theirs).fmt(Format::DateTime).unwrap().replace(['-', ':'], "");
    assert_eq!(service.asked()[1].header("x-amz-date")[..11], their_hour[..11]);
}

#[tokio::test]
async fn when_all_fails_the_budget_of_retries_is_used_up_and_each_call_is_tried_once() {
    let service = Service::answering([answer(500, "{}")]).await;
    let Some(client) = client(&service) else { return };
    // The budget is one for a service in the whole process: a service that no other test makes fail.
    let mut tries = Vec::new();
    for _ in 0..60 {
        let before = service.asked().len();
        assert!(call(&client, "codestar-notifications", "ListTargets", json!({})).await.is_err());
        tries.push(service.asked().len() - before);
    }
    assert_eq!(tries.first(), Some(&3), "there is a budget to begin with");
    assert_eq!(tries.last(), Some(&1), "it is used up: {tries:?}");
}

#[tokio::test]
async fn an_error_says_whose_fault_it_is() {
    for (status, side) in [(400, FaultSide::Client), (429, FaultSide::Client), (500, FaultSide::Server)] {
        let service = Service::answering([answer(status, "{}")]).await;
        let Some(client) = client(&service) else { return };
        match call(&client, "acm", "ListCertificates", json!({})).await {
            Err(ApiError::Service(error)) => assert_eq!((error.http_status, error.side), (status, side)),
            other => panic!("{other:?}"),
        }
    }
}

/// What an answer says itself counts more than its status; where it says nothing, the model does.
#[tokio::test]
async fn whose_fault_an_error_is_the_answer_says_or_the_model() {
    let query = |side: &str| {
        format!("<E><Error><Type>{side}</Type><Code>ResourceContention</Code><Message>m</Message></Error></E>")
    };
    let json = |code: &str| format!(r#"{{"__type": "{code}", "message": "m"}}"#);
    let said = |side: &str| answer(400, &json("X")).header("x-amzn-query-error", &format!("X;{side}"));
    for (name, api, given, expected) in [
        ("autoscaling", "DescribeAccountLimits", answer(500, &query("Sender")), FaultSide::Client),
        ("autoscaling", "DescribeAccountLimits", answer(400, &query("Receiver")), FaultSide::Server),
        ("sqs", "ListQueues", said("Sender"), FaultSide::Client),
        ("sqs", "ListQueues", said("Receiver"), FaultSide::Server),
        ("dynamodb", "ListTables", answer(400, &json("InternalServerError")), FaultSide::Server),
        ("dynamodb", "ListTables", answer(400, &json("SomethingNew")), FaultSide::Client),
    ] {
        let service = Service::answering([given]).await;
        let Some(client) = client(&service) else { return };
        match call(&client, name, api, json!({})).await {
            Err(ApiError::Service(error)) => assert_eq!(error.side, expected, "{name}: {error:?}"),
            other => panic!("{other:?}"),
        }
    }
}
