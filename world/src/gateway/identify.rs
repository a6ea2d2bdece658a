//! Which service and operation a request is for.
//!
//! Comes in: method, path, query, headers and body of a request. Goes out: a [`Call`].
//! Never: a refusal; a request nobody can name is passed on as `unknown`, and moto says what it thinks of it.

use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value};

use super::call::{Call, Effect, Protocol, effect_of};
use super::{form, rest_operation, s3_operation};

/// What SigV4 signs for, where boto3's client has another name.
const SIGNING_NAMES: [(&str, &str); 6] = [
    ("monitoring", "cloudwatch"),
    ("eventbridge", "events"),
    ("elasticloadbalancing", "elbv2"),
    ("states", "stepfunctions"),
    ("email", "ses"),
    ("tagging", "resourcegroupstaggingapi"),
];

/// How paths of S3 Control begin.
const S3_CONTROL: &str = "/v20180820/";

/// Names the call.
#[must_use]
pub(crate) fn identify(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Call {
    let signature = Signature::of(headers);
    let service = signature.service.unwrap_or("unknown");
    let service = SIGNING_NAMES.iter().find(|(signed, _)| *signed == service).map_or(service, |(_, name)| name);
    // S3 Control signs as S3; its paths begin with the API's date.
    let service = if service == "s3" && uri.path().starts_with(S3_CONTROL) { "s3control" } else { service };
    let found = named_target(headers, body)
        .or_else(|| rpc_path(uri))
        .or_else(|| action(service, uri, headers, body))
        .unwrap_or_else(|| rest(service, method, uri, body));
    let caller = user_agent_app(headers).or(signature.access_key).unwrap_or("anonymous").to_owned();
    let effect = match found.protocol {
        Protocol::RestJson | Protocol::RestXml if found.operation.contains('/') => method_effect(method),
        _ => effect_of(&found.operation),
    };
    Call {
        service: service.to_owned(),
        operation: found.operation,
        protocol: found.protocol,
        effect,
        region: signature.region.unwrap_or("eu-west-1").to_owned(),
        caller,
        input: found.input,
    }
}

struct Found {
    operation: String,
    protocol: Protocol,
    input: Map<String, Value>,
}

struct Signature<'a> {
    access_key: Option<&'a str>,
    region: Option<&'a str>,
    service: Option<&'a str>,
}

