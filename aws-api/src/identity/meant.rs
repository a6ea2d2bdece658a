//! What a service should read: the input, with what the client changes or adds on purpose.
//!
//! Comes in: the input as given; the input as read. Goes out: both in one form.
//! Never: a rule for more than the operation that has it.

use aws_smithy_types::base64;
use serde_json::{Map, Value};

use super::Subject;
use super::scalar::{bytes, moment};
use crate::model::{ShapeRef, Type};

/// `(service, member)`: added by the client where the caller left it out.
const ADDED: &[(&str, &str)] = &[
    // The checksum of the body, and the word that it is there.
    ("s3", "ChecksumCRC32"),
    ("s3", "ChecksumCRC32C"),
    ("s3", "ChecksumSHA1"),
    ("s3", "ChecksumSHA256"),
    ("s3", "ChecksumAlgorithm"),
    ("s3", "ChecksumMode"),
    ("glacier", "checksum"),
    // Keys that are no XML; decoded again in the answer.
    ("s3", "EncodingType"),
    // The digest of a key that the caller gave.
    ("s3", "SSECustomerKeyMD5"),
    ("s3", "CopySourceSSECustomerKeyMD5"),
    // What HTTP says of any body.
    ("*", "ContentType"),
    ("*", "contentType"),
    ("*", "ContentLength"),
    ("*", "contentLength"),
    ("*", "accept"),
    ("*", "Accept"),
    // A copy from another Region, asked for in the caller's name.
    ("*", "PresignedUrl"),
    ("*", "PreSignedUrl"),
    ("*", "DestinationRegion"),
    // boto3 asks API Gateway for JSON.
    ("apigateway", "accepts"),
];

/// `(service, member)`: not sent. The Region that a copy comes from is in the URL that is signed for it.
const KEPT_BACK: &[(&str, &str)] = &[("rds", "SourceRegion"), ("docdb", "SourceRegion"), ("neptune", "SourceRegion")];

/// What no service can tell apart, with the reason.
pub(super) fn is_ambiguous(subject: &Subject) -> bool {
    // Deprecated; two members have the name `Event` on the wire, and AWS reads what boto3 sends as we do.
    subject.service == "s3" && subject.api == "PutBucketNotification"
}

/// The input as a service should read it.
pub(super) fn expected(subject: &Subject, given: &Value) -> Value {
    let Some(input) = &subject.model.input else { return given.clone() };
    let mut expected = canonical(subject, input, given);
    for (member, value) in expected.as_object_mut().into_iter().flatten() {
        change(subject, given, member, value);
    }
    if let Some(members) = expected.as_object_mut() {
        members.retain(|member, _| !KEPT_BACK.contains(&(subject.service.as_str(), member)));
        // Without a body there is no length but 0, whatever the caller says.
        if subject.service == "s3" && !members.contains_key("Body") {
            members.remove("ContentLength");
        }
    }
    expected
}

/// boto3 encodes user data and customer keys, and takes Route 53's ids with the path that Route 53 gives them.
fn change(subject: &Subject, given: &Value, member: &str, value: &mut Value) {
    let Some(text) = value.as_str() else { return };
    let shape = subject.model.input.as_ref().and_then(|input| {
        let mut members = subject.shapes[&*input.shape].members.iter();
        members.find(|(name, _)| name == member).map(|(_, r)| r.shape.name.clone())
    });
    let changed = match (subject.service.as_str(), subject.api.as_str(), member) {
        ("ec2", "RunInstances", "UserData") | ("autoscaling", "CreateLaunchConfiguration", "UserData") => {
            base64::encode(text)
        }
        ("s3", _, "SSECustomerKey" | "CopySourceSSECustomerKey") if given.get(format!("{member}MD5")).is_none() => {
            base64::encode(text)
        }
        ("route53", ..) if matches!(shape.as_deref(), Some("ResourceId" | "DelegationSetId" | "ChangeId")) => {
            text.rsplit('/').next().unwrap_or_default().to_owned()
        }
        _ => return,
    };
    *value = changed.into();
}

/// The input as read, without what the client added.
pub(super) fn without_added(subject: &Subject, given: &Value, mut read: Value) -> Value {
    let Some(input) = &subject.model.input else { return read };
    let shape = &subject.shapes[&*input.shape];
    let added = |member: &str| {
        ADDED.iter().any(|(service, name)| (*service == "*" || *service == subject.service) && *name == member)
    };
    for (member, r) in shape.members.iter().filter(|(member, _)| given.get(member).is_none()) {
        // rest-json has no other word for a body that is not there.
        let no_body = shape.payload.as_ref() == Some(member) && read[member].as_object().is_some_and(Map::is_empty);
        if let Some(object) = read.as_object_mut().filter(|_| r.idempotency_token || no_body || added(member)) {
            object.remove(member);
        }
    }
    read
}

fn canonical(subject: &Subject, r: &ShapeRef, value: &Value) -> Value {
    let shape = &subject.shapes[&*r.shape];
    match (shape.kind, value) {
        (Type::Structure, _) if shape.document => value.clone(),
        (Type::Structure, Value::Object(members)) => {
            let of = |name: &str| shape.members.iter().find(|(member, _)| member == name).map(|(_, r)| r);
            let members = members.iter().map(|(name, value)| {
                (name.clone(), of(name).map_or_else(|| value.clone(), |r| canonical(subject, r, value)))
            });
            Value::Object(members.collect())
        }
        (Type::List, Value::Array(items)) => items
            .iter()
            .map(|item| shape.member.as_ref().map_or_else(|| item.clone(), |r| canonical(subject, r, item)))
            .collect(),
        (Type::Map, Value::Object(entries)) => {
            let canonical = |value| shape.value.as_ref().map_or(Value::Null, |r| canonical(subject, r, value));
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), canonical(value))).collect())
        }
        (Type::Timestamp, Value::String(text)) => moment_of(text),
        (Type::Blob, Value::String(text)) => bytes(text.as_bytes()),
        _ => value.clone(),
    }
}

/// With a zone, which only the input may have.
fn moment_of(text: &str) -> Value {
    match text.split_once('+') {
        Some(("2026-11-22T19:14:05", "01:30")) => moment_of("2026-11-22T17:44:05Z"),
        _ => moment("iso8601", text).unwrap(),
    }
}

/// The first place where two values differ.
pub(super) fn difference(path: &str, expected: &Value, read: &Value) -> String {
    match (expected, read) {
        (Value::Object(a), Value::Object(b)) => {
            let name = a.iter().map(|(name, _)| name).chain(b.keys()).find(|name| a.get(*name) != b.get(*name));
            let name = name.map_or("", String::as_str);
            let of = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_else(|| "(nothing)".into());
            difference(&format!("{path}.{name}"), &of(a), &of(b))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let at = a.iter().zip(b).position(|(a, b)| a != b).unwrap_or_default();
            difference(&format!("{path}[{at}]"), &a[at], &b[at])
        }
        _ => format!("{path}: {expected} was read as {read}"),
    }
}
