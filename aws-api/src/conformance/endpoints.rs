//! The endpoint cases that each service ships with its rules.
//!
//! Comes in: the cases and the pack. Goes out: those that differ. Never: a service without cases counted as passed.

use serde_json::{Map, Value};

use super::{cases, json, report};
use crate::endpoint::{EndpointError, Resolved};

#[test]
fn endpoints_are_where_the_services_say_they_are() {
    let Some(folder) = cases("tests/functional/endpoint-rules") else { return };
    let Some(models) = crate::testing::models() else { return };
    let (mut passed, mut failures) = (0, Vec::new());
    for name in models.services() {
        let file = folder.join(name).join("endpoint-tests-1.json");
        if !file.exists() {
            continue;
        }
        let rules = models.service(name).unwrap().rules().unwrap();
        for case in json(&file)["testCases"].as_array().unwrap() {
            let parameters = case["params"].as_object().cloned().unwrap_or_default();
            let made = rules.resolve(&parameters);
            if agrees(&case["expect"], &made) {
                passed += 1;
            } else {
                failures.push(format!("{name} {}: {} is {made:?}", case["documentation"], case["expect"]));
            }
        }
    }
    report("endpoint cases", passed, &failures);
    assert_eq!(passed, 14_589, "cases of the pinned botocore: is the folder complete?");
}

fn agrees(expected: &Value, made: &Result<Resolved, EndpointError>) -> bool {
    match made {
        Ok(made) => {
            let endpoint = &expected["endpoint"];
            let object = |name: &str| endpoint[name].as_object().cloned().unwrap_or_else(Map::new);
            endpoint["url"].as_str().is_some_and(|url| url.trim_end_matches('/') == made.url.trim_end_matches('/'))
                && object("properties") == made.properties
                && object("headers") == made.headers
        }
        Err(EndpointError::Refused(message)) => expected["error"].as_str() == Some(message),
        Err(EndpointError::MissingParameter(_)) => expected["error"].is_string(),
        Err(_) => false,
    }
}