impl<'a> Signature<'a> {
    /// `AWS4-HMAC-SHA256 Credential=KEY/20250514/eu-west-1/ec2/aws4_request, ...`
    fn of(headers: &'a HeaderMap) -> Self {
        let credential =
            header(headers, "authorization").and_then(|value| value.split_once("Credential=")).map(|(_, rest)| rest);
        let mut parts = credential.and_then(|rest| rest.split([',', ' ']).next()).unwrap_or_default().split('/');
        let access_key = parts.next().filter(|key| !key.is_empty());
        let (_, region, service) = (parts.next(), parts.next(), parts.next());
        Self { access_key, region, service }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// SDKs say `app/NAME` when `AWS_SDK_UA_APP_ID` is set.
fn user_agent_app(headers: &HeaderMap) -> Option<&str> {
    ["x-amz-user-agent", "user-agent"]
        .into_iter()
        .find_map(|name| header(headers, name)?.split(' ').find_map(|part| part.strip_prefix("app/")))
}

fn named_target(headers: &HeaderMap, body: &[u8]) -> Option<Found> {
    let (_, operation) = header(headers, "x-amz-target")?.rsplit_once('.')?;
    let input = serde_json::from_slice(body).unwrap_or_default();
    Some(Found { operation: operation.to_owned(), protocol: Protocol::Json, input })
}

/// `/service/GraniteServiceVersion20100801/operation/DescribeAlarms`
fn rpc_path(uri: &Uri) -> Option<Found> {
    let (_, operation) = uri.path().strip_prefix("/service/")?.split_once("/operation/")?;
    Some(Found { operation: operation.to_owned(), protocol: Protocol::Cbor, input: Map::new() })
}

fn action(service: &str, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<Found> {
    let is_form =
        header(headers, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let text = if is_form { std::str::from_utf8(body).ok()? } else { uri.query()? };
    let mut input = form::members(text);
    let Some(Value::String(operation)) = input.shift_remove("Action") else { return None };
    input.shift_remove("Version");
    let protocol = if service == "ec2" { Protocol::Ec2 } else { Protocol::Query };
    Some(Found { operation, protocol, input })
}

fn rest(service: &str, method: &Method, uri: &Uri, body: &[u8]) -> Found {
    if matches!(service, "s3" | "unknown") {
        let (operation, input) = s3_operation::name(method, uri, body);
        return Found { operation, protocol: Protocol::RestXml, input };
    }
    let body_is_the_payload = service == "lambda" && *method == Method::POST && uri.path().ends_with("/invocations");
    if body_is_the_payload {
        return Found { operation: "Invoke".to_owned(), protocol: Protocol::RestJson, input: Map::new() };
    }
    if let Some(operation) = account_block(service, method, uri) {
        return Found { operation: operation.to_owned(), protocol: Protocol::RestXml, input: Map::new() };
    }
    let xml = matches!(service, "route53" | "cloudfront" | "s3control");
    let mut input: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let protocol = if xml { Protocol::RestXml } else { Protocol::RestJson };
    if let Some((operation, named)) = rest_operation::name(service, method, uri.path()) {
        input.extend(named);
        return Found { operation: operation.to_owned(), protocol, input };
    }
    Found { operation: format!("{method} {}", uri.path()), protocol, input }
}

/// The operations on an account's public access block.
fn account_block(service: &str, method: &Method, uri: &Uri) -> Option<&'static str> {
    let there = service == "s3control" && uri.path().ends_with("/configuration/publicAccessBlock");
    match method.as_str() {
        "GET" if there => Some("GetPublicAccessBlock"),
        "PUT" if there => Some("PutPublicAccessBlock"),
        "DELETE" if there => Some("DeletePublicAccessBlock"),
        _ => None,
    }
}

fn method_effect(method: &Method) -> Effect {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) { Effect::Read } else { Effect::Write }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(method: &str, uri: &str, service: &str, extra: &[(&'static str, &str)], body: &str) -> Call {
        let mut headers = HeaderMap::new();
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=KEY/20250514/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        headers.insert("authorization", credential.parse().unwrap());
        for (name, value) in extra {
            headers.insert(*name, value.parse().unwrap());
        }
        identify(&method.parse().unwrap(), &uri.parse().unwrap(), &headers, body.as_bytes())
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

    #[test]
    fn every_protocol_tells_its_service_and_operation() {
        let target = |value: &'static str| ("x-amz-target", value);
        let cases = [
            (
                call("PUT", "/v20180820/configuration/publicAccessBlock", "s3", &[], ""),
                "s3control",
                "PutPublicAccessBlock",
                Protocol::RestXml,
                Effect::Write,
            ),
            (
                call("POST", "/", "config", &[target("StarlingDoveService.PutConfigRule")], "{}"),
                "config",
                "PutConfigRule",
                Protocol::Json,
                Effect::Write,
            ),
            (
                call("POST", "/", "monitoring", &[target("GraniteServiceVersion20100801.DescribeAlarms")], "{}"),
                "cloudwatch",
                "DescribeAlarms",
                Protocol::Json,
                Effect::Read,
            ),
            (
                call("POST", "/", "dynamodb", &[target("DynamoDB_20120810.PutItem")], "{}"),
                "dynamodb",
                "PutItem",
                Protocol::Json,
                Effect::Write,
            ),
            (
                call("POST", "/", "ec2", &[FORM], "Action=StopInstances&Version=2016-11-15&InstanceId.1=i-1"),
                "ec2",
                "StopInstances",
                Protocol::Ec2,
                Effect::Write,
            ),
            (
                call("GET", "/?Action=ListTopics&Version=2010-03-31", "sns", &[], ""),
                "sns",
                "ListTopics",
                Protocol::Query,
                Effect::Read,
            ),
            (
                call("POST", "/service/GraniteServiceVersion20100801/operation/SetAlarmState", "monitoring", &[], ""),
                "cloudwatch",
                "SetAlarmState",
                Protocol::Cbor,
                Effect::Write,
            ),
            (
                call("GET", "/2015-03-31/functions/f", "lambda", &[], ""),
                "lambda",
                "GET /2015-03-31/functions/f",
                Protocol::RestJson,
                Effect::Read,
            ),
            (
                call("POST", "/2015-03-31/functions/f/invocations", "lambda", &[], ""),
                "lambda",
                "Invoke",
                Protocol::RestJson,
                Effect::Write,
            ),
            (
                call("PUT", "/bucket?publicAccessBlock", "s3", &[], ""),
                "s3",
                "PutPublicAccessBlock",
                Protocol::RestXml,
                Effect::Write,
            ),
        ];
        for (call, service, operation, protocol, effect) in cases {
            assert_eq!(
                (call.service.as_str(), call.operation.as_str(), call.protocol, call.effect),
                (service, operation, protocol, effect)
            );
            assert_eq!(call.region, "eu-central-1");
        }
    }

    #[test]
    fn the_input_is_read_as_far_as_it_can_be() {
        let form = call("POST", "/", "ec2", &[FORM], "Action=StopInstances&InstanceId.1=i-1&Note=a%20b+c");
        assert_eq!(Value::Object(form.input), json!({"InstanceId.1": "i-1", "Note": "a b c"}));
        let json = call("POST", "/", "ssm", &[("x-amz-target", "AmazonSSM.GetOpsItem")], r#"{"OpsItemId": "oi-1"}"#);
        assert_eq!(json.text("OpsItemId"), Some("oi-1"));
        let broken = call("POST", "/", "ssm", &[("x-amz-target", "AmazonSSM.GetOpsItem")], "{not json");
        assert!(broken.input.is_empty());
    }

    #[test]
    fn the_caller_is_the_application_or_else_the_access_key() {
        let agent = ("user-agent", "aws-sdk-rust/1.3 os/linux lang/rust/1.94 app/resize-on-cpu-alarm");
        assert_eq!(call("GET", "/", "s3", &[agent], "").caller, "resize-on-cpu-alarm");
        assert_eq!(call("GET", "/", "s3", &[], "").caller, "KEY");
        assert_eq!(identify(&Method::GET, &"/".parse().unwrap(), &HeaderMap::new(), b"").caller, "anonymous");
    }
}
