//! What boto3 does beyond the model, so that inputs are taken and outputs given as boto3's users know them.
//!
//! Comes in: an input before it is checked; an output or a response after it came.
//! Goes out: the same, changed where boto3 changes it.
//! Never: a change of what the caller asked for.

mod copy;
mod ec2;
mod glacier;
mod iam;
mod oauth;
mod route53;
mod s3;
mod s3control;
mod search;

use aws_smithy_runtime_api::http::{Request, Response};
use serde_json::{Map, Value};

pub(crate) use copy::copy;

use crate::input::{Finding, Problem};
use crate::models::Operation;
use crate::protocol::Fault;

/// What an output's customization must remember of the input's.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// We, not the caller, asked S3 to encode keys.
    keys_encoded: bool,
}

/// Changes an input before it is checked.
pub(crate) fn before(operation: &Operation, input: &mut Map<String, Value>) -> Memory {
    let mut memory = Memory::default();
    match (operation.service(), operation.name()) {
        ("ec2", "RunInstances") | ("autoscaling", "CreateLaunchConfiguration") => ec2::encode_user_data(input),
        ("route53", _) => route53::shorten_ids(operation, input),
        ("s3", api) => memory.keys_encoded = s3::before(api, input),
        ("s3control", api) => s3control::take_account(api, input),
        ("glacier", _) => glacier::default_account(input),
        _ => {}
    }
    memory
}

/// What boto3 refuses beyond the model.
pub(crate) fn check(operation: &Operation, input: &Map<String, Value>) -> Vec<Finding> {
    match operation.service() {
        "s3" => s3::check(input),
        "s3control" => s3control::check(operation.name(), input),
        _ => Vec::new(),
    }
}

/// Changes a request before it is signed.
pub(crate) fn request(operation: &Operation, request: &mut Request) {
    match (operation.service(), operation.name()) {
        ("apigateway", _) if request.headers().get("Accept").is_none() => {
            request.headers_mut().insert("Accept", "application/json");
        }
        ("glacier", api) => glacier::add_headers(api, request),
        ("cloudsearchdomain", "Search") => search::post(request),
        (_, "DescribeEndpoints") => add_api_version(operation, request),
        _ => {}
    }
}

/// Services that tell their endpoints on request want to know by which version they are asked.
fn add_api_version(operation: &Operation, request: &mut Request) {
    let version = match operation.service() {
        "dynamodb" => "2012-08-10",
        "timestream-query" | "timestream-write" => "2018-11-01",
        _ => return,
    };
    request.headers_mut().insert("x-amz-api-version", version);
}

/// Changes the endpoint parameters of an input.
pub(crate) fn parameters(operation: &Operation, input: &Map<String, Value>, parameters: &mut Map<String, Value>) {
    if operation.service() == "s3" {
        s3::parameters(operation.name(), input, parameters);
    }
}

/// The endpoint that an input names itself: a model of Machine Learning predicts at its own.
pub(crate) fn endpoint(operation: &Operation, input: &Map<String, Value>) -> Option<String> {
    let predicts = operation.service() == "machinelearning" && operation.name() == "Predict";
    predicts.then(|| input.get("PredictEndpoint")?.as_str().map(str::to_owned))?
}

/// Whether a response that says it went well is an error.
pub(crate) fn is_disguised_error(operation: &Operation, response: &Response) -> bool {
    response.status().as_u16() == 200 && operation.service() == "s3" && s3::is_disguised_error(operation, response)
}

/// Adds to an output what only the response itself says.
pub(crate) fn output(operation: &Operation, response: &Response, output: &mut Value) {
    if operation.service() == "s3" {
        s3::keep_expires(operation, response, output);
    }
}

/// Adds to an error what only the response itself says.
pub(crate) fn fault(operation: &Operation, response: &Response, fault: Fault) -> Fault {
    if operation.service() != "sso-oidc" {
        return fault;
    }
    match oauth::message(response.body().bytes().unwrap_or_default()) {
        Some(message) => fault.saying(message),
        None => fault,
    }
}

/// Changes an output before it is given to the caller.
pub(crate) fn after(operation: &Operation, memory: Memory, output: &mut Value) {
    match (operation.service(), operation.name()) {
        ("ec2", "GetConsoleOutput") => ec2::decode_console_output(output),
        ("cloudformation", "GetTemplate") => decode_json(output, "TemplateBody"),
        ("iam", _) => iam::decode_policies(operation, output),
        ("s3", "GetBucketLocation") => s3::empty_location_is_null(output),
        ("s3", api) if memory.keys_encoded => s3::decode_listing(api, output),
        _ => {}
    }
}

/// Whether [`after`] gives JSON where the model has a text.
pub(crate) fn decodes_json(operation: &Operation) -> bool {
    operation.service() == "iam" || operation.name() == "GetTemplate"
}

/// Whether the only thing wrong is that [`after`] gives JSON where the model has a text.
pub(crate) fn may_be_json(operation: &Operation, finding: &Finding) -> bool {
    decodes_json(operation)
        && matches!(finding.problem, Problem::WrongType { expected: "a string", found: "an object" | "a list" })
}

/// A member that is JSON becomes that JSON; any other text (a template in YAML) stays.
fn decode_json(output: &mut Value, member: &str) {
    let decoded = output.get(member).and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    if let (Some(slot), Some(decoded)) = (output.get_mut(member), decoded) {
        *slot = decoded;
    }
}

/// As [`unquote`], and `+` as a blank.
fn unquote_plus(text: &str) -> String {
    unquote(&text.replace('+', " "))
}

/// `%XX` as the characters they stand for; bytes that are no UTF-8 become the replacement character.
fn unquote(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&first, tail)) = rest.split_first() {
        let hexadecimal =
            tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match (first, hexadecimal) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quoted_text_is_unquoted_and_a_lone_percent_stays() {
        assert_eq!(unquote("a%2Fb+c%20d"), "a/b+c d");
        assert_eq!(unquote_plus("a%2Fb+c%20d%2B"), "a/b c d+");
        assert_eq!(unquote("100%"), "100%");
        assert_eq!(unquote("h%C3%A9%zz"), "hé%zz");
    }

    #[test]
    fn a_template_in_json_is_decoded_and_one_in_yaml_stays() {
        let mut output = json!({"TemplateBody": "{\"Resources\": {}}"});
        decode_json(&mut output, "TemplateBody");
        assert_eq!(output, json!({"TemplateBody": {"Resources": {}}}));
        let mut output = json!({"TemplateBody": "Resources: {}"});
        decode_json(&mut output, "TemplateBody");
        assert_eq!(output, json!({"TemplateBody": "Resources: {}"}));
    }
}
