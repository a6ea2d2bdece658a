//! One AWS call as the gateway understands it.
//!
//! Comes in: what [`super::identify`] found out. Goes out: plain data for the journal, the faults and the cloud.
//! Never: the bytes to pass on; those stay with the request.

use serde::Serialize;
use serde_json::{Map, Value};

/// How a call is spelled on the wire, and so how its errors must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Protocol {
    /// `X-Amz-Target` and a JSON body.
    Json,
    /// A form with `Action=`, answers in XML.
    Query,
    /// EC2's own form of query.
    Ec2,
    /// REST with XML (S3, Route 53).
    RestXml,
    /// REST with JSON (Lambda and most newer services).
    RestJson,
    /// Smithy RPC v2 with CBOR bodies.
    Cbor,
}

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It only looks.
    Read,
    /// It changes something, or it cannot be told that it does not.
    Write,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// boto3's client name: `ec2`, `cloudwatch`, `events`, `s3`.
    pub service: String,
    /// `DescribeInstances`; for a REST service without a table here, method and path.
    pub operation: String,
    /// How it is spelled.
    pub protocol: Protocol,
    /// Whether it changes anything.
    pub effect: Effect,
    /// The Region it was signed for.
    pub region: String,
    /// Who called: the `app/` of the user agent, else the access key id.
    pub caller: String,
    /// The input, as far as it can be read: JSON members, form fields, or S3's bucket and key.
    pub input: Map<String, Value>,
}

impl Call {
    /// A text member of the input.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<&str> {
        self.input.get(member).and_then(Value::as_str)
    }

    /// Whether it is this operation of this service.
    #[must_use]
    pub fn is(&self, service: &str, operation: &str) -> bool {
        self.service == service && self.operation == operation
    }
}

const READS: [&str; 17] = [
    "Get", "List", "Describe", "Head", "Query", "Scan", "BatchGet", "Lookup", "Search", "Select", "Simulate",
    "Preview", "Validate", "Verify", "Check", "Test", "Estimate",
];

/// What an operation's name says about its effect: what does not begin like a read is a write.
#[must_use]
pub fn effect_of(operation: &str) -> Effect {
    let read = READS.iter().any(|verb| {
        let rest = operation.strip_prefix(verb);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase() || c == ' '))
    });
    // Waiting for a message hides it from others, but its owner's queue is as it was; DynamoDB's TransactGetItems reads.
    if read || matches!(operation, "TransactGetItems" | "ReceiveMessage") { Effect::Read } else { Effect::Write }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_a_read_only_when_its_name_says_so() {
        for read in [
            "GetObject",
            "DescribeAlarms",
            "BatchGetItem",
            "Query",
            "Scan",
            "HeadBucket",
            "ListBuckets",
            "ReceiveMessage",
            "GET /a",
        ] {
            let expected = if read == "GET /a" { Effect::Write } else { Effect::Read };
            assert_eq!(effect_of(read), expected, "{read}");
        }
        for write in [
            "PutItem",
            "StopInstances",
            "Getaway",
            "UpdateItem",
            "SetAlarmState",
            "BatchWriteItem",
            "StartConfigRulesEvaluation",
        ] {
            assert_eq!(effect_of(write), Effect::Write, "{write}");
        }
    }
}
