//! Whatever a caller gives and whatever a service answers: an error, never a panic.
//!
//! Comes in: JSON and bytes made at random, near enough to the real thing to get deep.
//! Goes out: nothing; reaching the end is the proof.
//! Never: an opinion about what is right; the other tests have those.

use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::heads::HEADERS;
use crate::input;
use crate::protocol::Protocol;
use crate::testing::models;

/// One operation of each protocol, with nested and recursive shapes, maps, unions, blobs and timestamps.
const OPERATIONS: &[(&str, &str)] = &[
    ("ec2", "RunInstances"),
    ("dynamodb", "PutItem"),
    ("events", "PutEvents"),
    ("cloudwatch", "PutMetricAlarm"),
    ("iam", "CreateRole"),
    ("s3", "PutBucketLifecycleConfiguration"),
    ("s3", "PutObject"),
    ("lambda", "CreateFunction"),
    ("wafv2", "CreateWebACL"),
    ("eventbridgev2", "CreateSubscriber"),
];

#[test]
fn every_protocol_is_among_them() {
    let Some(models) = models() else { return };
    let of = |(service, _): &(&str, &str)| Protocol::of(models.service(service).unwrap().metadata()).unwrap();
    let missing = [
        Protocol::Json10,
        Protocol::Json11,
        Protocol::RestJson,
        Protocol::RestXml,
        Protocol::Query,
        Protocol::Ec2,
        Protocol::Cbor,
    ]
    .into_iter()
    .find(|protocol| !OPERATIONS.iter().map(of).any(|spoken| spoken == *protocol));
    assert_eq!(missing, None);
}

fn json_value(names: Vec<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("2026-11-22T17:44:05Z")),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let name = prop_oneof![proptest::sample::select(names.clone()), "[A-Za-z]{1,8}".prop_map(String::from)];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

#[test]
fn no_input_makes_a_panic() {
    let Some(models) = models() else { return };
    for (service, api) in OPERATIONS {
        let operation = models.operation(service, api).unwrap();
        let shapes = operation.schema.shapes.len();
        let names: Vec<String> =
            (0..shapes).flat_map(|i| operation.schema.members(i)).map(|m| m.name.to_owned()).collect();
        proptest!(ProptestConfig::with_cases(200), |(given in json_value(names))| {
            if let Ok((checked, _)) = input::prepare(&operation, given, Some("key")) {
                // What passed the check can be written, but for what only the codec knows (an empty label).
                let _ = operation.wire.request(&operation.schema, &checked);
            }
        });
    }
}

#[test]
fn no_answer_makes_a_panic() {
    let Some(models) = models() else { return };
    let fragments = vec![
        "<",
        "</",
        ">",
        "/>",
        "<Error>",
        "</Error>",
        "<Errors>",
        "<Code>",
        "X",
        "</Code>",
        "<item>",
        "&amp;",
        "&#0;",
        "<!--",
        "<![CDATA[",
        "]]>",
        "{",
        "}",
        "[",
        "]",
        "\"Item\"",
        ":",
        ",",
        "\"__type\"",
        "\"a#B\"",
        "null",
        "1e999",
        "\\u00",
        "é",
        "\0",
    ];
    for (service, api) in OPERATIONS {
        let operation = models.operation(service, api).unwrap();
        let body = proptest::collection::vec(proptest::sample::select(fragments.clone()), 0..24);
        let headers = proptest::collection::vec((proptest::sample::select(HEADERS.to_vec()), "[ -~]{0,24}"), 0..4);
        proptest!(ProptestConfig::with_cases(200), |(body in body, headers in headers, status in 100u16..600)| {
            let status = StatusCode::try_from(status).unwrap();
            let mut response = Response::new(status, SdkBody::from(body.concat()));
            for (name, value) in headers {
                response.headers_mut().insert(name, value);
            }
            let _ = operation.wire.output(&operation.schema, &response);
            let fault = operation.wire.fault(&operation.schema, &response);
            prop_assert!(!fault.to_string().is_empty());
        });
    }
}
