//! botocore's protocol cases, run the way its `test_protocols.py` runs them.
//!
//! Comes in: the cases. Goes out: those that differ. Never: a case that botocore itself leaves out.

use std::path::Path;

use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Map, Value, json};

use super::compare::{same_body, same_value};
use super::{cases, json as load, report};
use crate::model::{Metadata, Operation, Shapes};
use crate::protocol::{Protocol, Wire};
use crate::schema::{CompiledOperation, compile};

#[test]
fn requests_are_written_as_botocore_writes_them() {
    run("input", input, 322);
}

#[test]
fn responses_are_read_as_botocore_reads_them() {
    run("output", output, 332);
}

fn run(direction: &str, check: fn(&Value, &Value) -> Result<(), String>, at_least: usize) {
    let Some(folder) = cases("tests/unit/protocols") else { return };
    let left_out = load(&folder.join("protocol-tests-ignore-list.json"));
    let (mut passed, mut failures) = (0, Vec::new());
    let mut files: Vec<_> = std::fs::read_dir(folder.join(direction)).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files {
        let protocol = file.file_stem().unwrap().to_string_lossy().into_owned();
        for suite in load(Path::new(&file)).as_array().unwrap() {
            for case in suite["cases"].as_array().unwrap() {
                if is_left_out(&left_out, &protocol, direction, suite, case) {
                    continue;
                }
                match check(suite, case) {
                    Ok(()) => passed += 1,
                    Err(difference) => failures.push(format!("{protocol} {}: {difference}", case["id"])),
                }
            }
        }
    }
    report(&format!("{direction} cases"), passed, &failures);
    assert!(passed >= at_least, "only {passed} cases were found: is the folder complete?");
}

fn is_left_out(list: &Value, protocol: &str, direction: &str, suite: &Value, case: &Value) -> bool {
    let has = |list: &Value, name: &Value| list.as_array().is_some_and(|names| names.contains(name));
    [&list["general"][direction], &list["protocols"][protocol][direction]]
        .into_iter()
        .any(|list| has(&list["suites"], &suite["description"]) || has(&list["cases"], &case["id"]))
}

fn wire(suite: &Value, operation: &Operation) -> Result<(CompiledOperation, Wire), String> {
    let metadata: Metadata = parse(&suite["metadata"])?;
    let shapes: Shapes = parse(&suite["shapes"])?;
    let protocol = Protocol::of(&metadata).map_err(|e| e.to_string())?;
    let compiled = compile(protocol, &shapes, operation, false).map_err(|e| e.to_string())?;
    Ok((compiled, Wire::new(protocol, &metadata, operation)))
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value(value.clone()).map_err(|e| e.to_string())
}

fn input(suite: &Value, case: &Value) -> Result<(), String> {
    let (compiled, wire) = wire(suite, &parse(&case["given"])?)?;
    let parameters = case["params"].as_object().cloned().unwrap_or_default();
    let request = wire.request(&compiled, &parameters).map_err(|e| e.to_string())?;
    let wanted = &case["serialized"];
    let protocol = suite["metadata"]["protocol"].as_str().unwrap_or_default();
    let body = request.body().bytes().unwrap_or_default();
    if let Some(expected) = wanted["body"].as_str().filter(|expected| !same_body(protocol, expected, body)) {
        return Err(format!("body {expected:?} is {:?}", String::from_utf8_lossy(body)));
    }
    if let Some(method) = wanted["method"].as_str().filter(|m| *m != request.method()) {
        return Err(format!("method {method} is {}", request.method()));
    }
    if let Some(uri) = wanted["uri"].as_str().filter(|uri| parts(uri) != parts(request.uri())) {
        return Err(format!("uri {uri} is {}", request.uri()));
    }
    headers(protocol, wanted, request.headers())
}

fn headers(protocol: &str, wanted: &Value, made: &aws_smithy_runtime_api::http::Headers) -> Result<(), String> {
    for (name, value) in wanted["headers"].as_object().into_iter().flatten() {
        // botocore sends rest-xml without a content type; services accept both.
        if protocol == "rest-xml" && name == "Content-Type" {
            continue;
        }
        let spaced = |text: &str| text.replace(", ", ",");
        let found = made.get(name).map(spaced);
        if found != value.as_str().map(spaced) {
            return Err(format!("header {name} {value} is {found:?}"));
        }
    }
    match wanted["forbidHeaders"].as_array().into_iter().flatten().find(|h| made.get(h.as_str().unwrap()).is_some()) {
        Some(header) => Err(format!("header {header} must not be there")),
        None => Ok(()),
    }
}

/// Path and query; a name without value and one with an empty value are the same.
fn parts(uri: &str) -> (&str, Vec<&str>) {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut query: Vec<&str> =
        query.split('&').filter(|part| !part.is_empty()).map(|part| part.strip_suffix('=').unwrap_or(part)).collect();
    query.sort_unstable();
    (path, query)
}

fn output(suite: &Value, case: &Value) -> Result<(), String> {
    let mut operation: Operation = parse(&case["given"])?;
    let protocol = suite["metadata"]["protocol"].as_str().unwrap_or_default();
    if let Some(output) = operation.output.as_mut().filter(|_| protocol == "query") {
        output.result_wrapper = Some(format!("{}Result", operation.name));
    }
    let (compiled, wire) = wire(suite, &operation)?;
    let response = response(protocol, &case["response"]);
    let (made, wanted) = if case.get("error").is_some() {
        let fault = wire.fault(&compiled, &response);
        let shape = |mut fields: Map<String, Value>, code: &str, message: &str| {
            fields.insert("Error".to_owned(), json!({"Code": code, "Message": message}));
            Value::Object(fields)
        };
        let text = |member: &str| case[member].as_str().unwrap_or_default();
        let wanted =
            shape(case["error"].as_object().cloned().unwrap_or_default(), text("errorCode"), text("errorMessage"));
        (
            shape(fault.fields.clone(), fault.meta.code().unwrap_or_default(), fault.message().unwrap_or_default()),
            wanted,
        )
    } else {
        (wire.output(&compiled, &response).map_err(|e| e.to_string())?, case["result"].clone())
    };
    if same_value(&wanted, &made) { Ok(()) } else { Err(format!("{wanted} is {made}")) }
}

fn response(protocol: &str, case: &Value) -> Response {
    let text = case["body"].as_str().unwrap_or_default();
    let body = if protocol == "smithy-rpc-v2-cbor" { base64::decode(text).unwrap() } else { text.as_bytes().to_vec() };
    let status = u16::try_from(case["status_code"].as_u64().unwrap()).unwrap();
    let mut response = Response::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
    for (name, value) in case["headers"].as_object().into_iter().flatten() {
        response.headers_mut().append(name.clone(), value.as_str().unwrap().to_owned());
    }
    response
}
